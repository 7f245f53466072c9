"""Many writes on their way when a replica goes, or a region is joined: they arrive, and other requests come between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, wire
from tests.services.dynamodb.global_tables.conftest import AWAY, regions_of

MANY = 600
ALL = {f"k{number}" for number in range(MANY)}


async def write_many(caller: DynamoDb) -> None:
    puts = [{"PutRequest": {"Item": wire({"a": key})}} for key in sorted(ALL)]
    for first in range(0, MANY, 25):
        await caller.batch_write_item(RequestItems={"table": puts[first : first + 25]})


async def keys_of(caller: DynamoDb) -> set[str]:
    return {str(item["a"]) for item in await caller.all_items("table")}


async def overtaken(caller: DynamoDb, work: Coroutine[Any, Any, Any]) -> bool:
    """Do `work`; whether another request that came after it was answered before it."""
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    await caller.list_tables()
    first = not task.done()
    await task
    return first


@pytest.mark.parametrize("way", ["deleted", "disassociated"])
async def test_what_a_replica_that_goes_has_written_arrives(started_regions: Callable[..., Any], way: str) -> None:
    regions = await started_regions(replication_lag=3600.0)
    await regions.table()
    await write_many(regions.away)
    assert await keys_of(regions.home) == set()
    if way == "deleted":
        work: Coroutine[Any, Any, Any] = regions.away.delete_table(TableName="table")
    else:
        off = {"TableName": "table", "DisassociationProtectionEnabled": False}
        await regions.away.update_table(**off)
        action = {"RegionName": AWAY, "DisassociationMode": "WAIT_FOR_REPLICATION"}
        work = regions.away.update_table(TableName="table", ReplicaUpdates=[{"Disassociate": action}])
    assert await overtaken(regions.third, work)
    assert await keys_of(regions.home) == ALL
    assert await regions.waiting() == []


async def test_what_is_on_its_way_to_a_replica_that_is_deleted_goes_with_it(
    started_regions: Callable[..., Any],
) -> None:
    regions = await started_regions(replication_lag=3600.0)
    await regions.table()
    await write_many(regions.home)
    await regions.remove(AWAY)
    assert await regions.waiting() == []
    assert await keys_of(regions.home) == ALL
    await regions.add("ap-south-1")
    await regions.filled()
    assert await keys_of(regions.third) == ALL


async def test_a_strongly_consistent_replica_has_all_that_it_missed_once_it_is_joined(dynamodb: DynamoDb) -> None:
    home, ohio = dynamodb, dynamodb.caller(region="us-east-2")
    await home.table()
    creates = [{"Create": {"RegionName": region}} for region in ("us-east-2", "us-west-2")]
    await home.update_table(TableName="table", ReplicaUpdates=creates, MultiRegionConsistency="STRONG")
    regions = regions_of(home)
    await regions.change(cut="us-east-2")
    await write_many(home)
    assert await overtaken(home, regions.change(join="us-east-2"))
    assert await keys_of(ohio) == ALL
    assert await regions.waiting() == []
