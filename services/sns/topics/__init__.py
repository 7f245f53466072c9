"""Topics: their attributes, policies and tags, and the catalog of those that are published to, kept in memory.

Stands on the delivery policies, the filter policies and the store.
"""
