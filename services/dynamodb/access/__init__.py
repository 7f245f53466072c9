"""What each operation needs the permission for, on which tables, indexes, streams, backups and jobs.

Stands on tables, streams, partiql and expressions.
"""
