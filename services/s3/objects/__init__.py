"""Objects and their versions: what an upload says of them, writing, finding, copying, conditions, locks, parts.

Stands on notifications (each change is an event), lifecycle, bodies, buckets and ownership.
"""
