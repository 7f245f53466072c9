"""Buckets: names, regions and hosts, finding them, their configurations' rules, websites, cross-origin answers.

Stands on the store.
"""
