"""Streams of tables' changes: a record for each change, shards, and iterators over them.

Stands on `tables`.
"""
