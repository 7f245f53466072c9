"""The outbox at work: which entry is tried when. See the package for what it promises."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.errors import unavailable
from awskit.outbox.batch import Batch
from awskit.outbox.delivered import DeliveredEntries
from awskit.outbox.entries import Deliver, Delivered, Delivery, GiveUp, LastTry, OutboxEntry, Outcome, Retry
from awskit.outbox.lane import Lane, Pending
from awskit.outbox.store import LOAD, OutboxStore, outbox_row
from awskit.outbox.tries import Tries

_LEASE_SECONDS = 60.0
_PENDING_LIMIT = 1_000
_BATCH_BYTES = 262_144
_SCAN_SECONDS = 5.0
_GIVEN_BACK = "given-back"
_RETRY = "retry-deliveries"
_LAST_TRY = LastTry()
# What reaches the process together is read and handled in one turn of the loop and committed in the next; what came
# while that was done follows a turn or two later.
_TURNS_TO_GATHER = 3


class Outbox:
    """See the module. `start` takes up what an earlier process left; `stop` ends without waiting for retries.

    `last_try` is when the outbox itself gives an entry up, `give_up` what follows from that.
    """

    def __init__(
        self,
        name: str,
        table: sa.Table,
        database: Database,
        clock: Clock,
        deliver: Deliver,
        *,
        batch_size: int = 10,
        last_try: LastTry = _LAST_TRY,
        give_up: GiveUp = lambda *_: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._batch_size = batch_size
        self._store = OutboxStore(table)
        self._log = logging.getLogger(f"ruststack.{name}.outbox")
        self._tries = Tries(deliver, last_try, give_up, self._log)
        self._lanes: dict[str, Lane] = {}
        self._held: set[int] = set()
        self._unwritten: dict[int, Delivery] = {}
        self._last_id = 0
        self._scanner: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._offset = clock.offset
        self._hastening: asyncio.Task[None] | None = None
        self._delivered = DeliveredEntries(self._store, database, self._log)
        self._replicas = database.replicas
        self._id_in_doubt = False
        self._taking_over: asyncio.Task[None] | None = None
        self._must_take_over = False
        database.changed_elsewhere(self._another_has_written)
        self._replicas.when_alone(self._left_alone)
        self._replicas.subscribe(_GIVEN_BACK, lambda _: self._look_soon.set())
        self._replicas.subscribe(_RETRY, lambda _: self._try_again())
        self._look_soon = asyncio.Event()
        self._retries = 0
        self._recording: set[asyncio.Future[dict[int, Batch]]] = set()

    def _another_has_written(self) -> None:
        self._id_in_doubt = True

    def _is_shared(self) -> bool:
        """Whether the table may hold what is another process's, or was until now."""
        return self._must_take_over or self._database.is_shared

    def add(self, transaction: Transaction, outbox_entries: Iterable[OutboxEntry]) -> Batch:
        """Write `outbox_entries` in `transaction`; they are tried as soon as it is committed."""
        now = self._clock.now()
        rows: list[dict[str, Any]] = []
        handed: list[Delivery] = []
        stored: list[tuple[int, str, float]] = []
        for outbox_entry in outbox_entries:
            delivery = _delivery(self._next_id(transaction), outbox_entry, now)
            if outbox_entry.delay <= 0 and not self._must_wait(transaction, outbox_entry):
                rows.append(outbox_row(delivery, leased_until=now + _LEASE_SECONDS))
                handed.append(delivery)
            else:
                rows.append(outbox_row(delivery, delay=max(outbox_entry.delay, 0.0)))
                stored.append((delivery.id, outbox_entry.destination, outbox_entry.delay))
        batch = Batch(len(rows))
        if rows:
            self._store.add(transaction, rows)
            transaction.after_commit(lambda: self._take(handed, batch, stored))
            if not self._is_shared():
                self._delivered.delete_along(transaction)
        return batch

    async def hand_over(self, outbox_entries: Sequence[OutboxEntry], timeout: float = 1.0) -> None:
        """Deliver what has no order and no cause that is written, or else write it, to be delivered later.

        It is written where its first try fails or takes longer than `timeout` seconds, so that most of it costs no
        transaction. Until this returns it is promised to nobody. Raises what prevents it from being written.
        """
        if any(self._goes_to_the_table(outbox_entry) for outbox_entry in outbox_entries):
            batch = await self._database.write(lambda transaction: self.add(transaction, outbox_entries))
            await batch.wait(timeout)
            return
        now = self._clock.now()
        # A number that another process takes at this very microsecond cannot be written down: an error, no loss.
        handed = [_delivery(self._new_id(), outbox_entry, now) for outbox_entry in outbox_entries]
        for delivery in handed:
            self._unwritten[delivery.id] = delivery
        batch = Batch(len(handed))
        self._take(handed, batch, ())
        if not await batch.wait(timeout):
            await self._write_down([delivery.id for delivery in handed])

    def _goes_to_the_table(self, outbox_entry: OutboxEntry) -> bool:
        lane = self._lanes.get(outbox_entry.destination)
        return (
            outbox_entry.ordering_key is not None
            or outbox_entry.delay > 0
            or (lane is not None and (lane.behind or lane.not_before > self._clock.now()))
        )

    async def _write_down(self, numbers: Iterable[int]) -> None:
        """Write those that are not written yet: what takes long is no longer promised to nobody."""
        deliveries = [self._unwritten.pop(number) for number in numbers if number in self._unwritten]
        if not deliveries:
            return
        leased_until = self._clock.now() + _LEASE_SECONDS
        rows = [outbox_row(delivery, leased_until) for delivery in deliveries]

        def work(transaction: Transaction) -> None:
            self._store.add(transaction, rows)
            # Delivered while it was being written: the row is to go again.
            transaction.after_commit(
                lambda: self._delivered.add([each.id for each in deliveries if each.id not in self._held])
            )

        await self._database.write(work)

    def _must_wait(self, transaction: Transaction, outbox_entry: OutboxEntry) -> bool:
        """Whether entries before this one wait in the table, or are another process's."""
        lane = self._lanes.get(outbox_entry.destination)
        if lane is not None and lane.behind:
            return True
        if outbox_entry.ordering_key is None or not self._is_shared():
            return False
        earlier = self._store.of_key(transaction, outbox_entry.destination, outbox_entry.ordering_key)
        return any(number not in self._held and number not in self._delivered for number in earlier)

    async def settled(self, batch: Batch, timeout: float = 1.0) -> bool:
        """Wait until each entry of `batch` has been tried once; False where `timeout` seconds passed before that.

        An entry whose destination is known to be down is not tried at once, and not waited for.
        """
        return await batch.wait(timeout)

    async def start(self) -> None:
        """Take up the entries that an earlier process left."""
        self._last_id = await self._database.read(self._store.newest_id)
        self._unsubscribe = self._clock.subscribe(self._clock_moved)
        self._must_take_over = not self._database.engine.several_processes
        if self._must_take_over:
            await self._take_over()
        self._scanner = asyncio.create_task(self._scan())

    def _left_alone(self) -> None:
        """The last of the others is gone; what it has left is to be tried before what comes."""
        self._must_take_over = True
        self._look_soon.set()

    async def _take_over(self) -> None:
        """Take up what processes that are gone have held, where no other is there."""

        def work(transaction: Transaction) -> bool:
            alone = self._replicas.alone
            if alone:
                self._store.end_leases(transaction)
            return alone

        if await self._database.write(work):
            await self._find_destinations(alone=True)
        self._must_take_over = False

    async def stop(self) -> None:
        """End. A delivery under way is cut off; its entry stays in the table for the next start."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        tasks += [task for task in (self._scanner, self._hastening) if task is not None]
        for lane in self._lanes.values():
            if lane.timer is not None:
                lane.timer.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._write_down(list(self._unwritten))
        await self._delivered.stop()
        if self._held and self._is_shared():
            held = list(self._held)
            await self._database.write(lambda transaction: self._store.give_back(transaction, held))
            self._replicas.tell(_GIVEN_BACK)

    async def forget_delivered(self) -> None:
        """Delete what has been delivered now rather than in a moment: for whoever looks into the table."""
        await self._delivered.deleted()

    def forget(self, is_gone: Callable[[str], bool]) -> None:
        """After the table has been emptied of some destinations (a reset): drop what waits for them in memory."""
        for number, delivery in tuple(self._unwritten.items()):
            if is_gone(delivery.destination):
                del self._unwritten[number]  # what is being tried is not to be written if that fails
        for destination, lane in self._lanes.items():
            if is_gone(destination):
                self._drop_pending(lane)

    def forget_all(self) -> None:
        """The same, after the whole table has been emptied."""
        self.forget(lambda destination: True)

    async def retry(self) -> None:
        """Try what has failed again now: its destinations are known to be there again."""
        now = self._clock.now()
        self._retries += 1
        if self._recording:
            await asyncio.wait(self._recording)
        await self._database.write(lambda transaction: self._store.retry(transaction, now))
        self._try_again()
        self._replicas.tell(_RETRY)

    def take_over_soon(self) -> None:
        """After the table has been filled with other entries: drop what is in memory, and take up what is there."""
        self.forget_all()
        self._delivered.clear()
        for lane in self._lanes.values():
            lane.not_before = 0.0
        self._id_in_doubt = True
        self._must_take_over = self._replicas.alone and not self._database.engine.several_processes
        self._look_soon.set()

    def _next_id(self, transaction: Transaction) -> int:
        # Microseconds since the epoch, made unique: ids order entries, also across restarts, without asking the table
        # (but where a replica may have added some).
        if self._id_in_doubt:
            self._id_in_doubt = False
            self._last_id = max(self._last_id, self._store.newest_id(transaction))
        return self._new_id()

    def _new_id(self) -> int:
        self._last_id = max(self._last_id + 1, time.time_ns() // 1000)
        return self._last_id

    def _lane(self, destination: str) -> Lane:
        lane = self._lanes.get(destination)
        if lane is None:
            lane = self._lanes[destination] = Lane()
        return lane

    def _take(self, handed: list[Delivery], batch: Batch, stored: Sequence[tuple[int, str, float]]) -> None:
        for delivery in handed:
            lane = self._lane(delivery.destination)
            self._held.add(delivery.id)
            lane.pending.append((delivery, batch))
            if len(lane.pending) >= _PENDING_LIMIT:
                lane.behind = True
            self._run(delivery.destination, lane)
        for number, destination, delay in stored:
            lane = self._lane(destination)
            lane.stored = lane.again = True
            is_down = lane.not_before > self._clock.now()
            if is_down or delay > 0:
                batch.settle_one()
            else:
                lane.awaited[number] = batch
            if not is_down:
                self._run(destination, lane)

    def _run(self, destination: str, lane: Lane) -> None:
        if lane.task is None:
            if lane.timer is not None:
                lane.timer.cancel()
                lane.timer = None
            lane.task = asyncio.create_task(self._serve(destination, lane))

    def _clock_moved(self) -> None:
        """What waited for its time may be due; once the clock went back, it may wait for one that is far away."""
        went_back, self._offset = self._clock.offset < self._offset, self._clock.offset
        if went_back and self._hastening is None:
            self._hastening = asyncio.create_task(self._hasten())
        for destination, lane in tuple(self._lanes.items()):
            if lane.stored:
                lane.again = True  # it may be asking the table, by the time that was
                self._run(destination, lane)

    async def _hasten(self) -> None:
        """Let no entry wait longer than if it had been tried now: a try too early does less harm than one too late."""
        try:
            now = self._clock.now()
            await self._database.write(lambda transaction: self._store.hasten(transaction, now, now + _LEASE_SECONDS))
        except Exception:
            self._log.exception("what waits for its time could not be brought forward")
        finally:
            self._hastening = None
        self._run_all()

    def _try_again(self) -> None:
        self._retries += 1
        self._run_all()

    def _run_all(self) -> None:
        """Serve each lane that has entries in the table, whether its destination was down or not."""
        for destination, lane in tuple(self._lanes.items()):
            lane.not_before = 0.0
            if lane.stored:
                self._run(destination, lane)

    async def _serve(self, destination: str, lane: Lane) -> None:
        try:
            while True:
                lane.again = False
                if not lane.pending and lane.stored:
                    await self._load(destination, lane)
                await self._gather(lane)
                entries = self._next_batch(lane)
                if entries:
                    await self._try(destination, lane, entries)
                elif not await self._rest(destination, lane):
                    return
        except Exception as error:
            self._log.exception("deliveries to %s failed; again in a second", destination)
            lane.stored = lane.behind = True
            for _, batch in self._drop_pending(lane)[1]:
                batch.settle_one(error)
            self._run_after(1.0, destination, lane)
        finally:
            lane.task = None

    async def _gather(self, lane: Lane) -> None:
        """Let entries come that belong to requests which arrived together: one call for all costs less than several."""
        for _ in range(_TURNS_TO_GATHER):
            if not 0 < len(lane.pending) < self._batch_size:
                return
            await asyncio.sleep(0)

    def _next_batch(self, lane: Lane) -> list[Pending]:
        # Who waits for the first of large entries should not have to wait for nine more.
        entries: list[Pending] = []
        size = 0
        while lane.pending and len(entries) < self._batch_size and size < _BATCH_BYTES:
            entry = lane.pending.popleft()
            size += len(entry[0].payload)
            entries.append(entry)
        return entries

    async def _rest(self, destination: str, lane: Lane) -> bool:
        """Nothing can be tried now: see when something can. True where it turns out that it can at once."""
        if lane.stored:
            now = self._clock.now()
            due_at = await self._database.read(lambda transaction: self._store.next_due(transaction, destination))
            if lane.again or lane.pending:
                return True
            if due_at is not None:
                # A due entry that was not loaded waits for an earlier one of its key, or is another replica's.
                self._run_after(max(due_at - now, lane.not_before - now, 0.05), destination, lane)
                return False
            lane.stored = lane.behind = False
        if lane.pending:
            return True
        self._lanes.pop(destination, None)
        return False

    def _run_after(self, seconds: float, destination: str, lane: Lane) -> None:
        def run() -> None:
            lane.timer = None
            self._run(destination, lane)

        lane.timer = asyncio.get_running_loop().call_later(seconds, run)

    async def _load(self, destination: str, lane: Lane) -> None:
        now = self._clock.now()
        if lane.not_before > now:
            return
        lease_end = now + _LEASE_SECONDS
        awaited: list[int] = []

        def work(transaction: Transaction) -> list[Delivery]:
            awaited[:] = lane.awaited
            self._delivered.delete(transaction)
            return self._store.claim_due(transaction, destination, now, lease_end)

        found = await self._database.write(work)
        for delivery in found:
            if delivery.id not in self._held:
                self._held.add(delivery.id)
                lane.pending.append((delivery, lane.awaited.pop(delivery.id, Batch(1))))
        if len(found) < LOAD:
            # The rest waits for another of its order, which nobody should.
            self._await_no_more(lane, awaited)

    async def _try(self, destination: str, lane: Lane, entries: list[Pending]) -> None:
        deliveries = [delivery for delivery, _ in entries]
        retries = self._retries
        outcomes = await self._tries.outcomes(destination, deliveries)
        if not lane.stored and all(type(outcome) is Delivered and outcome.then is None for outcome in outcomes):
            self._all_delivered(entries)
            return
        now = self._clock.now()
        if any(type(outcome) is Retry for outcome in outcomes):
            outcomes = [self._tries.ended(destination, *each, now) for each in zip(deliveries, outcomes, strict=True)]
        tried = list(zip(deliveries, outcomes, strict=True))
        released, waiting = self._hold_up(lane, tried, now)
        rows = [outbox_row(delivery) for delivery, _ in waiting]
        followed: list[Pending] = []
        # Whoever waits for the first try need not wait for the book-keeping (its loss only means one more try), but for
        # what follows from it: a dead letter is where it belongs when its publisher has the answer. And for the row of
        # what has none yet.
        for (delivery, batch), outcome in zip(entries, outcomes, strict=True):
            unwritten = self._unwritten.pop(delivery.id, None) is not None
            if unwritten and isinstance(outcome, Retry):
                rows.append(outbox_row(delivery))
            if unwritten:
                waiting.append((delivery, batch))
            elif isinstance(outcome, Retry) or outcome.then is None:
                batch.settle_one()
            else:
                followed.append((delivery, batch))

        def record(transaction: Transaction) -> dict[int, Batch]:
            self._store.add(transaction, rows)
            return self._store.record(transaction, self._still_failed(lane, tried, retries), released, now)

        try:
            await self._recorded(record, followed, waiting)
        finally:
            self._held.difference_update(delivery.id for delivery in deliveries)

    def _all_delivered(self, entries: list[Pending]) -> None:
        written: list[int] = []
        for delivery, batch in entries:
            self._held.discard(delivery.id)
            if self._unwritten.pop(delivery.id, None) is None:
                written.append(delivery.id)
            batch.settle_one()
        if written:
            self._delivered.add(written)

    async def _recorded(
        self, record: Callable[[Transaction], dict[int, Batch]], written: list[Pending], unwritten: list[Pending]
    ) -> None:
        """Write what came of tries, and tell who waits for it; of a failure, those whose entries have no row yet."""
        following: dict[int, Batch] = {}
        failure: Exception | None = unavailable("the service is stopping")
        try:
            recording = asyncio.ensure_future(self._database.write(record))
            self._recording.add(recording)
            recording.add_done_callback(self._recording.discard)
            following = await recording
            failure = None
        except Exception as error:
            failure = error
            raise
        finally:
            for waiting, reason in ((written, None), (unwritten, failure)):
                for delivery, batch in waiting:
                    if (follower := following.get(delivery.id)) is not None:
                        follower.when_settled(batch.settle_one)
                    else:
                        batch.settle_one(reason)

    def _still_failed(
        self, lane: Lane, tried: list[tuple[Delivery, Outcome]], retries: int
    ) -> list[tuple[Delivery, Outcome]]:
        """What came of the tries; what failed before `retry` was called is due at once."""
        if self._retries == retries:
            return tried
        lane.not_before = 0.0
        return [
            (delivery, replace(outcome, after=0.0) if isinstance(outcome, Retry) else outcome)
            for delivery, outcome in tried
        ]

    def _hold_up(
        self, lane: Lane, tried: list[tuple[Delivery, Outcome]], now: float
    ) -> tuple[list[int], list[Pending]]:
        """Note what has to be tried again. What of the entries in memory now has to wait in the table: the ids of those
        that are there already, and the others.
        """
        held_up = False
        for delivery, outcome in tried:
            if isinstance(outcome, Retry):
                lane.stored = True
                if outcome.destination_down:
                    lane.not_before = max(lane.not_before, now + outcome.after)
                if outcome.destination_down or delivery.ordering_key is not None:
                    lane.behind = held_up = True
        return self._drop_pending(lane) if held_up else ([], [])

    def _drop_pending(self, lane: Lane) -> tuple[list[int], list[Pending]]:
        written: list[int] = []
        unwritten: list[Pending] = []
        for delivery, batch in lane.pending:
            self._held.discard(delivery.id)
            if self._unwritten.pop(delivery.id, None) is None:
                written.append(delivery.id)
                batch.settle_one()
            else:
                unwritten.append((delivery, batch))
        lane.pending.clear()
        self._await_no_more(lane, list(lane.awaited))
        return written, unwritten

    def _await_no_more(self, lane: Lane, ids: Iterable[int]) -> None:
        for number in ids:
            batch = lane.awaited.pop(number, None)
            if batch is not None:
                batch.settle_one()

    async def _scan(self) -> None:
        """Take up what other replicas could not finish."""
        while True:
            try:
                if self._must_take_over:
                    await self._take_over()
                elif self._is_shared():
                    await self._find_destinations()
            except Exception:
                self._log.exception("the outbox could not be read; again in %d seconds", _SCAN_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SCAN_SECONDS):
                    await self._look_soon.wait()
            self._look_soon.clear()

    async def _find_destinations(self, *, alone: bool = False) -> None:
        for destination, ordered in await self._database.read(self._store.destinations):
            lane = self._lane(destination)
            lane.stored = True
            if ordered and alone:
                lane.behind = True
            if lane.timer is None:
                self._run(destination, lane)


def _delivery(number: int, outbox_entry: OutboxEntry, now: float) -> Delivery:
    return Delivery(number, outbox_entry.destination, outbox_entry.ordering_key, outbox_entry.payload, 0, now)
