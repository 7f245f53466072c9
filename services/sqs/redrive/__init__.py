"""Failed messages: into their dead-letter queue, and back again by move tasks.

It stands on messages and queues.
"""
