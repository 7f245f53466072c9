"""Messages given out, and what is done with a received one: receipt handles, visibility, deletion.

It stands on redrive, messages and queues.
"""
