"""What a process keeps in memory and may lose: when something of a backlog is due, and who waits for messages.

It stands on the queues.
"""
