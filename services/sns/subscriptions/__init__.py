"""Subscriptions: endpoints, attributes, confirmation and its tokens, replays.

Stands on topics, delivery, messages, the filter policies and the phone numbers of `mobile`.
"""
