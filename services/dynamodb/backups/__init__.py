"""Backups, restores and points in time: tables as they were at a moment, and copies of them.

Stands on `jobs`, `items` and `tables`.
"""
