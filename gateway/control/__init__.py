"""Paths about the fleet as a whole: health, metrics, journal, ways, faults, snapshots, the page, the console.

Stands on `proxy`; `fleet` asks the services themselves.
"""
