"""Server access logging: the lines of a bucket's requests, delivered as objects of another.

Stands on objects and ownership.
"""
