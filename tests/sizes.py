"""How much the tests of replicas do: little in `make test`, the whole of it in `make soak REPLICAS=1`."""

from __future__ import annotations

import os

IS_FULL = os.environ.get("RUSTSTACK_TEST_SIZES") == "full"
_PATIENCE = 40


def size(usual: int, full: int) -> int:
    """One of the two."""
    return full if IS_FULL else usual


def seconds(usual: float) -> float:
    """How long that may take."""
    return usual * _PATIENCE if IS_FULL else usual
