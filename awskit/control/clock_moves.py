"""What a request may ask of the clock: `?advance=SECONDS`, `?set=TIME` or `?offset=SECONDS`."""

from __future__ import annotations

import math
from collections.abc import Mapping

from awskit.clock import Clock
from awskit.wire.timestamps import parse_timestamp

_MOVES = ("advance", "set", "offset")


def wanted_offset(clock: Clock, asked: Mapping[str, str]) -> float:
    """The offset that a request's `advance` (seconds), `set` (a time) or `offset` (seconds) asks for.

    Raises ValueError, in words for whoever asked, where there is not exactly one of them, it cannot be read, or the
    clock cannot go there.
    """
    given = [name for name in _MOVES if name in asked]
    if len(given) != 1:
        raise ValueError("say one of advance=SECONDS, set=TIME (ISO 8601 or epoch seconds), offset=SECONDS")
    name, text = given[0], asked[given[0]]
    try:
        number = parse_timestamp(text) if name == "set" else float(text)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        kind = "a time: ISO 8601 or epoch seconds" if name == "set" else "seconds"
        raise ValueError(f"{name} takes {kind}, not {text[:100]!r}")
    if name == "advance" and number < 0:
        raise ValueError("advance takes seconds, forward; set and offset move the clock back")
    offset = {"advance": clock.offset + number, "set": number - clock.source_now, "offset": number}[name]
    clock.check_offset(offset)
    return offset
