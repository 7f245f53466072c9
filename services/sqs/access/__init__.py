"""What each operation needs the permission for, and who is let in to another account's queue.

Stands on queues.
"""
