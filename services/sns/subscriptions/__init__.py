"""Subscriptions: endpoints, attributes, confirmation and its tokens, replays. Stands on topics, delivery and messages."""
