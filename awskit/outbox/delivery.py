"""The outbox at work: which entry is tried when. See the package for what it promises."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.outbox.batch import Batch
from awskit.outbox.entries import (
    Deliver,
    Delivered,
    Delivery,
    GivenUp,
    GiveUp,
    LastTry,
    OutboxEntry,
    Outcome,
    Retry,
    Work,
)
from awskit.outbox.store import LOAD, OutboxStore, outbox_row
from awskit.process.storage_faults import fault_of

_LEASE_SECONDS = 60.0
_PENDING_LIMIT = 1_000
_BATCH_BYTES = 262_144
_SCAN_SECONDS = 5.0
_GIVEN_BACK = "given-back"
_RETRY = "retry-deliveries"
_FORGET_SECONDS = 0.01
_LAST_FAILURE = 12  # tries, the last of them after half an hour
_LONGEST_WAIT = 600.0
_LAST_TRY = LastTry()
# What reaches the process together is read and handled in one turn of the loop and committed in the next; what came
# while that was done follows a turn or two later.
_TURNS_TO_GATHER = 3


@dataclass(slots=True)
class _Lane:
    """One destination.

    `pending` are entries in memory. `stored`: the table may hold entries that are not in memory. `behind`: new entries
    go to the table only. `awaited`: those of them, by id, whose first try somebody waits for. `again`: something was
    stored while the task was about to end. `not_before`: the destination is down until then.
    """

    pending: deque[tuple[Delivery, Batch]] = field(default_factory=deque)
    awaited: dict[int, Batch] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None
    timer: asyncio.TimerHandle | None = None
    stored: bool = False
    behind: bool = False
    again: bool = False
    not_before: float = 0.0


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
        self._last_try = last_try
        self._give_up = give_up
        self._database = database
        self._clock = clock
        self._deliver = deliver
        self._batch_size = batch_size
        self._store = OutboxStore(table)
        self._log = logging.getLogger(f"ruststack.{name}.outbox")
        self._lanes: dict[str, _Lane] = {}
        self._held: set[int] = set()
        self._last_id = 0
        self._scanner: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._offset = clock.offset
        self._hastening: asyncio.Task[None] | None = None
        self._delivered: dict[int, None] = {}
        self._being_forgotten: set[int] = set()
        self._forget_timer: asyncio.TimerHandle | None = None
        self._forgetting: asyncio.Task[None] | None = None
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
            number = self._next_id(transaction)
            if outbox_entry.delay <= 0 and not self._must_wait(transaction, outbox_entry):
                rows.append(outbox_row(number, outbox_entry, now, leased_until=now + _LEASE_SECONDS))
                handed.append(
                    Delivery(number, outbox_entry.destination, outbox_entry.ordering_key, outbox_entry.payload, 0, now)
                )
            else:
                rows.append(outbox_row(number, outbox_entry, now, leased_until=0.0))
                stored.append((number, outbox_entry.destination, outbox_entry.delay))
        batch = Batch(len(rows))
        if rows:
            self._store.add(transaction, rows)
            transaction.after_commit(lambda: self._take(handed, batch, stored))
            if self._delivered and not self._is_shared():
                self._forget_with(transaction)
        return batch

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
        if self._forget_timer is not None:
            self._forget_timer.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._forgetting is not None:
            await asyncio.gather(self._forgetting, return_exceptions=True)
        await self.forget_delivered()
        if self._held and self._is_shared():
            held = list(self._held)
            await self._database.write(lambda transaction: self._store.give_back(transaction, held))
            self._replicas.tell(_GIVEN_BACK)

    async def forget_delivered(self) -> None:
        """Delete what has been delivered now rather than in a moment: for whoever looks into the table."""
        if self._delivered:
            await self._database.write(self._forget)

    def forget(self, is_gone: Callable[[str], bool]) -> None:
        """After the table has been emptied of some destinations (a reset): drop what waits for them in memory."""
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
        self._being_forgotten.clear()
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
        self._last_id = max(self._last_id + 1, time.time_ns() // 1000)
        return self._last_id

    def _lane(self, destination: str) -> _Lane:
        lane = self._lanes.get(destination)
        if lane is None:
            lane = self._lanes[destination] = _Lane()
        return lane

    def _take(self, handed: list[Delivery], batch: Batch, stored: list[tuple[int, str, float]]) -> None:
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

    def _run(self, destination: str, lane: _Lane) -> None:
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

    async def _serve(self, destination: str, lane: _Lane) -> None:
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
        except Exception:
            self._log.exception("deliveries to %s failed; again in a second", destination)
            lane.stored = lane.behind = True
            self._drop_pending(lane)
            self._run_after(1.0, destination, lane)
        finally:
            lane.task = None

    async def _gather(self, lane: _Lane) -> None:
        """Let entries come that belong to requests which arrived together: one call for all costs less than several."""
        for _ in range(_TURNS_TO_GATHER):
            if not 0 < len(lane.pending) < self._batch_size:
                return
            await asyncio.sleep(0)

    def _next_batch(self, lane: _Lane) -> list[tuple[Delivery, Batch]]:
        # Who waits for the first of large entries should not have to wait for nine more.
        entries: list[tuple[Delivery, Batch]] = []
        size = 0
        while lane.pending and len(entries) < self._batch_size and size < _BATCH_BYTES:
            entry = lane.pending.popleft()
            size += len(entry[0].payload)
            entries.append(entry)
        return entries

    async def _rest(self, destination: str, lane: _Lane) -> bool:
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

    def _run_after(self, seconds: float, destination: str, lane: _Lane) -> None:
        def run() -> None:
            lane.timer = None
            self._run(destination, lane)

        lane.timer = asyncio.get_running_loop().call_later(seconds, run)

    async def _load(self, destination: str, lane: _Lane) -> None:
        now = self._clock.now()
        if lane.not_before > now:
            return
        lease_end = now + _LEASE_SECONDS
        awaited: list[int] = []

        def work(transaction: Transaction) -> list[Delivery]:
            awaited[:] = lane.awaited
            if self._delivered:
                self._forget(transaction)
            return self._store.claim_due(transaction, destination, now, lease_end)

        found = await self._database.write(work)
        for delivery in found:
            if delivery.id not in self._held:
                self._held.add(delivery.id)
                lane.pending.append((delivery, lane.awaited.pop(delivery.id, Batch(1))))
        if len(found) < LOAD:
            # The rest waits for another of its order, which nobody should.
            self._await_no_more(lane, awaited)

    async def _try(self, destination: str, lane: _Lane, entries: list[tuple[Delivery, Batch]]) -> None:
        deliveries = [delivery for delivery, _ in entries]
        retries = self._retries
        outcomes = await self._outcomes(destination, deliveries)
        now = self._clock.now()
        if any(type(outcome) is Retry for outcome in outcomes):
            outcomes = [self._ended(destination, *each, now) for each in zip(deliveries, outcomes, strict=True)]
        tried = list(zip(deliveries, outcomes, strict=True))
        released = self._hold_up(lane, tried, now)
        # Whoever waits for the first try need not wait for the book-keeping (its loss only means one more try), but for
        # what follows from it: a dead letter is where it belongs when its publisher has the answer.
        followed: dict[int, Batch] = {}
        for (delivery, batch), outcome in zip(entries, outcomes, strict=True):
            if isinstance(outcome, Retry) or outcome.then is None:
                batch.settle_one()
            else:
                followed[delivery.id] = batch
        if not lane.stored and not followed and all(type(outcome) is Delivered for outcome in outcomes):
            self._forget_soon(deliveries)
            return
        following: dict[int, Batch] = {}
        try:
            recording = asyncio.ensure_future(
                self._database.write(
                    lambda transaction: self._store.record(
                        transaction, self._still_failed(lane, tried, retries), released, now
                    )
                )
            )
            self._recording.add(recording)
            recording.add_done_callback(self._recording.discard)
            following = await recording
        finally:
            self._held.difference_update(delivery.id for delivery in deliveries)
            for number, batch in followed.items():
                if (follower := following.get(number)) is not None:
                    follower.when_settled(batch.settle_one)
                else:
                    batch.settle_one()

    def _still_failed(
        self, lane: _Lane, tried: list[tuple[Delivery, Outcome]], retries: int
    ) -> list[tuple[Delivery, Outcome]]:
        """What came of the tries; what failed before `retry` was called is due at once."""
        if self._retries == retries:
            return tried
        lane.not_before = 0.0
        return [
            (delivery, replace(outcome, after=0.0) if isinstance(outcome, Retry) else outcome)
            for delivery, outcome in tried
        ]

    async def _outcomes(self, destination: str, deliveries: list[Delivery]) -> Sequence[Outcome]:
        """What came of a try. What the delivery function itself fails at is none of the others', and has a last try."""
        try:
            return await self._deliver(destination, deliveries)
        except Exception as error:
            self._log.exception("delivering to %s failed", destination)
            if fault_of(error) is not None or len(deliveries) == 1:
                return [self._after_failure(destination, each, error) for each in deliveries]
        # One of them is at fault: each by itself, and after one that is tried again none of its key.
        outcomes: list[Outcome] = []
        held: dict[str, Outcome] = {}
        for each in deliveries:
            outcome = held.get(each.ordering_key) if each.ordering_key is not None else None
            if outcome is None:
                (outcome,) = await self._outcomes(destination, [each])
            if isinstance(outcome, Retry) and each.ordering_key is not None:
                held[each.ordering_key] = outcome
            outcomes.append(outcome)
        return outcomes

    def _after_failure(self, destination: str, delivery: Delivery, error: Exception) -> Outcome:
        if fault_of(error) is None and delivery.attempts + 1 >= _LAST_FAILURE:
            return self._given_up(destination, delivery, repr(error))
        return Retry(min(2.0**delivery.attempts, _LONGEST_WAIT), repr(error))

    def _ended(self, destination: str, delivery: Delivery, outcome: Outcome, now: float) -> Outcome:
        """The outcome, or the end of what was to be tried again and has had its last try."""
        if isinstance(outcome, Retry) and self._last_try.was(delivery, now):
            return self._given_up(destination, delivery, outcome.reason)
        return outcome

    def _given_up(self, destination: str, delivery: Delivery, reason: str) -> GivenUp:
        tries = delivery.attempts + 1
        self._log.error("entry %d for %s is given up after %d tries: %s", delivery.id, destination, tries, reason)
        then: Work | None = None
        try:
            then = self._give_up(destination, delivery, reason)
        except Exception:  # it may be the entry itself that nobody can read
            self._log.exception("nothing follows from giving entry %d up", delivery.id)
        return GivenUp(reason, then)

    def _forget_soon(self, deliveries: list[Delivery]) -> None:
        """Delete the entries of a lane that is served from memory with the next that are written, or in a moment."""
        for delivery in deliveries:
            self._delivered[delivery.id] = None
            self._held.discard(delivery.id)
        if self._forget_timer is None:
            self._forget_timer = asyncio.get_running_loop().call_later(_FORGET_SECONDS, self._forget_now)

    def _forget_now(self) -> None:
        self._forget_timer = None
        if self._delivered and self._forgetting is None:
            self._forgetting = asyncio.create_task(self._database.write(self._forget))
            self._forgetting.add_done_callback(self._forgotten)

    def _forget(self, transaction: Transaction) -> None:
        self._forget_ids(transaction, list(self._delivered))

    def _forget_with(self, transaction: Transaction) -> None:
        """Delete what no other transaction of this commit deletes; the timer sees to those whose transaction fails."""
        ids = [number for number in self._delivered if number not in self._being_forgotten]
        if ids:
            self._being_forgotten.update(ids)
            self._forget_ids(transaction, ids)

    def _forget_ids(self, transaction: Transaction, ids: list[int]) -> None:
        def forgotten() -> None:
            self._being_forgotten.difference_update(ids)
            for number in ids:
                self._delivered.pop(number, None)

        self._store.forget(transaction, ids)
        transaction.after_commit(forgotten)

    def _forgotten(self, task: asyncio.Task[None]) -> None:
        self._forgetting = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("delivered entries could not be deleted; again in a moment", exc_info=error)
        if self._delivered and self._forget_timer is None and not task.cancelled():
            self._forget_timer = asyncio.get_running_loop().call_later(_FORGET_SECONDS, self._forget_now)

    def _hold_up(self, lane: _Lane, tried: list[tuple[Delivery, Outcome]], now: float) -> list[int]:
        """Note what has to be tried again; the ids of entries in memory that now have to wait in the table."""
        held_up = False
        for delivery, outcome in tried:
            if isinstance(outcome, Retry):
                lane.stored = True
                if outcome.destination_down:
                    lane.not_before = max(lane.not_before, now + outcome.after)
                if outcome.destination_down or delivery.ordering_key is not None:
                    lane.behind = held_up = True
        return self._drop_pending(lane) if held_up else []

    def _drop_pending(self, lane: _Lane) -> list[int]:
        ids = [delivery.id for delivery, _ in lane.pending]
        for _, batch in lane.pending:
            batch.settle_one()
        lane.pending.clear()
        self._await_no_more(lane, list(lane.awaited))
        self._held.difference_update(ids)
        return ids

    def _await_no_more(self, lane: _Lane, ids: Iterable[int]) -> None:
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
