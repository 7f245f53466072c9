"""Statements that go to the driver: what they answer is what SQLAlchemy answers, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa

from awskit.database import Database, Transaction
from awskit.database.engines import insert
from awskit.database.statements import Statement, for_each_engine
from tests.awskit.database.tables import database_with

METADATA = sa.MetaData()
THINGS = sa.Table(
    "things",
    METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.Column("size", sa.BigInteger),
    sa.Column("weight", sa.Double),
    sa.Column("price", sa.Numeric(10, 2)),
    sa.Column("hidden", sa.Boolean),
    sa.Column("extra", sa.JSON),
)
_T = THINGS.c
_BY_NAME = _T.name == sa.bindparam("name")
ADD = Statement(insert(THINGS), columns=[column.name for column in _T if column.name != "id"])
ADD_SHORT = Statement(insert(THINGS), columns=("id", "name"))
_new = insert(THINGS)
PUT = Statement(
    _new.on_conflict_do_update(index_elements=["id"], set_={"name": _new.excluded.name}), columns=("id", "name")
)
FIND = Statement(sa.select(*_T).where(_BY_NAME))
NAMES = Statement(sa.select(_T.name).order_by(_T.id).limit(sa.bindparam("limit")))
LARGE = Statement(sa.select(_T.name).where(_T.size > 10, _T.name.in_(["a", "b"])).order_by(_T.id))
RENAME = Statement(sa.update(THINGS).where(_BY_NAME).values(name=sa.bindparam("new_name")))
REMOVE = Statement(sa.delete(THINGS).where(_BY_NAME))
TAKE = Statement(sa.delete(THINGS).where(_BY_NAME).returning(_T.id, _T.hidden))
LOCKED = Statement(for_each_engine(lambda engine: engine.skip_locked(sa.select(_T.id).where(_BY_NAME))))

WHOLE = {
    "name": "a",
    "content": b"\x00\xff%s",
    "size": 2**40,
    "weight": 0.5,
    "price": Decimal("1.25"),
    "hidden": True,
    "extra": {"x": [1, None]},
}
EMPTY = dict.fromkeys(WHOLE) | {"name": "empty"}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with database_with(METADATA, database_url) as opened:
        yield opened


@pytest.mark.parametrize("values", [WHOLE, EMPTY], ids=["values", "nulls"])
def test_a_row_comes_back_as_a_plain_tuple_of_the_values_that_were_given(database: Database, values: dict) -> None:  # type: ignore[type-arg]
    number = database.write_now(lambda transaction: ADD.add(transaction, values))
    row = database.read_now(lambda transaction: FIND.first(transaction, {"name": values["name"]}))
    assert type(row) is tuple
    assert row == (number, *values.values())
    assert [type(value) for value in row[1:]] == [type(value) for value in values.values()]


def test_rows_are_numbered_one_after_the_other(database: Database) -> None:
    def add_two(transaction: Transaction) -> tuple[int, int]:
        return ADD.add(transaction, WHOLE), ADD.add(transaction, WHOLE)

    first, second = database.write_now(add_two)
    assert second == first + 1


def test_many_rows_are_added_at_once_and_read_with_a_limit_that_is_given(database: Database) -> None:
    rows = [{"id": number, "name": f"n{number}"} for number in range(1, 30)]
    for some in (rows[:3], rows[3:4], rows[4:4], rows[4:]):
        database.write_now(lambda transaction, some=some: ADD_SHORT.run_all(transaction, some))
    assert database.read_now(lambda transaction: NAMES.rows(transaction, {"limit": 3})) == [("n1",), ("n2",), ("n3",)]
    found = database.read_now(lambda transaction: NAMES.rows(transaction, {"limit": 99}))
    assert found == [(row["name"],) for row in rows]


def test_many_rows_of_an_upsert(database: Database) -> None:
    for prefix in ("old", "new"):
        rows = [{"id": number, "name": f"{prefix}{number}"} for number in range(1, 13)]
        database.write_now(lambda transaction, rows=rows: PUT.run_all(transaction, rows))
    found = database.read_now(lambda transaction: NAMES.rows(transaction, {"limit": 99}))
    assert found == [(f"new{number}",) for number in range(1, 13)]


def test_what_is_not_there_is_none_or_no_row(database: Database) -> None:
    given = {"name": "a"}
    assert database.read_now(lambda transaction: FIND.first(transaction, given)) is None
    assert database.read_now(lambda transaction: FIND.value(transaction, given)) is None
    assert database.read_now(lambda transaction: FIND.rows(transaction, given)) == []


def test_constants_of_the_statement_need_not_be_given_and_other_names_are_passed_over(database: Database) -> None:
    for name, size in (("a", 5), ("b", 11), ("c", 12)):
        database.write_now(lambda transaction, row=EMPTY | {"name": name, "size": size}: ADD.add(transaction, row))
    assert database.read_now(lambda transaction: LARGE.rows(transaction, {"unknown": 1})) == [("b",)]


def test_a_value_that_is_missing_is_a_mistake(database: Database) -> None:
    with pytest.raises(Exception, match="name"):
        database.read_now(lambda transaction: FIND.rows(transaction, {"nam": "a"}))


def test_changes_are_counted(database: Database) -> None:
    rows = [{"id": 1, "name": "a"}, {"id": 2, "name": "a"}, {"id": 3, "name": "b"}]
    database.write_now(lambda transaction: ADD_SHORT.run_all(transaction, rows))
    assert database.write_now(lambda transaction: RENAME.run(transaction, {"name": "a", "new_name": "c"})) == 2
    assert database.write_now(lambda transaction: PUT.run(transaction, {"id": 3, "name": "d"})) == 1
    assert database.write_now(lambda transaction: REMOVE.run(transaction, {"name": "a"})) == 0
    assert database.read_now(lambda transaction: NAMES.rows(transaction, {"limit": 9})) == [("c",), ("c",), ("d",)]


def test_rows_that_a_change_returns(database: Database) -> None:
    number = database.write_now(lambda transaction: ADD.add(transaction, WHOLE))
    assert database.write_now(lambda transaction: TAKE.rows(transaction, {"name": "a"})) == [(number, True)]
    assert database.read_now(lambda transaction: FIND.first(transaction, {"name": "a"})) is None


def test_a_statement_for_each_engine(database: Database) -> None:
    number = database.write_now(lambda transaction: ADD.add(transaction, WHOLE))
    assert database.write_now(lambda transaction: LOCKED.value(transaction, {"name": "a"})) == number


def test_statements_of_both_kinds_are_of_one_transaction(database: Database) -> None:
    def add_and_fail(transaction: Transaction) -> None:
        transaction.connection.execute(sa.insert(THINGS), {"name": "core"})
        ADD.run(transaction, WHOLE)
        assert len(transaction.connection.execute(sa.select(_T.id)).all()) == 2
        assert len(NAMES.rows(transaction, {"limit": 9})) == 2
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(add_and_fail)
    assert database.read_now(lambda transaction: NAMES.rows(transaction, {"limit": 9})) == []
    database.write_now(lambda transaction: ADD.run(transaction, WHOLE))
    assert database.read_now(lambda transaction: len(NAMES.rows(transaction, {"limit": 9}))) == 1


async def test_a_work_that_writes_in_vain_beside_another_is_repeated(database: Database) -> None:
    """Read, then write what was read: on PostgreSQL all but one of those that run together are run again."""
    import asyncio

    database.write_now(lambda transaction: ADD.run(transaction, WHOLE | {"size": 0}))
    read = Statement(sa.select(_T.size).where(_BY_NAME))
    write = Statement(sa.update(THINGS).where(_BY_NAME).values(size=sa.bindparam("new_size")))

    def count(transaction: Transaction) -> None:
        write.run(transaction, {"name": "a", "new_size": read.value(transaction, {"name": "a"}) + 1})

    await asyncio.gather(*(database.write(count) for _ in range(8)))
    assert database.read_now(lambda transaction: read.value(transaction, {"name": "a"})) == 8
