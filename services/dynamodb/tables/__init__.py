"""Tables: their definitions, indexes and settings, how these are checked, changed and described, and the catalog.

Stands on `store` and `values`.
"""
