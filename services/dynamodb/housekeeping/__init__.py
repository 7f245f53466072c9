"""What happens without a request: items expire, streams are trimmed, indexes are filled, counts are kept right.

Stands on `backups`, `items`, `streams` and `tables`.
"""
