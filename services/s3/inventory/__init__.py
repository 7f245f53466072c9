"""Inventory reports: when they are due, what is in them, and their delivery into the destination bucket.

Stands on objects, lifecycle and ownership.
"""
