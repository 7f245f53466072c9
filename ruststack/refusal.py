"""What a command raises where it cannot do its work: one line for the person at the terminal, never a traceback."""

from __future__ import annotations

EXIT_REFUSED = 2


class Refused(Exception):
    """The text says why, and what to do. The command exits with `EXIT_REFUSED`."""
