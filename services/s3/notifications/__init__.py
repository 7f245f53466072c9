"""Event notifications: what happened to objects, told to queues and topics, and to replication.

Stands on replication and ownership.
"""
