"""Items to and from S3: exports, imports and bulk puts, with the formats of their files.

Stands on `backups`, `jobs` and `items`.
"""
