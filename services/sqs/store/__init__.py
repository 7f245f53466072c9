"""The database: the schema and every statement on it.

It knows queues' addresses, and no other wing.
"""
