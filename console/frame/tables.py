"""Tables' rows in the order that the address asks for: `?sort=name&order=desc`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

RowT = TypeVar("RowT")


def sorted_rows(rows: Iterable[RowT], query: Mapping[str, str], by: Mapping[str, Callable[[RowT], Any]]) -> list[RowT]:
    """`rows` as they are where the query asks for no order that `by` has; what has no value comes last."""
    found = list(rows)
    key = by.get(query.get("sort", ""))
    if key is None:
        return found
    present = [row for row in found if key(row) is not None]
    absent = [row for row in found if key(row) is None]
    present.sort(key=key, reverse=query.get("order") == "desc")
    return present + absent
