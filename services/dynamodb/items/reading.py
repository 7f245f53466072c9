"""Reading items: one by key, the items of a key condition in order, all items segment by segment.

In: a `Table`, perhaps one of its indexes, and compiled expressions. Out: items and what reading them cost. A page ends
with the item that brings it to 1 MB or to `limit`, before the filter is applied, and then tells where it ended.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

import orjson

from awskit.database import Database, Transaction
from services.dynamodb.expressions import Condition, KeyCondition
from services.dynamodb.items.capacity import PAGE_LIMIT, Consumption, page_size, read_units
from services.dynamodb.replication.cuts import check_reachable
from services.dynamodb.store import items as store
from services.dynamodb.tables.table import Index, Table
from services.dynamodb.values.attribute_values import Item
from services.dynamodb.values.key_encoding import (
    EVERYTHING,
    KeyRange,
    encode,
    encode_parts,
    partition_hash,
    segment_bounds,
    sort_range,
)
from services.dynamodb.values.sizes import item_size

_FIRST_CHUNK: Final = 100
_LARGEST_CHUNK: Final = 400
_LARGEST_READ_CHUNK: Final = 200
"""Rows that one step takes; fewer where each is looked into, so that a step takes a few milliseconds at most."""

# the parts of a row that tell where to go on: a query's rows begin with the sort key
_ITEM_SORT: Final = slice(0, 1)
_ITEM_PLACE: Final = slice(0, 2)
_ENTRY_SORT: Final = slice(0, 2)
_ENTRY_PLACE: Final = slice(0, 3)
_EVERYWHERE: Final = (b"\x00" * 16, None)


@dataclass(slots=True)
class Reading:
    """What to read and what to give back.

    `project` shapes an item for the answer. `whole_items` has an index that does not hold all attributes read each item
    from the table besides. `counts_only` gives back no items. `decoded` False gives items that need no work as JSON
    (`orjson.Fragment`), for an answer.
    """

    table: Table
    index: Index | None = None
    consistent: bool = False
    filter: Condition | None = None
    project: Callable[[Mapping[str, Any]], Item] | None = None
    limit: int | None = None
    whole_items: bool = False
    counts_only: bool = False
    decoded: bool = True


@dataclass(slots=True)
class Page:
    """Items that passed the filter, how many were read, and the key to go on from (None: there is no more)."""

    items: list[Any]
    count: int
    scanned_count: int
    last_key: Item | None
    consumed: Consumption


@dataclass(slots=True)
class Found:
    """One item as stored."""

    json: bytes
    size: int
    page_size: int

    @property
    def item(self) -> Item:
        """The item, decoded each time."""
        decoded: Item = orjson.loads(self.json)
        return decoded


def get(transaction: Transaction, table: Table, key: Mapping[str, Any], *, consistent: bool = False) -> Found | None:
    """The item with that key."""
    if consistent and table.is_strong:
        check_reachable(transaction, table)
    row = store.get(transaction, table.table_id, *table.place(key))
    return Found(row[2], row[0], row[1]) if row is not None else None


def get_consumption(table: Table, size: int, *, consistent: bool, factor: int = 1) -> Consumption:
    """What reading one item of `size` bytes costs."""
    return Consumption(table, read_units(size, consistent=consistent) * factor)


Fetch = Callable[[Transaction, Any, int], Sequence[Any]]


class PageReader:
    """One page being read: a part at each call of `read_some`, so that other requests have their turns in between."""

    def __init__(self, reading: Reading, fetch: Fetch, start: Any, place: slice, *, restarts: bool = True) -> None:
        self._collector = _Collector(reading)
        self._restarts = restarts
        self._fetch = fetch
        self._after = start
        self._place = place

    def read_some(self, transaction: Transaction) -> bool:
        """Read the next part; whether that was the last one."""
        reading = self._collector.reading
        if reading.consistent and reading.table.is_strong:
            check_reachable(transaction, reading.table)
        wanted = self._collector.wanted()
        rows = self._fetch(transaction, self._after, wanted)
        if self._collector.add_all(rows) or len(rows) < wanted:
            return True
        self._after = tuple(rows[-1][self._place])
        return False

    def page(self) -> Page:
        """The page, once it is read."""
        page = self._collector.page()
        if not self._restarts:
            page.last_key = None
        return page

    def read_all(self, transaction: Transaction) -> Page:
        """Read the whole page at once."""
        while not self.read_some(transaction):
            pass
        return self.page()


def begin_query(
    reading: Reading, condition: KeyCondition, *, forward: bool = True, start: Mapping[str, Any] | None = None
) -> PageReader:
    """What reads the items that `condition` selects, in key order, after the key `start`."""
    table, index = reading.table, reading.index
    hash_ = partition_hash(encode_parts(list(condition.partition)))
    sorts = key_range(condition, index)
    if index is None:

        def fetch(transaction: Transaction, after: Any, limit: int) -> Sequence[Any]:
            last = after[0] if after is not None else None
            return store.query(transaction, table.table_id, hash_, sorts, reverse=not forward, after=last, limit=limit)

        # A query that can find one item at most cannot be restarted, so it tells no key to go on from.
        restarts = table.sort_key is not None and not condition.sort_equals
        after = table.place(start)[1:] if start is not None else None
        return PageReader(reading, fetch, after, _ITEM_SORT, restarts=restarts)

    def fetch_entries(transaction: Transaction, after: Any, limit: int) -> Sequence[Any]:
        return store.index_query(
            transaction, table.table_id, index.number, hash_, sorts, reverse=not forward, after=after, limit=limit
        )

    place = _index_place(table, index, start)[1:] if start is not None else None
    return PageReader(reading, fetch_entries, place, _ENTRY_SORT)


def begin_scan(
    reading: Reading, *, segment: tuple[int, int] | None = None, start: Mapping[str, Any] | None = None
) -> PageReader:
    """What reads all items, or those of one segment (number, total), in the order of the partition hash."""
    table, index = reading.table, reading.index
    bounds = segment_bounds(*segment) if segment is not None else _EVERYWHERE
    if index is None:

        def fetch(transaction: Transaction, after: Any, limit: int) -> Sequence[Any]:
            return store.scan(transaction, table.table_id, bounds, after=after, limit=limit)

        return PageReader(reading, fetch, table.place(start) if start is not None else None, _ITEM_PLACE)

    def fetch_entries(transaction: Transaction, after: Any, limit: int) -> Sequence[Any]:
        return store.index_scan(transaction, table.table_id, index.number, bounds, after=after, limit=limit)

    after = _index_place(table, index, start) if start is not None else None
    return PageReader(reading, fetch_entries, after, _ENTRY_PLACE)


def query(
    transaction: Transaction,
    reading: Reading,
    condition: KeyCondition,
    *,
    forward: bool = True,
    start: Mapping[str, Any] | None = None,
) -> Page:
    """`begin_query`, read at once."""
    return begin_query(reading, condition, forward=forward, start=start).read_all(transaction)


def scan(
    transaction: Transaction,
    reading: Reading,
    *,
    segment: tuple[int, int] | None = None,
    start: Mapping[str, Any] | None = None,
) -> Page:
    """`begin_scan`, read at once."""
    return begin_scan(reading, segment=segment, start=start).read_all(transaction)


async def read_page(database: Database, begin: Callable[[Transaction], PageReader]) -> Page:
    """Read a page in turns with other requests; what `begin` makes reads its first part in the same transaction."""

    def first(transaction: Transaction) -> tuple[PageReader, bool]:
        reader = begin(transaction)
        return reader, reader.read_some(transaction)

    reader, done = await database.read(first)
    while not done:
        await asyncio.sleep(0)
        done = await database.read(reader.read_some)
    return reader.page()


def key_range(condition: KeyCondition, index: Index | None) -> KeyRange:
    """The sort keys that a key condition selects."""
    several = index is not None and len(index.sort) > 1
    if several:
        operator, operands = (condition.sort.operator, list(condition.sort.operands)) if condition.sort else (None, [])
        return sort_range(operator, operands, condition.sort_equals, several=True)
    if condition.sort_equals:
        return sort_range("=", list(condition.sort_equals))
    if condition.sort is not None:
        return sort_range(condition.sort.operator, list(condition.sort.operands))
    return EVERYTHING


def scan_hash(table: Table, index: Index | None, key: Mapping[str, Any]) -> bytes:
    """The partition hash by which a scan reaches `key`."""
    if index is None:
        return partition_hash(encode(key[table.partition_key.name]))
    return partition_hash(encode_parts([key[attribute.name] for attribute in index.partition]))


def _index_place(table: Table, index: Index, key: Mapping[str, Any]) -> tuple[bytes, bytes, bytes]:
    place = index.place(key)
    assert place is not None  # the key has been checked against the index
    return (*place, table.tie(key))


@dataclass(slots=True)
class _Collector:
    """Gathers one page."""

    reading: Reading
    items: list[Any] = field(default_factory=list)
    count: int = 0
    scanned: int = 0
    size: int = 0
    page_bytes: int = 0
    fetched_units: float = 0.0
    last: bytes | None = None
    ended: bool = False
    plain: bool = False
    """Whether nothing but the sizes of items is looked at."""

    def __post_init__(self) -> None:
        reading = self.reading
        whole = reading.index is None or reading.index.attributes is None
        unread = reading.counts_only or not reading.decoded
        self.plain = whole and unread and reading.filter is None and reading.project is None

    def wanted(self) -> int:
        """How many rows to ask for next."""
        most = _FIRST_CHUNK
        if self.scanned:
            average = self.page_bytes // self.scanned + 1
            largest = _LARGEST_CHUNK if self.plain else _LARGEST_READ_CHUNK
            most = min((PAGE_LIMIT - self.page_bytes) // average + 2, largest)
        limit = self.reading.limit
        return most if limit is None else min(most, limit - self.scanned)

    def add_all(self, rows: Sequence[Any]) -> bool:
        """Add rows until the page is full; whether it is."""
        if self.plain:
            return self._add_plain(rows)
        limit = self.reading.limit
        for row in rows:
            self._add(row)
            self.scanned += 1
            if self.page_bytes >= PAGE_LIMIT or self.scanned == limit:
                self.last, self.ended = row[-1], True
                return True
        return False

    def _add_plain(self, rows: Sequence[Any]) -> bool:
        """`add_all` for rows of which nothing is read but their sizes."""
        if not rows:
            return False
        *_, sizes, page_sizes, items = zip(*rows, strict=True)
        total = self.page_bytes + sum(page_sizes)
        if total >= PAGE_LIMIT:
            totals = enumerate(accumulate(page_sizes, initial=self.page_bytes))
            number, total = next((number, total) for number, total in totals if total >= PAGE_LIMIT)
            sizes, items = sizes[:number], items[:number]
        self.page_bytes = total
        self.size += sum(sizes)
        self.count += len(items)
        self.scanned += len(items)
        if not self.reading.counts_only:
            self.items.extend(map(orjson.Fragment, items))
        if self.page_bytes >= PAGE_LIMIT or self.scanned == self.reading.limit:
            self.last, self.ended = items[-1], True
        return self.ended

    def _add(self, row: Any) -> None:
        reading = self.reading
        item: Item = orjson.loads(row[-1])
        index = reading.index
        if index is None or index.attributes is None:
            self.size += row[-3]
            self.page_bytes += row[-2]
        else:
            projected = index.project(item)
            size = item_size(projected)
            self.size += size
            self.page_bytes += page_size(projected, index.sort[0].name if index.sort else None, size)
            if reading.whole_items:
                self.fetched_units += read_units(row[-3], consistent=reading.consistent)
            else:
                item = projected
        if reading.filter is not None and not reading.filter.evaluate(item):
            return
        self.count += 1
        if not reading.counts_only:
            self.items.append(item if reading.project is None else reading.project(item))

    def page(self) -> Page:
        reading = self.reading
        last_key = None
        if self.ended and self.last is not None:
            last = orjson.loads(self.last)
            last_key = reading.table.key_of(last)
            if reading.index is not None:
                last_key.update({attribute.name: last[attribute.name] for attribute in reading.index.keys})
        units = read_units(self.size, consistent=reading.consistent)
        if reading.index is None:
            consumed = Consumption(reading.table, units)
        else:
            consumed = Consumption(reading.table, self.fetched_units, {reading.index.name: units})
        return Page(self.items, self.count, self.scanned, last_key, consumed)
