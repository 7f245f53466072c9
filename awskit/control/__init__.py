"""What a process answers to the person who runs it: health, reset, metrics, and the clock that is kept with its data.

Stands on the database, the wire and the clock.
"""
