"""Global tables that are strongly consistent: a write is in every region when it is answered, or it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, wire
from tests.services.dynamodb.global_tables.conftest import Regions, read

OHIO, OREGON = "us-east-2", "us-west-2"


def american(service: DynamoDb) -> Regions:
    """Callers in three regions among which tables can be strongly consistent."""
    return Regions(service, service.caller(region=OHIO), service.caller(region=OREGON))


async def strong(service: DynamoDb, **given: Any) -> Regions:
    """An empty table in the three regions."""
    regions = american(service)
    await regions.home.table(**given)
    creates = [{"Create": {"RegionName": region}} for region in (OHIO, OREGON)]
    await regions.home.update_table(TableName="table", ReplicaUpdates=creates, MultiRegionConsistency="STRONG")
    return regions


async def witnessed(service: DynamoDb) -> Regions:
    """An empty table in two of the regions, with a witness in the third."""
    regions = american(service)
    await regions.home.table()
    await regions.home.update_table(
        TableName="table",
        ReplicaUpdates=[{"Create": {"RegionName": OHIO}}],
        GlobalTableWitnessUpdates=[{"Create": {"RegionName": OREGON}}],
        MultiRegionConsistency="STRONG",
    )
    return regions


async def test_an_update_of_witnesses_without_an_action_is_refused(dynamodb_on_sqlite: DynamoDb) -> None:
    await dynamodb_on_sqlite.table()
    given = {"TableName": "table", "GlobalTableWitnessUpdates": [{}]}
    assert (await dynamodb_on_sqlite.refusal("UpdateTable", **given)).code == "ValidationException"


async def test_a_write_is_everywhere_when_it_is_answered(dynamodb: DynamoDb) -> None:
    regions = await strong(dynamodb)
    described = (await regions.away.describe_table(TableName="table"))["Table"]
    assert described["MultiRegionConsistency"] == "STRONG"
    assert len(described["Replicas"]) == 2
    assert "StreamSpecification" not in described
    await regions.home.put("table", {"a": "k", "n": 1})
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    await regions.away.update_item(TableName="table", Key={"a": {"S": "k"}}, **add)
    for caller in (regions.home, regions.away, regions.third):
        assert await read(caller) == wire({"a": "k", "n": 2})
    new = {"TableName": "table", "Item": wire({"a": "k"}), "ConditionExpression": "attribute_not_exists(a)"}
    assert (await regions.third.refusal("PutItem", **new)).code == "ConditionalCheckFailedException"
    await regions.third.delete_item(TableName="table", Key={"a": {"S": "k"}})
    assert await regions.home.all_items("table") == []
    assert await regions.waiting() == []


async def test_a_region_that_is_alone_neither_writes_nor_reads_consistently(dynamodb: DynamoDb) -> None:
    regions = await strong(dynamodb)
    await regions.change(cut=OREGON)
    await regions.home.put("table", {"a": "k"})
    assert await read(regions.away) == {"a": {"S": "k"}}
    item = {"TableName": "table", "Key": {"a": {"S": "k"}}}
    assert await read(regions.third) is None
    assert (await regions.third.refusal("GetItem", **item, ConsistentRead=True)).status == 500
    assert (await regions.third.refusal("Scan", TableName="table", ConsistentRead=True)).status == 500
    assert (await regions.third.refusal("DeleteItem", **item)).code == "InternalServerError"
    await regions.change(join=OREGON)
    assert (await regions.third.get_item(**item, ConsistentRead=True))["Item"] == {"a": {"S": "k"}}


async def test_a_witness_stands_in_for_a_replica(dynamodb: DynamoDb) -> None:
    regions = await witnessed(dynamodb)
    described = (await regions.home.describe_table(TableName="table"))["Table"]
    assert described["GlobalTableWitnesses"] == [{"RegionName": OREGON, "WitnessStatus": "ACTIVE"}]
    assert (await regions.third.refusal("DescribeTable", TableName="table")).code == "ResourceNotFoundException"
    await regions.change(cut=OHIO)
    await regions.home.put("table", {"a": "k"})
    await regions.change(cut=OREGON)
    assert (await regions.home.refusal("PutItem", TableName="table", Item=wire({"a": "l"}))).status == 500


async def test_a_write_of_another_region_that_is_on_its_way_refuses(started_dynamodb: Callable[..., Any]) -> None:
    regions = await strong(await started_dynamodb(replication_lag=5.0))
    await regions.home.put("table", {"a": "k", "n": 1})
    refused = await regions.away.refusal("PutItem", TableName="table", Item=wire({"a": "k"}))
    assert refused.code == "ReplicatedWriteConflictException"
    await regions.home.put("table", {"a": "k", "n": 2})
    regions.home.clock.advance(6)
    await regions.away.put("table", {"a": "k", "n": 3})
    assert await read(regions.home) == wire({"a": "k", "n": 3})


async def test_what_does_not_go_with_it(dynamodb_on_sqlite: DynamoDb) -> None:
    regions = await strong(dynamodb_on_sqlite)
    put = {"Put": {"TableName": "table", "Item": wire({"a": "k"})}}
    assert "Transactions" in (await regions.home.refusal("TransactWriteItems", TransactItems=[put])).message
    expiring = {"Enabled": True, "AttributeName": "until"}
    refused = await regions.home.refusal("UpdateTimeToLive", TableName="table", TimeToLiveSpecification=expiring)
    assert "Time to Live" in refused.message
    more = [{"Create": {"RegionName": "eu-west-1"}}]
    assert "cannot be added" in (await _refused(regions, more)).message
    fewer = [{"Delete": {"RegionName": OHIO}}]
    assert "together" in (await _refused(regions, fewer)).message
    assert (await regions.away.refusal("DeleteTable", TableName="table")).code == "ValidationException"
    every = [{"Delete": {"RegionName": region}} for region in (OHIO, OREGON)]
    await regions.home.update_table(TableName="table", ReplicaUpdates=every)
    assert "Replicas" not in (await regions.home.describe_table(TableName="table"))["Table"]
    await regions.home.delete_table(TableName="table")


async def test_replica_and_witness_go_together(dynamodb_on_sqlite: DynamoDb) -> None:
    regions = await witnessed(dynamodb_on_sqlite)
    fewer = [{"Delete": {"RegionName": OHIO}}]
    assert "together" in (await _refused(regions, fewer)).message
    await regions.home.update_table(
        TableName="table", ReplicaUpdates=fewer, GlobalTableWitnessUpdates=[{"Delete": {"RegionName": OREGON}}]
    )
    described = (await regions.home.describe_table(TableName="table"))["Table"]
    assert not {"Replicas", "GlobalTableWitnesses"} & set(described)


@pytest.mark.parametrize(
    ("regions", "text"),
    [
        ([OHIO], "three replicas"),
        ([OHIO, OREGON, "us-west-1"], "three replicas"),
        ([OHIO, "eu-west-1"], "not supported among the regions"),
    ],
)
async def test_regions_that_cannot_be_strong(dynamodb_on_sqlite: DynamoDb, regions: list[str], text: str) -> None:
    await dynamodb_on_sqlite.table()
    creates = [{"Create": {"RegionName": region}} for region in regions]
    given = {"TableName": "table", "ReplicaUpdates": creates, "MultiRegionConsistency": "STRONG"}
    assert text in (await dynamodb_on_sqlite.refusal("UpdateTable", **given)).message


async def test_a_table_with_items_cannot_become_strong(dynamodb_on_sqlite: DynamoDb) -> None:
    await dynamodb_on_sqlite.table()
    await dynamodb_on_sqlite.put("table", {"a": "k"})
    creates = [{"Create": {"RegionName": region}} for region in (OHIO, OREGON)]
    given = {"TableName": "table", "ReplicaUpdates": creates, "MultiRegionConsistency": "STRONG"}
    assert "must be empty" in (await dynamodb_on_sqlite.refusal("UpdateTable", **given)).message


async def _refused(regions: Regions, updates: list[Any]) -> Any:
    return await regions.home.refusal("UpdateTable", TableName="table", ReplicaUpdates=updates)
