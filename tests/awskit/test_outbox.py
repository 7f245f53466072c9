"""Durable delivery, on both engines: tried at once, in order, retried, given up, across restarts and outages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
import sqlalchemy as sa

from awskit.clock import ManualClock
from awskit.database import Database
from awskit.outbox import (
    Delivered,
    Delivery,
    GivenUp,
    LastTry,
    Outbox,
    OutboxEntry,
    Outcome,
    Retry,
    Work,
    outbox_table,
)
from tests.awskit.database.tables import database_with

METADATA = sa.MetaData()
TABLE = outbox_table(METADATA)


class Destination:
    """What the outbox delivers to: it keeps what arrives and answers as it is told."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.calls: list[list[bytes]] = []
        self.answer: Callable[[Delivery], Outcome] = lambda _: Delivered()
        self.arrived = asyncio.Event()

    async def deliver(self, destination: str, deliveries: Sequence[Delivery]) -> list[Outcome]:
        self.calls.append([delivery.payload for delivery in deliveries])
        await asyncio.sleep(0)
        outcomes: list[Outcome] = []
        held_up: set[str] = set()
        for delivery in deliveries:
            outcome = Retry(1, "after another") if delivery.ordering_key in held_up else self.answer(delivery)
            if isinstance(outcome, Retry) and delivery.ordering_key is not None:
                held_up.add(delivery.ordering_key)
            outcomes.append(outcome)
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            if isinstance(outcome, Delivered):
                self.received.append(delivery.payload)
        self.arrived.set()
        return outcomes

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.arrived.clear()
                await self.arrived.wait()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    with database_with(METADATA, database_url) as opened:
        yield opened


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def destination() -> Destination:
    return Destination()


@pytest.fixture
async def outbox(database: Database, clock: ManualClock, destination: Destination) -> AsyncIterator[Outbox]:
    made = Outbox("test", TABLE, database, clock, destination.deliver)
    await made.start()
    yield made
    await made.stop()


async def send(database: Database, outbox: Outbox, *outbox_entries: OutboxEntry) -> bool:
    batch = await database.write(lambda transaction: outbox.add(transaction, outbox_entries))
    return await outbox.settled(batch, timeout=5)


async def rows(database: Database) -> int:
    count = sa.select(sa.func.count()).select_from(TABLE)
    return await database.read(lambda transaction: transaction.connection.execute(count).scalar() or 0)


async def until_empty(database: Database) -> None:
    async with asyncio.timeout(10):
        while await rows(database):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_delivered_at_once_in_order_and_forgotten(
    database: Database, outbox: Outbox, destination: Destination
) -> None:
    assert await send(database, outbox, *(OutboxEntry("queue", b"%d" % n) for n in range(25)))
    assert destination.received == [b"%d" % n for n in range(25)]
    assert max(len(call) for call in destination.calls) == 10
    await until_empty(database)


async def test_nothing_is_delivered_of_work_that_is_undone(
    database: Database, outbox: Outbox, destination: Destination
) -> None:
    def fails(transaction: object) -> None:
        outbox.add(transaction, [OutboxEntry("queue", b"never")])
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fails)
    await send(database, outbox, OutboxEntry("queue", b"real"))
    assert destination.received == [b"real"]


async def test_an_ordering_key_holds_its_later_entries_back_and_no_others(
    database: Database, outbox: Outbox, destination: Destination, clock: ManualClock
) -> None:
    destination.answer = lambda d: Retry(30, "busy") if d.payload == b"a1" and d.attempts < 2 else Delivered()
    await send(database, outbox, OutboxEntry("queue", b"a1", ordering_key="a"))
    await send(
        database, outbox, OutboxEntry("queue", b"a2", ordering_key="a"), OutboxEntry("queue", b"b1", ordering_key="b")
    )
    await destination.until(lambda: b"b1" in destination.received)
    assert destination.received == [b"b1"]
    clock.advance(31)
    await destination.until(lambda: len([c for c in destination.calls if b"a1" in c]) == 2)
    clock.advance(31)
    await destination.until(lambda: b"a2" in destination.received)
    assert destination.received == [b"b1", b"a1", b"a2"]
    await until_empty(database)


async def test_an_unordered_entry_that_fails_does_not_hold_up_the_others(
    database: Database, outbox: Outbox, destination: Destination, clock: ManualClock
) -> None:
    destination.answer = lambda d: Retry(20, "500") if d.payload == b"bad" and not d.attempts else Delivered()
    await send(database, outbox, OutboxEntry("endpoint", b"bad"))
    assert await send(database, outbox, OutboxEntry("endpoint", b"good"))
    assert destination.received == [b"good"]
    clock.advance(21)
    await destination.until(lambda: b"bad" in destination.received)


async def test_a_destination_that_is_down_gets_everything_once_it_is_back(
    database: Database, outbox: Outbox, destination: Destination, clock: ManualClock
) -> None:
    down = True
    destination.answer = lambda d: Retry(5, "refused", destination_down=True) if down else Delivered()
    for number in range(30):
        assert await send(database, outbox, OutboxEntry("queue", b"%d" % number, ordering_key="k"))
    assert destination.received == []
    assert len(destination.calls) == 1
    down = False
    clock.advance(6)
    await destination.until(lambda: len(destination.received) == 30)
    assert destination.received == [b"%d" % n for n in range(30)]
    await until_empty(database)


async def test_what_is_added_while_a_backlog_goes_out_is_waited_for(
    database: Database, outbox: Outbox, destination: Destination, clock: ManualClock
) -> None:
    down = True
    destination.answer = lambda d: Retry(5, "refused", destination_down=True) if down else Delivered()
    for number in range(150):
        assert await send(database, outbox, OutboxEntry("queue", b"%d" % number))
    down = False
    clock.advance(6)
    assert await send(database, outbox, OutboxEntry("queue", b"new"))
    assert destination.received == [*(b"%d" % number for number in range(150)), b"new"]


async def test_given_up_runs_its_work_with_the_entry_s_end(
    database: Database, outbox: Outbox, destination: Destination
) -> None:
    def dead_letter(delivery: Delivery) -> Outcome:
        if delivery.destination == "dead":
            return Delivered()
        return GivenUp("gone", lambda t: outbox.add(t, [OutboxEntry("dead", b"was " + delivery.payload)]) and None)

    destination.answer = dead_letter
    await send(database, outbox, OutboxEntry("queue", b"one"))
    await destination.until(lambda: destination.received == [b"was one"])
    await until_empty(database)


async def test_what_follows_from_giving_up_is_waited_for_too(
    database: Database, outbox: Outbox, destination: Destination
) -> None:
    follower = {"queue": "second", "second": "dead"}

    def passed_on(delivery: Delivery) -> Outcome:
        if delivery.destination == "dead":
            return Delivered()
        return GivenUp("no", lambda t: outbox.add(t, [OutboxEntry(follower[delivery.destination], delivery.payload)]))

    destination.answer = passed_on
    assert await send(database, outbox, OutboxEntry("queue", b"one"), OutboxEntry("queue", b"two"))
    assert sorted(destination.received) == [b"one", b"two"]


async def test_what_is_forgotten_of_one_destination_is_delivered_to_the_others(
    database: Database, clock: ManualClock
) -> None:
    received: list[tuple[str, bytes]] = []
    go_on = asyncio.Event()

    async def deliver(destination: str, deliveries: Sequence[Delivery]) -> list[Outcome]:
        await go_on.wait()
        received.extend((destination, delivery.payload) for delivery in deliveries)
        return [Delivered()] * len(deliveries)

    outbox = Outbox("test", TABLE, database, clock, deliver)
    await outbox.start()
    outbox_entries = [OutboxEntry(name, b"%d" % number) for name in ("mine", "other") for number in range(25)]
    batch = await database.write(lambda transaction: outbox.add(transaction, outbox_entries))
    await asyncio.sleep(0)
    gone = sa.delete(TABLE).where(TABLE.c.destination == "mine")
    await database.write(lambda transaction: transaction.connection.execute(gone) and None)
    outbox.forget(lambda name: name == "mine")
    go_on.set()
    assert await outbox.settled(batch, timeout=5)
    assert [payload for name, payload in received if name == "other"] == [b"%d" % number for number in range(25)]
    assert len([payload for name, payload in received if name == "mine"]) <= 10
    await outbox.stop()


async def test_a_clock_that_goes_back_leaves_nothing_waiting_for_a_time_that_is_far_away(
    database: Database, outbox: Outbox, clock: ManualClock, destination: Destination
) -> None:
    clock.advance(86_400)
    for wait in (Retry(10, "down", destination_down=True), Retry(10, "not this one")):
        destination.answer = lambda delivery, wait=wait: wait  # type: ignore[misc]
        await send(database, outbox, OutboxEntry("queue", wait.reason.encode()))
    destination.answer = lambda delivery: Delivered()
    clock.move_to(0)
    await until_empty(database)
    assert sorted(destination.received) == [b"down", b"not this one"]


async def test_a_delay_is_kept(
    database: Database, outbox: Outbox, destination: Destination, clock: ManualClock
) -> None:
    await send(database, outbox, OutboxEntry("queue", b"later", delay=60), OutboxEntry("queue", b"now"))
    await destination.until(lambda: destination.received == [b"now"])
    clock.advance(30)
    await send(database, outbox, OutboxEntry("queue", b"between"))
    assert destination.received == [b"now", b"between"]
    clock.advance(31)
    await destination.until(lambda: b"later" in destination.received)


async def test_what_a_crash_left_is_delivered_by_the_next_process_in_order(
    database: Database, destination: Destination, clock: ManualClock
) -> None:
    crashed = Outbox("test", TABLE, database, clock, lambda *_: asyncio.Event().wait())
    await crashed.start()
    for number in range(12):
        await database.write(lambda t, n=number: crashed.add(t, [OutboxEntry("queue", b"%d" % n, "k")]))
    await crashed.stop()
    if database.engine.several_processes:
        clock.advance(61)  # another replica may still be at it until its lease ends
    following = Outbox("test", TABLE, database, clock, destination.deliver)
    await following.start()
    await destination.until(lambda: len(destination.received) == 12)
    assert destination.received == [b"%d" % n for n in range(12)]
    await until_empty(database)
    await following.stop()


async def test_what_a_crash_left_is_not_overtaken(
    database: Database, destination: Destination, clock: ManualClock
) -> None:
    crashed = Outbox("test", TABLE, database, clock, lambda *_: asyncio.Event().wait())
    await crashed.start()
    for number in range(3):
        await database.write(lambda t, n=number: crashed.add(t, [OutboxEntry("queue", b"%d" % n, "k")]))
    await crashed.stop()
    following = Outbox("test", TABLE, database, clock, destination.deliver)
    await following.start()
    for number in range(3, 6):
        await send(database, following, OutboxEntry("queue", b"%d" % number, "k"))
    await send(database, following, OutboxEntry("queue", b"of another key", "l"))
    clock.advance(61)  # where another replica might still be at it, until its lease ends
    await destination.until(lambda: len(destination.received) == 7)
    assert [payload for payload in destination.received if payload != b"of another key"] == [
        b"%d" % number for number in range(6)
    ]
    assert await send(database, following, OutboxEntry("queue", b"last", "k"))
    await destination.until(lambda: len(destination.received) == 8)
    await until_empty(database)
    await following.stop()


async def test_a_delivery_function_that_raises_is_a_retry(
    database: Database, outbox: Outbox, destination: Destination, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    def bug(delivery: Delivery) -> Outcome:
        if not delivery.attempts:
            raise RuntimeError("bug")
        return Delivered()

    destination.answer = bug
    await send(database, outbox, OutboxEntry("queue", b"one"))
    clock.advance(2)
    await destination.until(lambda: destination.received == [b"one"])
    assert "bug" in caplog.text


async def test_one_that_breaks_the_delivery_function_holds_up_no_other_and_has_a_last_try(
    database: Database, outbox: Outbox, destination: Destination, clock: ManualClock
) -> None:
    tries = 0

    def bug(delivery: Delivery) -> Outcome:
        nonlocal tries
        if delivery.payload == b"poison":
            tries += 1
            raise LookupError(delivery.payload)
        return Delivered()

    destination.answer = bug
    await send(database, outbox, *(OutboxEntry("queue", body) for body in (b"one", b"poison", b"two")))
    assert sorted(destination.received) == [b"one", b"two"]
    async with asyncio.timeout(20):
        while await rows(database):
            clock.advance(601)
            await asyncio.sleep(0.02)
    assert tries == 13  # once more with the others
    assert sorted(destination.received) == [b"one", b"two"]


async def test_what_is_delivered_is_not_tried_again_before_it_is_deleted(
    database: Database, outbox: Outbox, destination: Destination, clock: ManualClock
) -> None:
    destination.answer = lambda delivery: Retry(1, "later") if delivery.payload == b"slow" else Delivered()
    assert await send(database, outbox, OutboxEntry("queue", b"one"), OutboxEntry("queue", b"slow"))
    assert await send(database, outbox, OutboxEntry("queue", b"two"))
    # Leases have ended, and the lane goes to the table for what is slow.
    clock.advance(3600)
    destination.answer = lambda _: Delivered()
    await destination.until(lambda: b"slow" in destination.received)
    await until_empty(database)
    assert sorted(destination.received) == [b"one", b"slow", b"two"]


async def test_what_is_added_at_the_same_time_leaves_together(
    database: Database, outbox: Outbox, destination: Destination
) -> None:
    if database.engine.several_processes:
        pytest.skip("transactions of a pool end one by one")
    assert all(await asyncio.gather(*(send(database, outbox, OutboxEntry("queue", b"%d" % n)) for n in range(8))))
    assert destination.calls == [[b"%d" % n for n in range(8)]]


async def test_large_entries_leave_in_smaller_company(
    database: Database, outbox: Outbox, destination: Destination
) -> None:
    outbox_entries = [OutboxEntry("queue", b"%d" % n + bytes(200_000)) for n in range(5)]
    assert await send(database, outbox, *outbox_entries)
    assert [[payload[:1] for payload in call] for call in destination.calls] == [[b"0", b"1"], [b"2", b"3"], [b"4"]]


async def test_delivered_entries_are_deleted_on_demand(
    database: Database, outbox: Outbox, destination: Destination
) -> None:
    await send(database, outbox, *(OutboxEntry(f"queue-{number}", b"x") for number in range(5)))
    await outbox.forget_delivered()
    assert await rows(database) == 0


async def test_what_waits_for_a_destination_that_never_comes_back_has_a_last_try(
    database: Database, clock: ManualClock, destination: Destination
) -> None:
    """So many seconds and so many tries; what follows from giving up is done with it, and nobody can prevent it."""
    ended: list[str] = []

    def give_up(name: str, delivery: Delivery, reason: str) -> Work:
        if delivery.payload == b"unreadable":
            raise ValueError
        return lambda transaction: ended.append(f"{name} {delivery.payload.decode()}: {reason}")

    destination.answer = lambda _: Retry(1, "down", destination_down=True)
    outbox = Outbox("test", TABLE, database, clock, destination.deliver, last_try=LastTry(100, 4), give_up=give_up)
    await outbox.start()
    await send(database, outbox, OutboxEntry("queue", b"one"), OutboxEntry("queue", b"unreadable"))
    clock.advance(1_000)  # long, but it has hardly been tried
    await destination.until(lambda: len(destination.calls) == 2)
    for tries in (3, 4):
        assert await rows(database) == 2
        clock.advance(2)
        await destination.until(lambda tries=tries: len(destination.calls) >= tries)  # type: ignore[misc]
    await until_empty(database)
    assert ended == ["queue one: down"]
    await outbox.stop()


async def test_many_tries_are_no_last_one_before_the_time(
    database: Database, clock: ManualClock, destination: Destination
) -> None:
    destination.answer = lambda _: Retry(0, "not now")
    outbox = Outbox("test", TABLE, database, clock, destination.deliver, last_try=LastTry(100, 4))
    await outbox.start()
    await send(database, outbox, OutboxEntry("queue", b"one"))
    await destination.until(lambda: len(destination.calls) > 8)
    destination.answer = lambda _: Delivered()
    await until_empty(database)
    assert destination.received == [b"one"]
    await outbox.stop()


async def test_what_failed_is_tried_again_at_once_where_its_destination_is_known_to_be_there(
    database: Database, outbox: Outbox, destination: Destination
) -> None:
    destination.answer = lambda _: Retry(3600, "away", destination_down=True)
    await send(database, outbox, OutboxEntry("queue", b"1"), OutboxEntry("queue", b"2"))
    await send(database, outbox, OutboxEntry("queue", b"3"), OutboxEntry("queue", b"later", delay=3600))
    destination.answer = lambda _: Delivered()
    await outbox.retry()
    await destination.until(lambda: len(destination.received) == 3)
    assert sorted(destination.received) == [b"1", b"2", b"3"]
    while await rows(database) > 1:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


async def test_a_try_that_was_under_way_then_is_made_again_too(database: Database, clock: ManualClock) -> None:
    began, ends = asyncio.Event(), asyncio.Event()
    tries = 0

    async def deliver(destination: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        nonlocal tries
        tries += 1
        if tries > 1:
            return [Delivered()] * len(deliveries)
        began.set()
        await ends.wait()
        return [Retry(3600, "away", destination_down=True)] * len(deliveries)

    outbox = Outbox("test", TABLE, database, clock, deliver)
    await outbox.start()
    await database.write(lambda transaction: outbox.add(transaction, [OutboxEntry("queue", b"1")]))
    await began.wait()
    await outbox.retry()
    ends.set()
    await until_empty(database)
    assert tries == 2
    await outbox.stop()
