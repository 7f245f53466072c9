"""Who owns buckets and objects, and what their ACLs grant: canonical ids, known identities, object ownership.

Stands on the store.
"""
