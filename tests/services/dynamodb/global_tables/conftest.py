"""A global table, its regions, and waiting until these agree."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb
from tests.waiting import PATIENCE

HOME, AWAY, THIRD = "us-east-1", "eu-west-1", "ap-south-1"


@dataclass
class Regions:
    """A service with a caller in each of several regions."""

    home: DynamoDb
    away: DynamoDb
    third: DynamoDb

    async def table(self, name: str = "table", *keys: str, **given: Any) -> str:
        """A new table with replicas in the first two regions."""
        await self.home.table(name, *keys, **given)
        await self.add(AWAY, name)
        return name

    async def add(self, region: str, name: str = "table", **settings: Any) -> None:
        """Add a replica."""
        create = {"Create": {"RegionName": region, **settings}}
        await self.home.update_table(TableName=name, ReplicaUpdates=[create])

    async def filled(self, name: str = "table") -> None:
        """Wait until every replica has what the others have: this process's jobs, or another's, fill them."""
        began = time.monotonic()
        await self.home.run_jobs()
        while True:
            replicas = (await self.home.describe_table(TableName=name))["Table"].get("Replicas", ())
            if all(replica["ReplicaStatus"] == "ACTIVE" for replica in replicas):
                return
            assert time.monotonic() - began < PATIENCE, replicas
            await asyncio.sleep(0.05)

    async def remove(self, region: str, name: str = "table") -> None:
        """Delete a replica."""
        await self.home.update_table(TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": region}}])

    async def change(self, **given: str) -> dict[str, Any]:
        """`change(cut="eu-west-1")`, `change(join="eu-west-1")`: what the control path answers."""
        query = "&".join(f"{name}={value}" for name, value in given.items())
        answer = await self.home.request("POST", f"/_aws/dynamodb/regions?{query}", {}, b"", signed=False)
        assert answer.status == 200, answer.body
        return dict(json.loads(answer.body))

    async def waiting(self) -> list[dict[str, Any]]:
        """The writes that are on their way."""
        answer = await self.home.request("GET", "/_aws/dynamodb/regions", {}, b"", signed=False)
        return list(json.loads(answer.body)["waiting"])

    async def settle(self) -> None:
        """Wait until nothing is on its way any more; the clock, which stands still, is moved where that takes long."""
        began = time.monotonic()
        while await self.waiting():
            passed = time.monotonic() - began
            assert passed < PATIENCE, await self.waiting()
            if passed > 2:
                self.home.clock.advance(1)
            await asyncio.sleep(0.005 if passed < 2 else 0.5)


def regions_of(service: DynamoDb) -> Regions:
    """The service's callers in three regions."""
    return Regions(service, service.caller(region=AWAY), service.caller(region=THIRD))


@pytest.fixture
async def regions(dynamodb: DynamoDb) -> Regions:
    """A service as it starts by default, on either database."""
    return regions_of(dynamodb)


@pytest.fixture
async def started_regions(started_dynamodb: Callable[..., Any]) -> AsyncIterator[Callable[..., Any]]:
    """`await started_regions(replication_lag=5.0)`: a service at work in the background too."""

    async def start(**given: Any) -> Regions:
        service: DynamoDb = await started_dynamodb(**given)
        await service.service.start()
        return regions_of(service)

    yield start


async def read(caller: DynamoDb, key: str = "k", name: str = "table") -> dict[str, Any] | None:
    """The item with that key in a region."""
    item: dict[str, Any] | None = (await caller.get_item(TableName=name, Key={"a": {"S": key}})).get("Item")
    return item


async def records(caller: DynamoDb, name: str = "table") -> list[dict[str, Any]]:
    """What the stream of a region's table has."""
    arn = (await caller.describe_table(TableName=name))["Table"]["LatestStreamArn"]
    (shard,) = (await caller.describe_stream(StreamArn=arn))["StreamDescription"]["Shards"]
    given = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = (await caller.get_shard_iterator(**given))["ShardIterator"]
    found: list[dict[str, Any]] = (await caller.get_records(ShardIterator=iterator))["Records"]
    return found
