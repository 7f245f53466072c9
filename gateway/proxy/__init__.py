"""The hop: a request on its way to a service, or to another emulator, and the answer on its way back.

Stands on `routing`.
"""
