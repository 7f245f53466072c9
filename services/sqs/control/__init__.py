"""Routes that are no AWS operations: deliveries from SNS, and looking into a queue.

It stands on all other wings.
"""
