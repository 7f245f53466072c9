"""Jobs that outlast their request: their steps, what works on them, and their clients' tokens.

Stands on `store`.
"""
