"""Replicas on one SQLite file: who knows of whom, what is told, what is kept in memory, and who does what once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from awskit.database import Database, Transaction, open_database
from awskit.replicas.file_systems import file_system_of
from awskit.replicas.on_file import CannotShare, ReplicasOnFile, join

Join = Callable[[], ReplicasOnFile]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "things.db"


@pytest.fixture
def joined(file: Path) -> Iterator[Join]:
    """Joins one more replica, of this process."""
    with ExitStack() as stack:

        def once() -> ReplicasOnFile:
            replicas = join(file)
            replicas.opened()
            stack.callback(replicas.close)
            return replicas

        yield once


def _opened(file: Path) -> Database:
    replicas = join(file)
    database = open_database(f"sqlite:///{file}", replicas=replicas, turn=replicas.turn)
    replicas.opened()
    return database


def _count(transaction: Transaction) -> int:
    number: int = transaction.connection.execute(sa.text("SELECT count(*) FROM things")).scalar_one()
    return number


def _add(transaction: Transaction) -> None:
    transaction.connection.execute(sa.text("INSERT INTO things VALUES (1)"))


def _make(transaction: Transaction) -> None:
    transaction.connection.execute(sa.text("CREATE TABLE things (number INTEGER)"))


def test_the_first_is_alone_until_a_second_joins(joined: Join) -> None:
    first = joined()
    assert first.page[0] == 0
    second = joined()
    assert (first.page[0], second.page[0]) == (1, 1)


async def test_the_last_one_is_alone_again(file: Path, joined: Join) -> None:
    first = joined()
    alone = asyncio.Event()
    first.when_alone(alone.set)
    second = join(file)
    second.opened()
    second.close()
    await first.start()
    await asyncio.wait_for(alone.wait(), 10)
    assert first.page[0] == 0


def test_one_that_is_killed_is_found_dead_by_the_next(file: Path, joined: Join) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        join(file).opened()
        os.write(writing, b"x")
        signal.pause()
    os.read(reading, 1)
    os.close(reading)
    os.close(writing)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert joined().page[0] == 0


async def test_what_is_told_reaches_all_others(joined: Join) -> None:
    one, two, three = joined(), joined(), joined()
    heard: asyncio.Queue[tuple[str, tuple[int, ...]]] = asyncio.Queue()
    for name, replicas in (("one", one), ("two", two), ("three", three)):
        replicas.subscribe("ready", lambda values, name=name: heard.put_nowait((name, values)))  # type: ignore[misc]
        await replicas.start()
    one.tell("ready", 7, 1)
    one.tell("unheard")
    assert {await heard.get(), await heard.get()} == {("two", (7, 1)), ("three", (7, 1))}
    assert heard.empty()


async def test_a_full_pipe_is_tried_again(joined: Join) -> None:
    one, two = joined(), joined()
    heard: set[int] = set()
    two.subscribe("ready", lambda values: heard.add(values[0]))
    for number in range(9_000):  # more than a pipe holds
        one.tell("ready", number)
    await asyncio.sleep(0)
    await two.start()
    async with asyncio.timeout(20):
        while len(heard) < 9_000:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def test_a_lease_is_held_by_one_and_passed_on(joined: Join) -> None:
    one, two = joined().lease("sweeping"), joined().lease("sweeping")
    assert one.held()
    assert not two.held()
    assert one.held()
    one.give_back()
    assert two.held()
    assert not one.held()


async def test_what_is_kept_is_forgotten_once_another_has_written(file: Path) -> None:
    one, other = _opened(file), _opened(file)
    await one.write(_make)
    forgotten: list[str] = []
    one.changed_elsewhere(lambda: forgotten.append("one"))
    other.changed_elsewhere(lambda: forgotten.append("other"))
    await one.write(_add)
    assert await one.read(_count) == 1
    assert forgotten == []
    assert await other.read(_count) == 1
    assert forgotten == ["other"]
    await other.write(_add)
    await other.read(_count)
    assert forgotten == ["other"]
    await asyncio.gather(one.write(_add), one.write(_add))
    assert forgotten == ["other", "one"]
    one.close()
    other.close()


async def test_what_the_last_other_wrote_is_seen_by_who_is_alone_again(file: Path) -> None:
    one, other = _opened(file), _opened(file)
    await one.write(_make)
    forgotten = asyncio.Event()
    one.changed_elsewhere(forgotten.set)
    await other.write(_add)
    other.close()
    await one.replicas.start()
    await asyncio.wait_for(forgotten.wait(), 10)
    assert one.replicas.page[0] == 0
    one.close()


async def test_writers_take_turns(file: Path) -> None:
    one, other = _opened(file), _opened(file)
    await one.write(_make)
    await asyncio.gather(*(database.write(_add) for _ in range(200) for database in (one, other)))
    assert await one.read(_count) == 400
    one.close()
    other.close()


def test_a_second_is_refused_where_a_file_system_cannot_share(file: Path, joined: Join) -> None:
    join(file, lambda folder: "nfs4").close()
    joined()
    with pytest.raises(CannotShare, match=r"things\.db is on nfs4, where replicas cannot share a database"):
        join(file, lambda folder: "nfs4")
    assert joined().page[0] == 1  # here they can


def test_the_file_system_of_a_folder_is_told() -> None:
    assert file_system_of(Path("/proc")) == "proc"
