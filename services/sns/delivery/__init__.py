"""Deliveries on their way: how the outbox keeps them, to the SQS service, to HTTP/S endpoints, what comes of them.

Stands on messages and the store.
"""
