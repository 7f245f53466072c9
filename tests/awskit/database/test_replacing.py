"""Whole states, saved and replaced while others read and write: what each of them sees, and when."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from awskit.database import Database, Transaction, open_database
from awskit.database.transactions import SqliteDatabase
from tests.awskit.database.tables import database_with

METADATA = sa.MetaData()
THINGS = sa.Table("things", METADATA, sa.Column("name", sa.Text, primary_key=True))
ALL = sa.select(THINGS.c.name).order_by(THINGS.c.name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    with database_with(METADATA, database_url) as opened:
        yield opened


def add(transaction: Transaction, name: str) -> None:
    transaction.connection.execute(sa.insert(THINGS), {"name": name})


def names(transaction: Transaction) -> list[str]:
    return list(transaction.connection.execute(ALL).scalars())


def anew(transaction: Transaction) -> None:
    transaction.connection.execute(sa.delete(THINGS))
    transaction.engine.insert_rows(transaction.own_driver, THINGS, ["name"], (("new-1",), ("new-2",)))


async def test_all_is_replaced_and_then_told(database: Database) -> None:
    told: list[str] = []
    await database.write(lambda transaction: add(transaction, "old"))

    def work(transaction: Transaction) -> str:
        anew(transaction)
        transaction.after_commit(lambda: told.append("committed"))
        return "result"

    assert await database.replace(work) == "result"
    assert told == ["committed"]
    assert await database.read(names) == ["new-1", "new-2"]


async def test_what_fails_changes_nothing_and_holds_nobody_up(database: Database) -> None:
    await database.write(lambda transaction: add(transaction, "old"))

    def fails(transaction: Transaction) -> None:
        anew(transaction)
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await database.replace(fails)
    assert await database.read(names) == ["old"]
    await database.write(lambda transaction: add(transaction, "then"))
    assert await database.read(names) == ["old", "then"]


@pytest.mark.parametrize("durable", [True, False])
async def test_sqlite_does_it_beside_the_loop(tmp_path: Path, durable: bool) -> None:
    url = f"sqlite:///{tmp_path / 'beside.db'}"
    with database_with(METADATA, url):
        pass
    database = open_database(url, durable=durable)
    assert isinstance(database, SqliteDatabase)
    begun, go_on, forgotten = threading.Event(), threading.Event(), []
    database.changed_elsewhere(lambda: forgotten.append(True))

    def slow(transaction: Transaction) -> None:
        anew(transaction)
        begun.set()
        assert go_on.wait(60)

    replacing = asyncio.create_task(database.replace(slow))
    await asyncio.to_thread(begun.wait, 60)
    writing = asyncio.create_task(database.write(lambda transaction: add(transaction, "after")))
    reading = asyncio.create_task(database.read(names))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not writing.done()
    # with a file, who reads goes on with the state of before; without one there is but one connection
    assert reading.done() is durable
    go_on.set()
    await replacing
    assert forgotten == [True]
    assert await reading == ([] if durable else ["new-1", "new-2"])
    await writing
    assert await database.read(names) == ["after", "new-1", "new-2"]
    database.close()


async def test_what_is_saved_is_of_one_moment(database: Database, tmp_path: Path) -> None:
    for name in ("one", "two"):
        await database.write(lambda transaction, name=name: add(transaction, name))  # type: ignore[misc]
    file = tmp_path / "saved.db"
    if database.engine.several_processes:
        with database_with(METADATA, f"sqlite:///{file}"):
            pass
    await database.save_to(file, [THINGS])
    await database.write(lambda transaction: add(transaction, "three"))
    await database.save_to(tmp_path / "again.db" if not database.engine.several_processes else file, [THINGS])
    await database.write(lambda transaction: add(transaction, "four"))
    with closing(sqlite3.connect(file)) as saved:
        found = [row[0] for row in saved.execute("SELECT name FROM things ORDER BY name")]
    assert found == (["one", "three", "two"] if database.engine.several_processes else ["one", "two"])
