"""Writing items: put, update, delete, with everything that follows from a change.

In: a `Table`, an item or key that fits it (`key_checks`), and compiled expressions. Out: a `Change`. What follows a
change, all in the same transaction: the entries in indexes, the streams' records, the time to live, the history for
restores, the way to the other replicas of a global table. Raised: `ConditionalCheckFailedException`,
`ValidationException`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from awskit.database import Transaction
from awskit.errors import AwsError
from services.dynamodb.errors import EmptyKeyException, UncountedException, ValidationException
from services.dynamodb.expressions import Condition, Update
from services.dynamodb.items import key_checks
from services.dynamodb.items.capacity import Consumption, index_write_units, page_size, write_units
from services.dynamodb.replication.replicated_writes import Arrival, ReplicatedWrites, stamped
from services.dynamodb.store import history, versions
from services.dynamodb.store import items as store
from services.dynamodb.streams import change_records
from services.dynamodb.streams.kinesis_records import KinesisChanges
from services.dynamodb.tables import time_to_live
from services.dynamodb.tables.statistics import Growth, Statistics
from services.dynamodb.tables.table import TABLE_STATISTICS, Table
from services.dynamodb.values.attribute_values import MAXIMUM_ITEM_SIZE, Item
from services.dynamodb.values.sizes import item_size

_TOO_LARGE: Final = "Item size has exceeded the maximum allowed size"
_UPDATED_TOO_LARGE: Final = "Item size to update has exceeded the maximum allowed size"
_EMPTY_KEY_BY_EXPRESSION: Final = (
    "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a "
    "value that is not supported. The AttributeValue for a key attribute cannot contain an empty"
)
_KEY_BY_EXPRESSION: Final = "The update expression attempted to update the secondary index key to unsupported type"


class ConditionalCheckFailedException(AwsError):
    """The condition does not hold; `item` is given where the caller wants to see the item that is there."""

    def __init__(self, item: Item | None = None) -> None:
        members = {"Item": item} if item is not None else {}
        super().__init__("ConditionalCheckFailedException", "The conditional request failed", members=members)


@dataclass(slots=True)
class Change:
    """What a write did. `old` and `new` are None where there was, or is, no item."""

    table: Table
    old_json: bytes | None
    old_size: int
    new: Item | None
    new_size: int
    entries_before: Mapping[int, store.Entry]
    entries_after: Mapping[int, store.Entry]
    _old: Item | None = None

    @property
    def old(self) -> Item | None:
        """The item before the write, decoded when it is first asked for."""
        if self._old is None and self.old_json is not None:
            self._old = orjson.loads(self.old_json)
        return self._old

    def consumption(self, factor: int = 1) -> Consumption:
        """Units that the write consumed; `factor` is 2 in a transaction."""
        units = write_units(max(self.old_size, self.new_size)) * factor
        consumed = Consumption(self.table, units, writes=True)
        for index in self.table.indexes:
            before, after = self.entries_before.get(index.number), self.entries_after.get(index.number)
            if before is None and after is None:
                continue
            moved = before is not None and after is not None and before != after
            cost = index_write_units(index, self.old if before else None, self.new if after else None, moved)
            if cost:
                consumed.add_index(index, float(cost * factor))
        return consumed


@dataclass(slots=True)
class Write:
    """The circumstances of a write.

    `condition` must hold for the item that is there; `returns_failed` attaches that item to the error where it does
    not. `identity` is who did it, for the stream's record, where it was not the caller. `arrival` is what came from
    another region, where it did.
    """

    now: float
    condition: Condition | None = None
    returns_failed: bool = False
    identity: Mapping[str, str] | None = None
    arrival: Arrival | None = None


def check_size(item: Item) -> int:
    """The item's size; ValidationException where it is over 400 KB."""
    size = item_size(item)
    if size > MAXIMUM_ITEM_SIZE:
        raise UncountedException(_TOO_LARGE)
    return size


class ItemWriter:
    """The only way to an item's row."""

    def __init__(
        self, statistics: Statistics, kinesis_changes: KinesisChanges, replicated_writes: ReplicatedWrites
    ) -> None:
        self._statistics = statistics
        self._kinesis_changes = kinesis_changes
        self._replicated_writes = replicated_writes

    def put(self, transaction: Transaction, table: Table, item: Item, size: int, write: Write) -> Change:
        """Insert or replace `item`, which fits the table and has `size` bytes."""
        place = table.place(item)
        change = self._begin(transaction, table, place, write)
        change.new, change.new_size = item, size
        self._finish(transaction, change, place, write)
        return change

    def delete(self, transaction: Transaction, table: Table, key: Mapping[str, Any], write: Write) -> Change:
        """Delete the item with that key, if there is one."""
        place = table.place(key)
        change = self._begin(transaction, table, place, write)
        if change.old_json is not None:
            self._finish(transaction, change, place, write)
        return change

    def update(self, transaction: Transaction, table: Table, key: Item, update: Update | None, write: Write) -> Change:
        """Update the item with that key, or make one of the key and what the update adds to it."""
        place = table.place(key)
        change = self._begin(transaction, table, place, write)
        old = change.old
        item = old if old is not None else dict(key)
        if update is not None:
            if old is None and update.only_removes:
                return change
            item = update.apply(item)
            if old is None and len(item) == len(key):
                return change  # what only takes away makes no item
        change.new_size = item_size(item)
        if change.new_size > MAXIMUM_ITEM_SIZE:
            raise ValidationException(_UPDATED_TOO_LARGE)
        change.new = item
        if table.vectors:
            key_checks.check_vectors(table, item)
        if table.index_key_types:
            check_updated_index_keys(table, item)
        self._finish(transaction, change, place, write)
        return change

    def check(self, transaction: Transaction, table: Table, key: Mapping[str, Any], write: Write) -> Change:
        """Only check the condition."""
        return self._begin(transaction, table, table.place(key), write)

    def arrive(self, transaction: Transaction, table: Table, arrival: Arrival, now: float) -> bool:
        """Do to a replica what was done in another region; whether that was the last write to the item."""
        place = table.place(arrival.key)
        known = versions.find(transaction, table.table_id, place)
        if known >= arrival.version and known != versions.NEVER:
            return False
        write = Write(now, arrival=arrival)
        item = arrival.item
        if item is not None:
            self.put(transaction, table, item, item_size(item), write)
        else:
            self.delete(transaction, table, arrival.key, write)
        if arrival.version != versions.NEVER:
            deleted = orjson.dumps(arrival.key) if item is None else None
            versions.put(transaction, table.table_id, place, arrival.version, deleted)
        return True

    def _begin(self, transaction: Transaction, table: Table, place: tuple[bytes, bytes], write: Write) -> Change:
        if table.is_strong and write.arrival is None:
            self._replicated_writes.check(transaction, table, place, write.now)
        found = store.get(transaction, table.table_id, *place)
        size, _, json = found if found is not None else (0, 0, None)
        change = Change(table, json, size, None, 0, {}, {})
        if write.condition is not None and not write.condition.evaluate(change.old or {}):
            raise ConditionalCheckFailedException(change.old if write.returns_failed else None)
        return change

    def _finish(self, transaction: Transaction, change: Change, place: tuple[bytes, bytes], write: Write) -> None:
        table, new = change.table, change.new
        if table.stamps_items and new is not None and write.arrival is None:
            new = change.new = stamped(new, table.region, write.now)
            change.new_size = item_size(new)
        if new is None:
            store.delete(transaction, table.table_id, *place)
        else:
            sort_name = table.sort_key.name if table.sort_key is not None else None
            row = store.ItemRow(*place, change.new_size, page_size(new, sort_name, change.new_size), orjson.dumps(new))
            store.put(transaction, table.table_id, row)
        growth: Growth = {}
        count = (new is not None) - (change.old_json is not None)
        if count or change.new_size != change.old_size:
            growth[table.table_id, TABLE_STATISTICS] = (count, change.new_size - change.old_size)
        if table.indexes:
            self._write_indexes(transaction, change, place, growth)
        if growth:
            self._statistics.grow(transaction, growth)
        if table.stream_id is not None:
            change_records.record_change(transaction, table, change.old, new, write.now, write.identity)
        if table.kinesis_destinations:
            self._kinesis_changes.note(transaction, table, change.old, new, write.now, write.identity)
        if table.ttl_attribute is not None:
            is_arrival = write.arrival is not None
            time_to_live.follow(transaction, table, place, change.old, new, is_arrival=is_arrival)
        if table.keeps_history:
            history.append(transaction, table.table_id, place, write.now, change.old_json)
        if table.replicas and write.arrival is None:
            self._replicate(transaction, change, place, write)

    def _replicate(self, transaction: Transaction, change: Change, place: tuple[bytes, bytes], write: Write) -> None:
        table, new = change.table, change.new
        key = table.key_of(new if new is not None else change.old or {})
        arrival = self._replicated_writes.note(transaction, table, place, (new, key), write.now)
        if table.is_strong:
            for replica in self._replicated_writes.strong_replicas(transaction, table, write.now):
                self.arrive(transaction, replica, arrival, write.now)

    @staticmethod
    def _write_indexes(transaction: Transaction, change: Change, place: tuple[bytes, bytes], growth: Growth) -> None:
        table = change.table
        before, after = table.entries(change.old), table.entries(change.new)
        change.entries_before, change.entries_after = before, after
        # What an index has not got to while it is filled in is put there first, so that the counts come out right.
        late = {
            index.number
            for index in table.indexes
            if index.backfilling
            and index.number in before
            and store.add_entry_if_missing(transaction, table.table_id, before[index.number], *place)
        }
        gone = [entry for number, entry in before.items() if after.get(number) != entry]
        come = [entry for number, entry in after.items() if before.get(number) != entry]
        store.remove_entries(transaction, table.table_id, gone)
        store.add_entries(transaction, table.table_id, come, *place)
        for index in table.indexes:
            was, is_ = index.number in before and index.number not in late, index.number in after
            if was or is_:
                if index.attributes is None:
                    size = (change.new_size if is_ else 0) - (change.old_size if was else 0)
                else:
                    size = item_size(index.project(change.new or {})) if is_ else 0
                    size -= item_size(index.project(change.old or {})) if was else 0
                if size or was != is_:
                    growth[table.table_id, index.number] = (is_ - was, size)


def check_updated_index_keys(table: Table, item: Item) -> None:
    """After an update, what is a key of an index is still of its type."""
    for name, (kind, _) in table.index_key_types.items():
        value = item.get(name)
        if value is None:
            continue
        if kind not in value:
            raise ValidationException(_KEY_BY_EXPRESSION)
        if value[kind] == "":
            raise EmptyKeyException(f"{_EMPTY_KEY_BY_EXPRESSION} {'string' if kind == 'S' else 'binary'} value.")
    key_checks.check_index_keys(table, item)
