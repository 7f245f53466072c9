"""Writes that reach other regions' replicas: the queue's deliveries, and what is hurried along before a replica goes.

In: entries of the queue (`replication.replicated_writes`) for the way from one replica to another. Out: an outcome for
each. A write is done and forgotten, or found to be done already: its version says so. A way that is cut waits until it
is joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.outbox import Delivered, Delivery, GivenUp, Outcome, Retry
from services.dynamodb.items.writing import ItemWriter
from services.dynamodb.replication.cuts import cut_regions, is_severed
from services.dynamodb.replication.replicated_writes import destination_of, unpacked, way_of
from services.dynamodb.store import versions
from services.dynamodb.tables.catalog import TableCatalog
from services.dynamodb.tables.global_tables import MEMBER
from services.dynamodb.tables.table import Table

BATCH: Final = 50
"""Writes of one transaction."""

_WHILE_CUT: Final = 5.0
"""Seconds to the next look at whether a region is joined, where nobody tells of it."""


class Arrivals:
    """`deliver` for ways between replicas."""

    def __init__(self, database: Database, catalog: TableCatalog, writer: ItemWriter, clock: Clock) -> None:
        self._database = database
        self._catalog = catalog
        self._writer = writer
        self._clock = clock

    async def deliver(self, destination: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """An outcome for each, in order."""

        def work(transaction: Transaction) -> Sequence[Outcome]:
            return self._arrive(transaction, destination, [delivery.payload for delivery in deliveries])

        return await self._database.write(work)

    def _arrive(self, transaction: Transaction, destination: str, payloads: Sequence[bytes]) -> Sequence[Outcome]:
        way = way_of(destination)
        if is_severed(cut_regions(transaction, way.account_id), way.origin, way.region):
            severed = Retry(_WHILE_CUT, "one of the two regions is cut off", destination_down=True)
            return [severed] * len(payloads)
        table = self._catalog.find(transaction, way[1:], self._clock.now())
        if table is None:
            return [GivenUp("the replica is gone")] * len(payloads)
        return [self._arrive_one(transaction, table, payload) for payload in payloads]

    def _arrive_one(self, transaction: Transaction, table: Table, payload: bytes) -> Outcome:
        arrival = unpacked(payload)
        group = table.definition.get(MEMBER)
        if group is None or group["Id"] != arrival.group_id:
            return GivenUp("the table is no replica any more")
        self._writer.arrive(transaction, table, arrival, self._clock.now())
        return Delivered()


def hurry(transaction: Transaction, writer: ItemWriter, table: Table, others: Sequence[Table], now: float) -> None:
    """Have everything arrive that is on its way between a replica that is about to leave and the others.

    What cannot, since a region is cut off, is lost.
    """
    cut_off = cut_regions(transaction, table.account_id)
    for other in others:
        for origin, target in ((table, other), (other, table)):
            way = destination_of(origin.region, table.account_id, target.region, table.name)
            for entry in versions.waiting(transaction, way):
                arrival = unpacked(entry.payload)
                of_group = arrival.group_id == target.definition[MEMBER]["Id"]
                if of_group and not is_severed(cut_off, origin.region, target.region):
                    writer.arrive(transaction, target, arrival, now)
                versions.arrived(transaction, entry.number)


def catch_up(transaction: Transaction, catalog: TableCatalog, writer: ItemWriter, now: float) -> None:
    """Have everything arrive that strongly consistent tables have missed while a region was cut off."""
    for destination in versions.count_waiting(transaction):
        way = way_of(destination)
        table = catalog.find(transaction, way[1:], now)
        if table is None or not table.is_strong:
            continue
        if is_severed(cut_regions(transaction, way.account_id), way.origin, way.region):
            continue
        for entry in versions.waiting(transaction, destination):
            arrival = unpacked(entry.payload)
            if arrival.group_id == table.definition[MEMBER]["Id"]:
                writer.arrive(transaction, table, arrival, now)
            versions.arrived(transaction, entry.number)
