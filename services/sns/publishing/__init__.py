"""From Publish to deliveries: checks, FIFO numbers, the fan-out to subscribers, what each of them is sent.

Stands on topics, subscriptions, delivery and messages.
"""
