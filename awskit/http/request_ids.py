"""Ids for requests that have none yet: at the gateway, and at a service that is asked directly."""

from __future__ import annotations

from itertools import count
from random import getrandbits

_STRIDE = 0x9E3779B1  # odd, so that it meets every number of 32 bits; large, so that they look unlike each other


class RequestIds:
    """Request ids in the form of version 4 UUIDs, no two alike of one process's four billion.

    Not from `uuid`, which takes twenty times as long.
    """

    def __init__(self) -> None:
        digits = f"{getrandbits(96):024x}"
        self._end = f"-{digits[:4]}-4{digits[4:7]}-a{digits[7:10]}-{digits[12:]}"
        self._numbers = count(getrandbits(32), _STRIDE)

    def new(self) -> str:
        return f"{next(self._numbers) & 0xFFFFFFFF:08x}{self._end}"
