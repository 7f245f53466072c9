"""What somebody who gave a name that there is not has probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """`; did you mean PutItem?`, to put behind what is wrong with `given`; nothing where no name is near it."""
    from difflib import get_close_matches  # whoever makes no mistake does not load it

    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(given.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[close[0]]}?" if close else ""
