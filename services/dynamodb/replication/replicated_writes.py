"""A write to a replica, noted for the others: its version, and an entry of the queue for each region.

The last writer wins: an item's version is the moment of its last write and the region where that was, and a write that
comes to a replica whose item has a greater version changes nothing. A write in a region is always later than what was
there, whatever the clock says. What is deleted keeps its version.

A strongly consistent table's writes are in all regions when they are answered; the queue has those for regions that are
cut off.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.outbox import Outbox, OutboxEntry
from services.dynamodb.arns import table_arn
from services.dynamodb.replication import cuts
from services.dynamodb.store import versions
from services.dynamodb.store.versions import Version
from services.dynamodb.tables.catalog import TableCatalog
from services.dynamodb.tables.global_tables import MEMBER
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item

_MICROSECONDS: Final = 1_000_000


class Arrival(NamedTuple):
    """A write that comes from another region; `item` is None where it deletes what has `key`."""

    group_id: str
    version: Version
    key: Mapping[str, Any]
    item: Item | None


def destination_of(origin: str, account_id: str, region: str, table_name: str) -> str:
    """The queue's name of the way from one region's replica to another's."""
    return f"{origin} {table_arn(region, account_id, table_name)}"


class Way(NamedTuple):
    """The way from one region's replica to another's, where `destination_of` leads."""

    origin: str
    account_id: str
    region: str
    table_name: str


def way_of(destination: str) -> Way:
    """See `destination_of`."""
    origin, _, arn = destination.partition(" ")
    _, _, _, region, account_id, resource = arn.split(":", 5)
    return Way(origin, account_id, region, resource.removeprefix("table/"))


def packed(arrival: Arrival) -> bytes:
    """An arrival as the queue keeps it."""
    return orjson.dumps(
        {
            "Group": arrival.group_id,
            "WrittenAt": arrival.version.written_at,
            "Region": arrival.version.region,
            "Key": arrival.key,
            "Item": arrival.item,
        }
    )


def unpacked(payload: bytes) -> Arrival:
    """See `packed`."""
    content = orjson.loads(payload)
    version = Version(content["WrittenAt"], content["Region"])
    return Arrival(content["Group"], version, content["Key"], content["Item"])


def stamped(item: Item, region: str, now: float) -> Item:
    """The item with what a global table of version 2017.11.29 adds to it."""
    return {
        **item,
        "aws:rep:deleting": {"BOOL": False},
        "aws:rep:updateregion": {"S": region},
        "aws:rep:updatetime": {"N": f"{now:.6f}".rstrip("0").rstrip(".")},
    }


class ReplicatedWrites:
    """`lag` is how many seconds of the clock a write takes to another region at least."""

    def __init__(self, outbox: Outbox, catalog: TableCatalog, lag: float) -> None:
        self.outbox = outbox
        self._catalog = catalog
        self._lag = lag

    def check(self, transaction: Transaction, table: Table, place: tuple[bytes, bytes], now: float) -> None:
        """Whether a strongly consistent table takes a write of the item at `place` now.

        Raises `InternalServerError`, and `ReplicatedWriteConflictException` while a write of another region to the same
        item is on its way.
        """
        cuts.check_reachable(transaction, table)
        if self._lag > 0:
            last = versions.find(transaction, table.table_id, place)
            if last.region != table.region and last.written_at > (now - self._lag) * _MICROSECONDS:
                raise AwsError(
                    "ReplicatedWriteConflictException",
                    "One or more items in this request are being modified by a request in another Region.",
                )

    def note(
        self,
        transaction: Transaction,
        table: Table,
        place: tuple[bytes, bytes],
        change: tuple[Item | None, Item],
        now: float,
    ) -> Arrival:
        """Give a write its version, and have it sent to the other regions; `change` is the item and its key."""
        item, key = change
        last = versions.find(transaction, table.table_id, place)
        version = Version(max(int(now * _MICROSECONDS), last.written_at + 1), table.region)
        versions.put(transaction, table.table_id, place, version, orjson.dumps(key) if item is None else None)
        arrival = Arrival(table.definition[MEMBER]["Id"], version, key, item)
        regions = table.replicas
        if table.is_strong:
            cut_off = cuts.cut_regions(transaction, table.account_id)
            regions = tuple(region for region in regions if region in cut_off)
        if regions:
            payload = packed(arrival)
            delay = 0.0 if table.is_strong else self._lag
            entries = [
                OutboxEntry(destination_of(table.region, table.account_id, region, table.name), payload, delay=delay)
                for region in regions
            ]
            self.outbox.add(transaction, entries)
        return arrival

    def strong_replicas(self, transaction: Transaction, table: Table, now: float) -> list[Table]:
        """The replicas that have a write of `table` at once."""
        cut_off = cuts.cut_regions(transaction, table.account_id)
        found = (
            self._catalog.find(transaction, (table.account_id, region, table.name), now)
            for region in table.replicas
            if region not in cut_off
        )
        return [replica for replica in found if replica is not None]
