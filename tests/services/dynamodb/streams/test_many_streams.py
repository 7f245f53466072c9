"""Among very many tables and streams a page costs no more than among few: what SQLite does for it is counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from awskit.database import Transaction
from services.dynamodb.store.schema import shards, streams
from services.dynamodb.streams import shards as stream_shards
from tests.services.dynamodb.conftest import DynamoDb

_STEPS = 50


def add_streams(transaction: Transaction, count: int) -> None:
    """Copies of the only stream, each with an open shard that has no records, under names of their own."""
    stream = transaction.connection.execute(sa.select(streams)).mappings().one()
    shard = transaction.connection.execute(sa.select(shards)).mappings().one()
    for number in range(count):
        own = {**stream, "stream_id": 100 + number, "table_name": f"copy-{number:04}"}
        transaction.connection.execute(sa.insert(streams), own)
        transaction.connection.execute(sa.insert(shards), {**shard, "stream_id": 100 + number})


async def steps(dynamodb: DynamoDb, work: Callable[[], Awaitable[object]]) -> int:
    """How many times `_STEPS` instructions of its machine SQLite takes for that."""
    driver = await dynamodb.service.runtime.database.read(lambda transaction: transaction.own_driver)
    taken = 0

    def progress() -> int:
        nonlocal taken
        taken += 1
        return 0

    driver.set_progress_handler(progress, _STEPS)
    try:
        await work()
    finally:
        driver.set_progress_handler(None, _STEPS)
    return taken


@pytest.mark.parametrize(
    "asked", [{"Limit": 10}, {"TableName": "copy-0007"}, {"Limit": 10, "ExclusiveStartStreamArn": "first"}]
)
async def test_a_page_of_streams(dynamodb_on_sqlite: DynamoDb, asked: dict[str, object]) -> None:
    dynamodb = dynamodb_on_sqlite
    table = await dynamodb.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    first = (await dynamodb.describe_table(TableName=table))["Table"]["LatestStreamArn"]
    if "ExclusiveStartStreamArn" in asked:
        asked = {**asked, "ExclusiveStartStreamArn": first}
    database = dynamodb.service.runtime.database
    await database.write(lambda transaction: add_streams(transaction, 20))

    async def page() -> None:
        listed = (await dynamodb.list_streams(**asked))["Streams"]
        assert len(listed) == (1 if "TableName" in asked else 10)

    await page()
    few = await steps(dynamodb, page)
    await database.write(
        lambda transaction: transaction.connection.execute(sa.delete(streams).where(streams.c.stream_id >= 100))
    )
    await database.write(
        lambda transaction: transaction.connection.execute(sa.delete(shards).where(shards.c.stream_id >= 100))
    )
    await database.write(lambda transaction: add_streams(transaction, 600))
    assert await steps(dynamodb, page) <= few + 2


async def test_the_tables_with_insights_are_found_among_many(dynamodb_on_sqlite: DynamoDb) -> None:
    dynamodb = dynamodb_on_sqlite
    for number in range(12):
        await dynamodb.table(f"table-{number}")
    for name in ("table-3", "table-8"):
        await dynamodb.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    listed = (await dynamodb.list_contributor_insights())["ContributorInsightsSummaries"]
    assert [each["TableName"] for each in listed] == ["table-3", "table-8"]


async def test_shards_without_records_are_left_alone(dynamodb_on_sqlite: DynamoDb) -> None:
    dynamodb = dynamodb_on_sqlite
    table = await dynamodb.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    await dynamodb.put(table, {"a": "1"})
    database = dynamodb.service.runtime.database
    await database.write(lambda transaction: transaction.connection.execute(sa.update(shards).values(next_sequence=2)))
    await database.write(lambda transaction: add_streams(transaction, 600))
    now = dynamodb.clock.now() + 5 * 3600

    async def turn() -> None:
        await database.write(lambda transaction: stream_shards.turn(transaction, now))

    before = await database.read(lambda transaction: transaction.connection.execute(sa.select(shards)).all())
    await turn()
    assert await database.read(lambda transaction: transaction.connection.execute(sa.select(shards)).all()) == before
