"""Items: written, read, queried and scanned, with what is checked, selected and consumed.

Stands on `expressions`, `streams` and `tables`.
"""
