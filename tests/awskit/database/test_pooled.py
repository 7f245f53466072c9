"""Transactions on a server: what waits for it holds nobody up, and what is sent later fails with what it belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest
import sqlalchemy as sa

from awskit.database import Database, Transaction
from awskit.database.engines import insert
from awskit.database.statements import Statement
from tests.awskit.database.tables import database_with

METADATA = sa.MetaData()
_NUMBERS = sa.Table("numbers", METADATA, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Integer))
_ADD = Statement(insert(_NUMBERS))
_SET = Statement(
    _NUMBERS.update().where(_NUMBERS.c.name == sa.bindparam("named")).values(value=sa.bindparam("new_value"))
)
_RETURNING = Statement(
    _NUMBERS.update()
    .where(_NUMBERS.c.name == sa.bindparam("named"))
    .values(value=sa.bindparam("new_value"))
    .returning(_NUMBERS.c.value)
)
_LOCK = Statement(sa.select(_NUMBERS.c.value).where(_NUMBERS.c.name == sa.bindparam("named")).with_for_update())
_IS = Statement(
    sa.select(sa.literal_column("1", sa.Integer) // sa.func.count()).where(
        _NUMBERS.c.name == sa.bindparam("named"), _NUMBERS.c.value == sa.bindparam("is_value")
    )
)
_ALL = Statement(sa.select(_NUMBERS.c.name, _NUMBERS.c.value).order_by(_NUMBERS.c.name))


@pytest.fixture(params=[False, True], ids=["serializable", "row-locks"])
def database(postgresql_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    with database_with(METADATA, postgresql_url, row_locks=request.param) as opened:
        yield opened


def add(transaction: Transaction, **values: int) -> None:
    _ADD.run_all(transaction, [{"name": name, "value": value} for name, value in values.items()])


async def everything(database: Database) -> dict[str, int]:
    rows = await database.read(lambda transaction: _ALL.rows(transaction, {}))
    return {name: value for name, value in rows}  # noqa: C416 (a row is no pair to the type checker)


async def test_who_waits_for_a_lock_holds_nobody_up(database: Database) -> None:
    await database.write(partial(add, a=1, b=1))
    holds, may_end = asyncio.Event(), asyncio.Event()

    async def hold(other: Database) -> None:
        def work(transaction: Transaction) -> None:
            _LOCK.first(transaction, {"named": "a"})
            transaction.after_commit(may_end.set)
            holds.set()
            _SET.do(transaction, {"named": "a", "new_value": 2})
            transaction.connection.execute(sa.text("SELECT pg_sleep(0.3)"))

        await other.write(work)

    holding = asyncio.create_task(hold(database))
    await holds.wait()
    waiting = asyncio.create_task(database.write(lambda transaction: _LOCK.value(transaction, {"named": "a"})))
    await asyncio.gather(*(everything(database) for _ in range(30)))
    assert not may_end.is_set()
    await holding
    assert await waiting == 2


async def test_many_more_than_there_are_connections_take_their_turns(database: Database) -> None:
    await database.write(partial(add, n=0))

    def count(transaction: Transaction) -> None:
        value = _LOCK.value(transaction, {"named": "n"})
        _SET.do(transaction, {"named": "n", "new_value": value + 1})

    await asyncio.gather(*(database.write(count) for _ in range(60)))
    assert await everything(database) == {"n": 60}


async def test_a_write_that_fails_with_the_commit_is_undone_and_tried_again(database: Database) -> None:
    tries: list[int] = []

    def work(transaction: Transaction) -> None:
        tries.append(1)
        add(transaction, a=1)
        if len(tries) == 1:
            add(transaction, a=2)  # taken: as if another had been faster

    await database.write(work)
    assert len(tries) == 2
    assert await everything(database) == {"a": 1}


async def test_what_an_exception_undoes_is_not_sent(database: Database) -> None:
    def work(transaction: Transaction) -> None:
        add(transaction, a=1)
        everything_now = _ALL.rows(transaction, {})
        add(transaction, b=1)
        raise LookupError(len(everything_now))

    with pytest.raises(LookupError, match="1"):
        await database.write(work)
    assert await everything(database) == {}


async def test_who_is_cancelled_learns_how_it_ended(database: Database) -> None:
    committed: list[str] = []
    begun = asyncio.Event()

    def work(transaction: Transaction) -> None:
        begun.set()
        add(transaction, a=1)
        transaction.connection.execute(sa.text("SELECT pg_sleep(0.1)"))
        transaction.after_commit(lambda: committed.append("a"))

    writing = asyncio.create_task(database.write(work))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert committed == ["a"]
    assert await everything(database) == {"a": 1}


async def test_text_that_no_column_can_hold_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="NUL"):
        await database.write(partial(add, **{"a\0b": 1}))
    assert await everything(database) == {}


async def test_rows_of_every_number_are_inserted_in_their_order(database: Database) -> None:
    for count in (1, 2, 9, 10, 11, 25):
        await database.write(partial(add, **{f"{count:03}-{number:03}": number for number in range(count)}))
    found = await everything(database)
    assert len(found) == 58
    assert found["025-024"] == 24


async def test_work_that_expects_something_wrongly_is_undone_and_done_again(database: Database) -> None:
    await database.write(partial(add, a=1))
    known = {"value": 7}

    def count(transaction: Transaction) -> int:
        value = known.get("value")
        if value is None:
            value = _LOCK.value(transaction, {"named": "a"})
        else:
            _IS.expect(transaction, {"named": "a", "is_value": value}, known.clear)
        _SET.do(transaction, {"named": "a", "new_value": value + 1})
        return int(value)

    assert await database.write(count) == 1
    assert await everything(database) == {"a": 2}
    known["value"] = 2
    assert await database.write(count) == 2
    assert await everything(database) == {"a": 3}


async def test_what_work_raises_counts_only_where_it_has_expected_rightly(database: Database) -> None:
    await database.write(partial(add, a=1))
    known = {"value": 7}

    def refuse(transaction: Transaction) -> None:
        if known:
            _IS.expect(transaction, {"named": "a", "is_value": known["value"]}, known.clear)
        raise LookupError("as expected" if known else "asked anew")

    with pytest.raises(LookupError, match="asked anew"):
        await database.write(refuse)
    known["value"] = 1
    with pytest.raises(LookupError, match="as expected"):
        await database.write(refuse)
    assert await everything(database) == {"a": 1}


async def test_the_last_statement_is_committed_with_all_before_it(database: Database) -> None:
    def work(transaction: Transaction) -> int:
        add(transaction, a=1)
        rows = _RETURNING.last_rows(transaction, {"named": "a", "new_value": 5})
        return int(rows[0][0])

    assert await database.write(work) == 5

    def asks_before(transaction: Transaction) -> int:
        assert _LOCK.value(transaction, {"named": "a"}) == 5
        rows = _RETURNING.last_rows(transaction, {"named": "a", "new_value": 6})
        return int(rows[0][0])

    assert await database.write(asks_before) == 6
    assert await everything(database) == {"a": 6}

    def goes_on(transaction: Transaction) -> None:
        _RETURNING.last_rows(transaction, {"named": "a", "new_value": 7})
        add(transaction, b=1)
        _ALL.rows(transaction, {})
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(goes_on)
    assert await everything(database) == {"a": 7}
