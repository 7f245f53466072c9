"""Writes of global tables on their way to other regions: their versions, the queue, regions that are cut off.

Stands on `tables`.
"""
