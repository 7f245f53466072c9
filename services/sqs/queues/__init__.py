"""A queue and what is said of it: names, URLs, attributes, tags, permissions, dead-letter policies; and finding it.

It stands on the store.
"""
