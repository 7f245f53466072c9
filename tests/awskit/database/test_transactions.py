"""One database seam, two engines: commits, undoing, group commit, callbacks, repeats."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from awskit.database import Database, Transaction, open_database
from awskit.database.engines import insert
from tests.awskit.database.tables import database_with

METADATA = sa.MetaData()
COUNTERS = sa.Table(
    "counters", METADATA, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Integer, nullable=False)
)
_new = insert(COUNTERS)
UPSERT = _new.on_conflict_do_update(index_elements=["name"], set_={"value": _new.excluded.value})
VALUE = sa.select(COUNTERS.c.value).where(COUNTERS.c.name == sa.bindparam("name"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    with database_with(METADATA, database_url) as opened:
        yield opened


def put(transaction: Transaction, name: str, value: int) -> None:
    transaction.connection.execute(UPSERT, {"name": name, "value": value})


def get(transaction: Transaction, name: str) -> int | None:
    return transaction.connection.execute(VALUE, {"name": name}).scalar()


async def test_a_write_is_read_back_and_is_there_when_opened_again(database: Database, database_url: str) -> None:
    await database.write(lambda transaction: put(transaction, "a", 1))
    assert await database.read(lambda transaction: get(transaction, "a")) == 1
    again = open_database(database_url)
    assert again.read_now(lambda transaction: get(transaction, "a")) == 1
    again.close()


async def test_an_exception_undoes_its_work_and_reaches_the_caller(database: Database) -> None:
    def fails(transaction: Transaction) -> None:
        put(transaction, "a", 1)
        transaction.after_commit(lambda: pytest.fail("a callback of undone work ran"))
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await database.write(fails)
    assert await database.read(lambda transaction: get(transaction, "a")) is None


async def test_of_writes_that_wait_together_only_the_failing_one_is_undone(database: Database) -> None:
    def work(number: int) -> Any:
        def run(transaction: Transaction) -> int:
            put(transaction, f"n{number}", number)
            if number % 3 == 0:
                raise ValueError(number)
            return number

        return run

    results = await asyncio.gather(*(database.write(work(n)) for n in range(9)), return_exceptions=True)
    assert [result for result in results if isinstance(result, int)] == [1, 2, 4, 5, 7, 8]
    for number in range(9):
        expected = None if number % 3 == 0 else number
        assert await database.read(lambda transaction, n=number: get(transaction, f"n{n}")) == expected


async def test_callbacks_run_after_the_commit(database: Database) -> None:
    seen: list[str] = []

    def work(transaction: Transaction) -> None:
        transaction.after_commit(lambda: seen.append("committed"))
        put(transaction, "a", 1)
        seen.append("worked")

    await database.write(work)
    assert seen == ["worked", "committed"]


def add(transaction: Transaction, name: str) -> None:
    put(transaction, name, 0)
    transaction.counted(7, 1)


def number(transaction: Transaction) -> int:
    """How many counters there are, in the way of a store."""

    def take() -> int:
        found: int = transaction.connection.execute(sa.select(sa.func.count()).select_from(COUNTERS)).scalar_one()
        return found

    return transaction.number_of(7, take)


def add_and_fail(transaction: Transaction) -> None:
    add(transaction, "undone")
    number(transaction)
    raise ValueError


@pytest.mark.parametrize("known", [False, True])
async def test_a_number_that_is_kept_is_what_the_table_holds(database: Database, known: bool) -> None:
    if known:
        assert await database.write(number) == 0
    together = (
        lambda transaction: add(transaction, "a"),
        number,
        lambda transaction: [add(transaction, "b"), number(transaction), add(transaction, "c")][1],
        add_and_fail,
        number,
        lambda transaction: add(transaction, "d"),
        add_and_fail,
    )
    found = await asyncio.gather(*(database.write(work) for work in together), return_exceptions=True)
    if not database.engine.several_processes:
        assert [each for each in found if isinstance(each, int)] == [1, 2, 3]
    assert await database.write(number) == 4
    assert await database.read(number) == 4
    with pytest.raises(ValueError):
        await database.write(add_and_fail)
    assert await database.write(number) == 4


async def test_a_number_is_taken_once_while_this_process_alone_writes(database: Database) -> None:
    taken = 0

    def take() -> int:
        nonlocal taken
        taken += 1
        return 5

    for more in (0, 1, -2):
        await database.write(lambda transaction, more=more: transaction.counted(7, more))
        found = await database.write(lambda transaction: transaction.number_of(7, take))
        assert found == (5 if database.engine.several_processes else {0: 5, 1: 6, -2: 4}[more])
    assert taken == (3 if database.engine.several_processes else 1)


async def test_a_number_is_taken_anew_after_a_change_that_nobody_counts(database: Database) -> None:
    def change(transaction: Transaction) -> None:
        put(transaction, "unseen", 0)
        transaction.uncounted(7)

    def change_and_fail(transaction: Transaction) -> None:
        transaction.uncounted(7)
        raise ValueError

    assert await database.write(number) == 0
    found = await asyncio.gather(*(database.write(work) for work in (number, change, number)))
    if not database.engine.several_processes:  # there they come in any order
        assert found == [0, None, 1]
    assert await database.write(number) == 1
    with pytest.raises(ValueError):
        await database.write(change_and_fail)
    await database.write(lambda transaction: add(transaction, "seen"))
    assert await database.write(number) == 2


async def test_numbers_are_taken_beside_what_changes_them(database: Database) -> None:
    looked, go_on = threading.Event(), threading.Event()

    def take(transaction: Transaction) -> dict[int, int]:
        looked.set()
        assert go_on.wait(60)
        return {7: transaction.connection.execute(sa.select(sa.func.count()).select_from(COUNTERS)).scalar_one()}

    await database.write(lambda transaction: add(transaction, "before"))
    counting = asyncio.create_task(database.count_beside(take))
    await asyncio.sleep(0)
    if database.engine.several_processes:
        await counting
        return
    assert await asyncio.to_thread(looked.wait, 60)
    await database.write(lambda transaction: add(transaction, "meanwhile"))
    go_on.set()
    await counting

    def must_not() -> int:
        raise AssertionError("taken anew")

    assert await database.write(lambda transaction: transaction.number_of(7, must_not)) == 2


async def test_what_reads_beside_is_ended_with_who_waits_for_it(database: Database) -> None:
    endless = sa.text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
    if database.engine.several_processes:
        pytest.skip("SQLite's own")
    reading = asyncio.create_task(database.read_beside(lambda transaction: transaction.connection.execute(endless)))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reading, 60)
    await database.write(lambda transaction: put(transaction, "a", 1))


async def test_concurrent_increments_lose_nothing(database: Database) -> None:
    def increment(transaction: Transaction) -> None:
        put(transaction, "counter", (get(transaction, "counter") or 0) + 1)

    await asyncio.gather(*(database.write(increment) for _ in range(40)))
    assert await database.read(lambda transaction: get(transaction, "counter")) == 40


async def test_a_cancelled_caller_does_not_disturb_the_others(database: Database) -> None:
    tasks = [asyncio.create_task(database.write(lambda t, n=n: put(t, f"c{n}", n))) for n in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert await database.read(lambda transaction: get(transaction, "c0")) == 0
    assert await database.read(lambda transaction: get(transaction, "c2")) == 2


async def test_without_durability_no_file_outlives_the_opening(tmp_path: Path) -> None:
    path = tmp_path / "gone.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    METADATA.create_all(engine)
    engine.dispose()
    database = open_database(f"sqlite:///{path}", durable=False)
    await database.write(lambda transaction: put(transaction, "a", 1))
    assert await database.read(lambda transaction: get(transaction, "a")) == 1
    assert not path.exists()
    database.close()


async def test_connections_that_the_server_has_ended_are_replaced_unseen(postgresql_url: str) -> None:
    with database_with(METADATA, postgresql_url) as database:
        await asyncio.gather(*(database.write(partial(put, name=name, value=1)) for name in "abcdefgh"))
        end = sa.text(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert await database.read(lambda transaction: transaction.connection.execute(end).scalar_one())
        for _ in range(12):
            assert await database.read(partial(get, name="a")) == 1
        await asyncio.gather(*(database.write(partial(put, name="a", value=number)) for number in range(8)))
