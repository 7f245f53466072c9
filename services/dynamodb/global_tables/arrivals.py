"""Writes that reach other regions' replicas: the queue's deliveries, and what is hurried along before a replica goes.

In: entries of the queue (`replication.replicated_writes`) for the way from one replica to another. Out: an outcome for
each. A write is done and forgotten, or found to be done already: its version says so. A way that is cut waits until it
is joined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.outbox import Delivered, Delivery, GivenUp, Outcome, Retry
from services.dynamodb.items.writing import ItemWriter
from services.dynamodb.replication.cuts import cut_regions, is_severed
from services.dynamodb.replication.replicated_writes import destination_of, unpacked, way_of
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import versions
from services.dynamodb.store.versions import Waiting
from services.dynamodb.tables.catalog import TableCatalog
from services.dynamodb.tables.global_tables import MEMBER
from services.dynamodb.tables.table import Table

BATCH: Final = 50
"""Writes of one transaction."""

_MOST: Final = 250
"""Writes that arrive in a transaction which has something else to do."""

_WHILE_CUT: Final = 5.0
"""Seconds to the next look at whether a region is joined, where nobody tells of it."""

T = TypeVar("T")


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


class ManyWaiting(Exception):
    """More is on its way, by `ways`, than a transaction should have arrive that has something else to do."""

    def __init__(self, ways: Sequence[str]) -> None:
        super().__init__(ways)
        self.ways = ways


def hurry(
    transaction: Transaction, writer: ItemWriter, table: Table, others: Sequence[Table], now: float, *, doomed: bool
) -> None:
    """Have everything arrive that is on its way between a replica that is about to leave and the others.

    What cannot, since a region is cut off, is lost, and so is what is on its way to a replica that is `doomed`: its
    table is deleted next. Raises `ManyWaiting`.
    """
    cut_off = cut_regions(transaction, table.account_id)
    hurried: dict[str, Table] = {}
    for other in others:
        for origin, target in ((table, other), (other, table)):
            way = destination_of(origin.region, table.account_id, target.region, table.name)
            if is_severed(cut_off, origin.region, target.region) or (doomed and target is table):
                versions.forget_way(transaction, way)
            else:
                hurried[way] = target
    _bring(transaction, writer, hurried, now)


def catch_up(transaction: Transaction, catalog: TableCatalog, writer: ItemWriter, now: float) -> None:
    """Have everything arrive that strongly consistent tables have missed while a region was cut off.

    Raises `ManyWaiting`.
    """
    missed: dict[str, Table] = {}
    for destination in versions.count_waiting(transaction):
        way = way_of(destination)
        table = catalog.find(transaction, way[1:], now)
        if table is None or not table.is_strong:
            continue
        if not is_severed(cut_regions(transaction, way.account_id), way.origin, way.region):
            missed[destination] = table
    _bring(transaction, writer, missed, now)


def _bring(transaction: Transaction, writer: ItemWriter, targets: Mapping[str, Table], now: float) -> None:
    found = {way: versions.waiting(transaction, way, _MOST + 1) for way in targets}
    if sum(map(len, found.values())) > _MOST:
        raise ManyWaiting(list(targets))
    for way, entries in found.items():
        _arrive_at(transaction, writer, targets[way], entries, now)


def _arrive_at(
    transaction: Transaction, writer: ItemWriter, table: Table, entries: Sequence[Waiting], now: float
) -> None:
    group = table.definition.get(MEMBER)
    for entry in entries:
        arrival = unpacked(entry.payload)
        if group is not None and arrival.group_id == group["Id"]:
            writer.arrive(transaction, table, arrival, now)
        versions.arrived(transaction, entry.number)


async def after_arrivals(runtime: DynamoDbRuntime, work: Callable[[Transaction], T]) -> T:
    """What `work` gives, in a transaction that has little to wait for.

    Where it raises `ManyWaiting`, what waits arrives first, in transactions that others' requests come between.
    """
    while True:
        try:
            return await runtime.database.write(work)
        except ManyWaiting as waiting:
            for way in waiting.ways:
                while await runtime.database.write(partial(_some_arrive, runtime, way)) == BATCH:
                    pass


def _some_arrive(runtime: DynamoDbRuntime, way: str, transaction: Transaction) -> int:
    entries = versions.waiting(transaction, way, BATCH)
    now = runtime.clock.now()
    table = runtime.catalog.find(transaction, way_of(way)[1:], now)
    if table is None:
        versions.forget_way(transaction, way)
        return 0
    _arrive_at(transaction, runtime.writer, table, entries, now)
    return len(entries)
