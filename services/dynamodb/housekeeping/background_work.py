"""What happens without a request: expired items go, streams are trimmed, deleted tables are swept, indexes filled.

`Housekeeping.run` works every second, and at once where the clock is moved or a request has left work behind. Each
piece of work is one short transaction, with a turn of the event loop for requests in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Final

import orjson

from awskit.database import Transaction
from awskit.process.failures import Failures
from awskit.process.storage_faults import fault_of
from services.dynamodb.backups import backups, point_in_time_recovery
from services.dynamodb.housekeeping import item_recount
from services.dynamodb.items.writing import Write
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import client_request_tokens as tokens
from services.dynamodb.store import expirations, jobs, versions
from services.dynamodb.store import items as item_store
from services.dynamodb.store import streams as stream_store
from services.dynamodb.store import tables as store
from services.dynamodb.store.expirations import Expiration
from services.dynamodb.streams import change_records, shards
from services.dynamodb.tables import time_to_live
from services.dynamodb.tables.table import Table, build_table
from services.dynamodb.tables.table_updates import TableUpdate

_INTERVAL: Final = 1.0
_RESTLESS: Final = "restless"
_SLOW_INTERVAL: Final = 60.0
_SWEEP: Final = 250
_EXPIRED_AT_ONCE: Final = 50
_TABLES_AT_ONCE: Final = 1000
_TTL_HORIZON: Final = 5 * 365 * 86400
_TOKEN_SECONDS: Final = 600
_DELETED_SECONDS: Final = 86_400

Work = Callable[[Transaction], bool]


class Housekeeping:
    """The background work, of the one among the replicas that holds its lease."""

    def __init__(self, runtime: DynamoDbRuntime) -> None:
        self._runtime = runtime
        self._log = logging.getLogger("ruststack.dynamodb.housekeeping")
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._unsubscribe: Callable[[], None] | None = None
        self._slow_due = 0.0
        self._counts = False
        self._failures = Failures(self._log)
        runtime.restless.set()
        self._replicas = runtime.database.replicas
        self._lease = self._replicas.lease("housekeeping")
        self._holds = True
        self._replicas.subscribe(_RESTLESS, self._another_is_restless)
        self._replicas.subscribe("lease", lambda _: self._wake.set())

    def _another_is_restless(self, _: tuple[int, ...]) -> None:
        self._runtime.restless.set()
        self._wake.set()

    async def start(self) -> None:
        if not self._runtime.database.is_shared:
            self._counts = await self._runtime.database.write(item_recount.note_start)
        self._unsubscribe = self._runtime.clock.subscribe(self._wake.set)
        self._tasks = [asyncio.create_task(self.run())]
        if self._counts:
            self._tasks.append(asyncio.create_task(self._recount()))

    async def _recount(self) -> None:
        """Count many items beside all else. Where that fails their numbers stay as they were, until the next start."""
        database, statistics = self._runtime.database, self._runtime.statistics
        statistics.hold()
        try:
            recount = await database.read_beside(item_recount.count)
            if statistics.is_held:
                await database.write(partial(_write_counts, recount))
            self._counts = False
        except Exception:
            self._log.exception("the items of the tables could not be counted")
        finally:
            statistics.release()

    async def stop(self) -> None:
        """End, and write down what is only in memory."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runtime.statistics.flush(self._runtime.database)
        if self._replicas.alone and not self._counts:  # of several, one that dies later leaves something uncounted
            await self._runtime.database.write(item_recount.note_stop)
        self._lease.give_back()

    async def run(self) -> None:
        wait = _INTERVAL
        while True:
            try:
                await self.run_once()
                wait = _INTERVAL
            except Exception:
                wait = min(2 * wait, _SLOW_INTERVAL)
                self._log.exception("housekeeping failed; again in %g seconds", wait)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            self._wake.clear()

    async def run_once(self) -> None:
        """Everything that is due by now."""
        if self._is_for_this_process():
            await self._work(self._runtime.clock.now())
        await self._runtime.statistics.flush(self._runtime.database)

    def _is_for_this_process(self) -> bool:
        held, self._holds = self._holds, self._lease.held()
        if self._holds and not held:
            self._runtime.restless.set()  # whatever its last holder left
        elif not self._holds and self._runtime.restless.is_set():
            self._runtime.restless.clear()
            self._replicas.tell(_RESTLESS)
        return self._holds

    async def _work(self, now: float) -> None:
        await self.expire(now)
        if self._runtime.restless.is_set():
            self._runtime.restless.clear()
            await self._settle(now)
        if not self._slow_due - _SLOW_INTERVAL <= now < self._slow_due:
            self._slow_due = now + _SLOW_INTERVAL
            await self._slow_work(now)

    async def _repeat(self, work: Work) -> None:
        """Run `work` until it says that nothing is left."""
        left = True
        while left:
            left = await self._runtime.database.write(work)
            await asyncio.sleep(0)

    # Expired items

    async def expire(self, now: float) -> int:
        """Delete the items that have expired by `now`; how many there were."""
        deleted = 0
        left = True
        database = self._runtime.database
        while left:
            due = await database.read(lambda transaction: expirations.due(transaction, now, _EXPIRED_AT_ONCE))
            left = len(due) == _EXPIRED_AT_ONCE
            try:
                deleted += await database.write(partial(self._expire_all, due, now))
            except Exception as error:
                if fault_of(error) is not None:
                    raise
                deleted += await self._expire_each(due, now)
            await asyncio.sleep(0)
        return deleted

    def _expire_all(self, due: Sequence[Expiration], now: float, transaction: Transaction) -> int:
        return sum(self._expire_one(transaction, expiration, now) for expiration in due)

    async def _expire_each(self, due: Sequence[Expiration], now: float) -> int:
        """One of them is at fault: it stays, and does not expire."""
        deleted = 0
        for expiration in due:
            try:
                deleted += await self._runtime.database.write(partial(self._expire_all, [expiration], now))
            except Exception as error:
                if fault_of(error) is not None:
                    raise
                self._log.error("an item of table %d cannot expire: it stays", expiration.table_id, exc_info=error)
                await self._runtime.database.write(partial(_leave_unexpired, expiration))
        return deleted

    def _expire_one(self, transaction: Transaction, expiration: Expiration, now: float) -> bool:
        row = store.get(transaction, expiration.table_id)
        found = item_store.get(transaction, expiration.table_id, expiration.hash, expiration.sort)
        if row is None or found is None or expiration.expires_at < now - _TTL_HORIZON:
            expirations.remove(transaction, expiration)
            return False
        table = build_table(*row)
        item = orjson.loads(found[2])
        if table.ttl_attribute is None or time_to_live.expiry(item, table.ttl_attribute) != expiration.expires_at:
            expirations.remove(transaction, expiration)
            return False
        write = Write(now, identity=change_records.TTL_IDENTITY)
        self._runtime.writer.delete(transaction, table, table.key_of(item), write)
        return True

    # Tables between two statuses

    async def _settle(self, now: float) -> None:
        database = self._runtime.database
        for row in await self._tables_with(b"DELETING", b'ackfilling":true'):
            await self._try(row.table_id, "bringing a table on", partial(self._settle_one, row, now))
        held = await database.read(jobs.held_tables)
        for purge in await database.read(store.pending_purges):
            if purge.table_id not in held:
                await self._try(purge, "a purge", partial(self._repeat, partial(self._purge, purge)))

    async def _tables_with(self, text: bytes, or_text: bytes) -> list[store.TableRow]:
        """The tables whose definitions hold one of the two; with a turn for requests after every few."""
        database = self._runtime.database
        found = []
        for after in range(0, await database.read(store.last_id), _TABLES_AT_ONCE):

            def work(transaction: Transaction, after: int = after) -> list[store.TableRow]:
                return store.tables_with(transaction, text, or_text, after=after, last=after + _TABLES_AT_ONCE)

            found += await database.read(work)
            await asyncio.sleep(0)
        return found

    async def _settle_one(self, row: store.TableRow, now: float) -> None:
        table = build_table(*row)
        if table.status == "DELETING" and not table.status_at(now):
            await self._runtime.database.write(partial(self._remove, table))
        elif _is_restless(table):
            await self._settle_table(table.table_id, now)

    async def _try(self, key: Hashable, what: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do it unless it has had its last try; that it fails is no matter of what comes after."""
        if self._failures.is_given_up(key):
            return
        try:
            await work()
        except Exception as error:
            if fault_of(error) is not None:
                raise
            if not self._failures.note(key, what, error):
                self._runtime.restless.set()
        else:
            self._failures.forget(key)

    async def _settle_table(self, table_id: int, now: float) -> None:
        def step(transaction: Transaction) -> bool:
            row = store.get(transaction, table_id)
            if row is None:
                return False
            table = build_table(*row)
            changed = self._drop_deleted_indexes(transaction, table, now)
            for index in changed.indexes:
                if index.backfilling:
                    changed = self._runtime.backfill.advance_index(transaction, changed, index.number)
            changed = self._runtime.backfill.advance_time_to_live(transaction, changed)
            if _is_restless(changed):
                self._runtime.restless.set()
            return any(index.backfilling for index in changed.indexes) or _fills_time_to_live(changed)

        await self._repeat(step)

    def _drop_deleted_indexes(self, transaction: Transaction, table: Table, now: float) -> Table:
        gone = [index.number for index in table.indexes if not index.status_at(now)]
        if not gone:
            return table
        update = TableUpdate(table, {}, now, now)
        for number in gone:
            update.drop_index(number)
            store.purge_later(transaction, store.Purge(table.table_id, number))
        return self._runtime.catalog.replace(transaction, table, update.definition)

    @staticmethod
    def _purge(purge: store.Purge, transaction: Transaction) -> bool:
        return not store.purge_some(transaction, purge, _SWEEP)

    def _remove(self, table: Table, transaction: Transaction) -> None:
        self._runtime.catalog.remove(transaction, table)

    # What is due once a minute

    async def _slow_work(self, now: float) -> None:
        database = self._runtime.database
        await self._repeat(
            lambda transaction: stream_store.trim(transaction, now - shards.RETENTION_SECONDS, _SWEEP) == _SWEEP
        )
        await database.write(lambda transaction: shards.turn(transaction, now))
        await self._repeat(
            lambda transaction: versions.forget_deleted(transaction, now - _DELETED_SECONDS, _SWEEP) == _SWEEP
        )
        await database.write(lambda transaction: tokens.forget(transaction, now - _TOKEN_SECONDS))
        for row in await self._tables_with(b'"PointInTimeRecovery":', b'"PointInTimeRecovery":'):
            if row.definition.get("PointInTimeRecovery", {}).get("Enabled"):
                await database.write(
                    partial(point_in_time_recovery.forget_what_is_too_old, table_id=row.table_id, now=now)
                )
        await database.write(lambda transaction: backups.expire(self._runtime, transaction, now))


def _write_counts(recount: item_recount.Recount, transaction: Transaction) -> None:
    item_recount.write(transaction, recount)


def _leave_unexpired(expiration: Expiration, transaction: Transaction) -> None:
    expirations.remove(transaction, expiration)


def _is_restless(table: Table) -> bool:
    """Whether time or work will bring the table on."""
    return (
        table.status == "DELETING"
        or any(index.backfilling or index.status == "DELETING" for index in table.indexes)
        or _fills_time_to_live(table)
    )


def _fills_time_to_live(table: Table) -> bool:
    return bool(table.definition.get("TimeToLive", {}).get("Backfilling"))
