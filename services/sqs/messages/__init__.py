"""What a queue holds: what a message may be, sending, batches, the order in FIFO groups, what is due and what too old.

It stands on the queues and on what is kept of them in memory.
"""
