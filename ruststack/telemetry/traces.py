"""Which trace each request and event belongs to, and what it is a child of.

A request with an `X-Amzn-Trace-Id` is of that trace. One without is of the trace of its message, where it has one
(ReceiveMessage, DeleteMessage), else it begins a trace of its own; one that has messages of several traces has links to
them. An event is a child of what has caused it. They come from several processes, so that an effect may be told before
its cause: what refers to something unknown waits for `_PATIENCE_SECONDS`.

https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_PATIENCE_SECONDS = 2.0
_MOST_REFS = 50_000
_HEADER = re.compile(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24})", re.IGNORECASE)
_PARENT = re.compile(r"Parent=([0-9a-f]{16})", re.IGNORECASE)

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a span is: its trace's and its own number."""

    trace_id: int
    span_id: int


@dataclass(frozen=True)
class Placed:
    """A request or event with its place. `parent` is a span's number in the same trace, be it ours or a client's."""

    item: Item
    place: Place
    parent: int | None
    links: tuple[Place, ...]
    is_sampled: bool


def new_id(bits: int) -> int:
    """A number for a trace (128) or a span (64); it is not 0."""
    return secrets.randbits(bits) or 1


class Traces:
    """Takes what is new and gives back what is placed, in the order of time."""

    def __init__(self, make_id: Callable[[int], int] = new_id) -> None:
        self._make_id = make_id
        self._places: OrderedDict[str, tuple[Place, bool]] = OrderedDict()
        self._waiting: list[tuple[float, Item]] = []

    def place(self, items: list[Item], now: float) -> list[Placed]:
        """`items` are new at `now` (any clock that goes on, in seconds): those that can be placed, or have waited."""
        self._waiting += [(now, item) for item in items]
        self._waiting.sort(key=lambda waiting: float(waiting[1]["time"]))
        placed: list[Placed] = []
        still_waiting: list[tuple[float, Item]] = []
        for came, item in self._waiting:
            is_late = now - came >= _PATIENCE_SECONDS
            found = self._event(item, is_late) if item["what"] == "event" else self._request(item, is_late)
            if found is None:
                still_waiting.append((came, item))
            else:
                placed.append(found)
        self._waiting = still_waiting
        return placed

    def rest(self) -> list[Placed]:
        """What still waits, placed as it is."""
        return self.place([], float("inf"))

    def _event(self, item: Item, is_late: bool) -> Placed | None:
        known = self._places.get(item["cause"]) or self._places.get(item["message"] or "")
        if known is None and not is_late:
            return None
        cause, is_sampled = known or (None, True)
        place = Place(self._make_id(128) if cause is None else cause.trace_id, self._make_id(64))
        if item["message"]:
            self._know(item["message"], place, is_sampled)
        return Placed(item, place, None if cause is None else cause.span_id, (), is_sampled)

    def _request(self, item: Item, is_late: bool) -> Placed | None:
        lines: list[list[str]] = item["messages"]
        known = [self._places.get(line[0]) for line in lines]
        causes = {cause[0]: cause[1] for cause in known if cause is not None}
        header = _HEADER.search(item["trace"] or "")
        if header is None and None in known and not is_late:
            return None
        parent: int | None = None
        is_sampled = True
        if header is not None:
            trace_id = int(header[1] + header[2], 16)
            given = _PARENT.search(item["trace"])
            parent = int(given[1], 16) if given is not None else None
            is_sampled = "Sampled=0" not in item["trace"]
        elif len({cause.trace_id for cause in causes}) == 1:
            cause, is_sampled = next(iter(causes.items()))
            trace_id, parent = cause.trace_id, cause.span_id
        else:
            trace_id = self._make_id(128)
        place = Place(trace_id, self._make_id(64))
        links = tuple(cause for cause in causes if (cause.trace_id, cause.span_id) != (trace_id, parent))
        self._know(item["id"], place, is_sampled)
        for line, cause_known in zip(lines, known, strict=True):
            for ref in line[1:] if cause_known is not None else line:
                self._know(ref, place, is_sampled)
        return Placed(item, place, parent, links, is_sampled)

    def _know(self, ref: str, place: Place, is_sampled: bool) -> None:
        self._places[ref] = (place, is_sampled)
        self._places.move_to_end(ref)
        while len(self._places) > _MOST_REFS:
            self._places.popitem(last=False)
