"""A fleet on one machine: its processes and their supervisor, readiness, init scripts, logs, the record of who runs.

Stands on the settings, the user's folders and `refusal`; the commands stand on it.
"""
