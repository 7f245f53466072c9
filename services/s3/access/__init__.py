"""Whether a request may do what it asks: signatures, bucket policies, ACLs and ownership.

Stands on objects, buckets and ownership.
"""
