"""What a request consumes, and what an item counts for in a page.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from services.dynamodb.tables.table import Index, Table
from services.dynamodb.values.attribute_values import SET_TYPES, Item
from services.dynamodb.values.sizes import item_size, utf8_length, value_size

READ_UNIT: Final = 4096
WRITE_UNIT: Final = 1024
PAGE_LIMIT: Final = 1024 * 1024
"""A page ends with the item that brings it to this many bytes."""

_ITEM_OVERHEAD: Final = 4
_BLOCK: Final = 3072
_BLOCK_OVERHEAD: Final = 18


def page_size(item: Item, sort_key: str | None, size: int | None = None) -> int:
    """Bytes that an item counts for in a page; `size` is the item's size where it is known.

    Not the item's size: DynamoDB counts what its storage holds, where names take one byte, each value a length and each
    3 KB of an item the sort key again (derived from the pages that it returns).
    """
    sort_size = value_size(item[sort_key]) if sort_key is not None and sort_key in item else 0
    values = len(item) if not sort_size else len(item) - 1
    whole = size if size is not None else item_size(item)
    held = whole - utf8_length("".join(item)) - sort_size + 2 * values
    if not SET_TYPES.isdisjoint(chain.from_iterable(item.values())):
        held += sum(len(content) for value in item.values() for kind, content in value.items() if kind in SET_TYPES)
    return _ITEM_OVERHEAD + held + (1 + (1 + held) // _BLOCK) * (_BLOCK_OVERHEAD + sort_size)


def read_units(size: int, *, consistent: bool) -> float:
    """Units for reading `size` bytes together; nothing read costs as much as the first 4 KB."""
    blocks = -(-size // READ_UNIT) or 1
    return float(blocks) if consistent else blocks / 2


def write_units(size: int) -> int:
    """Units for writing `size` bytes."""
    return -(-size // WRITE_UNIT) or 1


def index_write_units(index: Index, old: Item | None, new: Item | None, moved: bool) -> int:
    """Units that a write costs in one index.

    `old` and `new` are the item where it is in the index before and after; `moved` tells that its key there changed,
    which is a delete and a put.
    """
    before = index.project(old) if old is not None else None
    after = index.project(new) if new is not None else None
    if before is None or after is None:
        present = before if before is not None else after
        return write_units(item_size(present)) if present is not None else 0
    if moved:
        return write_units(item_size(before)) + write_units(item_size(after))
    if before == after:
        return 0
    return write_units(max(item_size(before), item_size(after)))


@dataclass(slots=True)
class Consumption:
    """Units that one request has consumed of one table and of its indexes."""

    table: Table
    table_units: float = 0
    index_units: dict[str, float] = field(default_factory=dict)
    writes: bool = False

    def add_index(self, index: Index, units: float) -> None:
        """Add units that an index has cost."""
        self.index_units[index.name] = self.index_units.get(index.name, 0) + units

    def add(self, other: Consumption) -> None:
        self.table_units += other.table_units
        for name, units in other.index_units.items():
            self.index_units[name] = self.index_units.get(name, 0) + units

    @property
    def total(self) -> float:
        """Units of the table and its indexes together."""
        return self.table_units + sum(self.index_units.values())

    def describe(self, wanted: str, *, transactional: bool = False, name: str | None = None) -> dict[str, Any]:
        """`ConsumedCapacity` for `ReturnConsumedCapacity` TOTAL or INDEXES; a transaction's names reads and writes."""
        kind = "WriteCapacityUnits" if self.writes else "ReadCapacityUnits"

        def units(number: float) -> dict[str, float]:
            consumed = float(number)
            return {"CapacityUnits": consumed, kind: consumed} if transactional else {"CapacityUnits": consumed}

        described: dict[str, Any] = {"TableName": name or self.table.name, **units(self.total)}
        if wanted == "INDEXES":
            described["Table"] = units(self.table_units)
            for index in self.table.indexes:
                if index.name in self.index_units:
                    described.setdefault(index.kind, {})[index.name] = units(self.index_units[index.name])
        return described


def describe_all(
    consumed: Iterable[Consumption], wanted: str, *, transactional: bool = False
) -> list[Mapping[str, Any]]:
    """`ConsumedCapacity` of a request over several tables."""
    return [each.describe(wanted, transactional=transactional) for each in consumed]
