"""Object bytes: received and checked against what their upload claims, kept as blobs, read back.

Stands on the store.
"""
