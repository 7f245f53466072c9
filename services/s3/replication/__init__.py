"""Replication between buckets here: its rules, and the replicas that are made after a write.

Stands on buckets, bodies and ownership.
"""
