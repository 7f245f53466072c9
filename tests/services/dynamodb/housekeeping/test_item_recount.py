"""After a process that was killed the tables' items are counted anew: many of them beside all else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from awskit.database import Transaction
from services.dynamodb.housekeeping import item_recount
from services.dynamodb.housekeeping.background_work import Housekeeping
from services.dynamodb.store import tables as store
from services.dynamodb.store.schema import statistics
from tests.services.dynamodb.conftest import DynamoDb


async def item_count(dynamodb: DynamoDb, table: str) -> int:
    found: int = (await dynamodb.describe_table(TableName=table))["Table"]["ItemCount"]
    return found


def lose_counts(transaction: Transaction) -> None:
    transaction.connection.execute(sa.delete(statistics))


async def fill(dynamodb: DynamoDb) -> str:
    """A table of six items whose counts are lost, as if the process had been killed with them in memory."""
    table = await dynamodb.table()
    await dynamodb.put(table, *({"a": str(number)} for number in range(6)))
    dynamodb.service.runtime.statistics.clear()
    await dynamodb.service.runtime.database.write(lose_counts)
    assert await item_count(dynamodb, table) == 0
    return table


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("at_once", [5, 100])
async def test_every_item_is_counted_once(
    dynamodb_on_sqlite: DynamoDb, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(item_recount, "_AT_ONCE", at_once)
    dynamodb, runtime = dynamodb_on_sqlite, dynamodb_on_sqlite.service.runtime
    table = await fill(dynamodb)
    housekeeping = Housekeeping(runtime)
    await housekeeping.start()
    await asyncio.sleep(0)  # the items are being counted
    await dynamodb.put(table, {"a": "new"})
    await dynamodb.delete_item(TableName=table, Key={"a": {"S": "0"}})
    await dynamodb.delete_item(TableName=table, Key={"a": {"S": "1"}})
    later = await dynamodb.table("later")
    await dynamodb.put(later, {"a": "1"})
    await until(lambda: not runtime.statistics.is_held)
    assert await item_count(dynamodb, table) == 5
    assert await item_count(dynamodb, later) == 1
    await housekeeping.stop()
    written = await runtime.database.read(lambda transaction: store.read_statistics(transaction, 1))
    assert written[0][0] == 5
    assert await runtime.database.write(item_recount.note_start) is False
    assert await item_count(dynamodb, table) == 5


async def test_who_stops_before_all_are_counted_leaves_it_to_the_next(
    dynamodb_on_sqlite: DynamoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_recount, "_AT_ONCE", 5)
    dynamodb, runtime = dynamodb_on_sqlite, dynamodb_on_sqlite.service.runtime
    await fill(dynamodb)
    housekeeping = Housekeeping(runtime)
    await housekeeping.start()
    await housekeeping.stop()
    assert await runtime.database.write(item_recount.note_start) is True


async def test_what_is_reset_meanwhile_is_not_written_down(
    dynamodb_on_sqlite: DynamoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_recount, "_AT_ONCE", 5)
    dynamodb, runtime = dynamodb_on_sqlite, dynamodb_on_sqlite.service.runtime
    await fill(dynamodb)
    housekeeping = Housekeeping(runtime)
    await housekeeping.start()
    await asyncio.sleep(0)
    await dynamodb.service.reset(None)
    await housekeeping.stop()
    table = await dynamodb.table()
    assert await item_count(dynamodb, table) == 0
