"""Global tables: replicas that come, follow each other and go, and writes that arrive in them.

Stands on `items`, `replication` and `jobs`.
"""
