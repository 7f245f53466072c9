"""Memory that is given back."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator

import psutil
import pytest

from awskit.process.memory import give_back

_MEGABYTE = 1024 * 1024


class Node:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_what_holds_itself_is_collected() -> None:
    reference = weakref.ref(Node())
    assert reference() is not None
    give_back()
    assert reference() is None


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_holes_in_the_heap_are_given_back() -> None:
    process = psutil.Process()
    large, small = [], []
    for _ in range(1000):
        large.append(b"x" * 100_000)  # below what malloc maps by itself
        small.append(b"y" * 1000)  # keeps it from being at the heap's end
    before = process.memory_info().rss
    del large
    give_back()
    assert before - process.memory_info().rss > 50 * _MEGABYTE
    assert len(small) == 1000
