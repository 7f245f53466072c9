"""The front end: what is made of a request before an operation sees it (signatures, attribute values, constraints).

Stands on `values`.
"""
