"""Global tables of version 2017.11.29: made of tables that are there, with operations of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, wire
from tests.services.dynamodb.global_tables.conftest import AWAY, HOME, Regions, read, regions_of

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
NAMED = {"GlobalTableName": "table"}
UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}


async def made(regions: Regions, *names: str, **given: Any) -> None:
    """A table in each of two regions, and a global table of those in the named ones."""
    for caller in (regions.home, regions.away):
        await caller.table("table", "a:S", StreamSpecification=STREAM, **given)
    await regions.home.create_global_table(**NAMED, ReplicationGroup=[{"RegionName": name} for name in names])


async def described(regions: Regions) -> dict[str, Any]:
    found: dict[str, Any] = (await regions.home.describe_global_table(**NAMED))["GlobalTableDescription"]
    return found


async def test_a_global_table_comes_and_goes(regions: Regions) -> None:
    await made(regions, HOME)
    assert (await described(regions))["GlobalTableStatus"] == "ACTIVE"
    table = (await regions.home.describe_table(TableName="table"))["Table"]
    assert (table["GlobalTableVersion"], "Replicas" in table) == ("2017.11.29", False)
    updates = [{"Create": {"RegionName": AWAY}}]
    answer = (await regions.home.update_global_table(**NAMED, ReplicaUpdates=updates))["GlobalTableDescription"]
    assert answer["GlobalTableStatus"] == "UPDATING"
    assert [replica["RegionName"] for replica in (await described(regions))["ReplicationGroup"]] == [HOME, AWAY]
    listed = await regions.home.list_global_tables(RegionName=AWAY)
    assert [each["GlobalTableName"] for each in listed["GlobalTables"]] == ["table"]
    assert "GlobalTableVersion" in (await regions.away.describe_table(TableName="table"))["Table"]
    updates = [{"Delete": {"RegionName": region}} for region in (HOME, AWAY)]
    await regions.home.update_global_table(**NAMED, ReplicaUpdates=updates)
    refused = await regions.home.refusal("DescribeGlobalTable", **NAMED)
    assert refused.code == "GlobalTableNotFoundException"
    for caller in (regions.home, regions.away):
        assert "GlobalTableVersion" not in (await caller.describe_table(TableName="table"))["Table"]


async def test_writes_reach_the_other_region(regions: Regions) -> None:
    await made(regions, HOME, AWAY)
    await regions.home.put("table", {"a": "k", "n": 1})
    await regions.settle()
    stamps = {"aws:rep:deleting": False, "aws:rep:updateregion": HOME, "aws:rep:updatetime": 1_700_000_000}
    assert await read(regions.away) == wire({"a": "k", "n": 1, **stamps}) == await read(regions.home)
    regions.home.clock.advance(0.5)
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    await regions.away.update_item(TableName="table", Key={"a": {"S": "k"}}, **add)
    await regions.settle()
    changed = {"n": 2, "aws:rep:updateregion": AWAY, "aws:rep:updatetime": 1_700_000_000.5}
    last = wire({"a": "k", **stamps, **changed})
    assert await read(regions.home) == last
    await regions.home.update_global_table(**NAMED, ReplicaUpdates=[{"Delete": {"RegionName": AWAY}}])
    await regions.home.put("table", {"a": "k", "n": 3})
    await regions.settle()
    assert await read(regions.away) == last
    assert await read(regions.home) == wire({"a": "k", "n": 3})


async def test_a_table_that_is_deleted_is_no_replica_any_more(regions: Regions) -> None:
    await made(regions, HOME, AWAY)
    await regions.away.delete_table(TableName="table")
    assert [replica["RegionName"] for replica in (await described(regions))["ReplicationGroup"]] == [HOME]
    await regions.home.delete_table(TableName="table")
    assert (await regions.home.refusal("DescribeGlobalTable", **NAMED)).code == "GlobalTableNotFoundException"


async def test_settings_are_those_of_the_tables(regions: Regions) -> None:
    await made(regions, HOME, AWAY, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    await regions.home.update_global_table_settings(
        **NAMED,
        GlobalTableProvisionedWriteCapacityUnits=5,
        ReplicaSettingsUpdate=[{"RegionName": AWAY, "ReplicaProvisionedReadCapacityUnits": 9}],
    )
    settings = (await regions.home.describe_global_table_settings(**NAMED))["ReplicaSettings"]
    names = ("RegionName", "ReplicaProvisionedReadCapacityUnits", "ReplicaProvisionedWriteCapacityUnits")
    assert [tuple(each[name] for name in names) for each in settings] == [(HOME, 1, 5), (AWAY, 9, 5)]
    units = (await regions.away.describe_table(TableName="table"))["Table"]["ProvisionedThroughput"]
    assert (units["ReadCapacityUnits"], units["WriteCapacityUnits"]) == (9, 5)
    await regions.home.update_global_table_settings(**NAMED, GlobalTableBillingMode="PAY_PER_REQUEST")
    mode = (await regions.away.describe_table(TableName="table"))["Table"]["BillingModeSummary"]["BillingMode"]
    assert mode == "PAY_PER_REQUEST"
    provisioned = {"GlobalTableBillingMode": "PROVISIONED", "GlobalTableProvisionedWriteCapacityUnits": 7}
    reads = [{"RegionName": region, "ReplicaProvisionedReadCapacityUnits": 9} for region in (HOME, AWAY)]
    for some in ([], reads[:1]):
        given = {**NAMED, **provisioned, **({"ReplicaSettingsUpdate": some} if some else {})}
        assert (await regions.home.refusal("UpdateGlobalTableSettings", **given)).code == "ValidationException"
    await regions.home.update_global_table_settings(**NAMED, **provisioned, ReplicaSettingsUpdate=reads)
    units = (await regions.away.describe_table(TableName="table"))["Table"]["ProvisionedThroughput"]
    assert (units["ReadCapacityUnits"], units["WriteCapacityUnits"]) == (9, 7)
    settings = [{"RegionName": "eu-west-2", "ReplicaProvisionedReadCapacityUnits": 9}]
    refused = await regions.home.refusal("UpdateGlobalTableSettings", **NAMED, ReplicaSettingsUpdate=settings)
    assert refused.code == "ReplicaNotFoundException"
    of_index = {"IndexName": "nowhere", "ProvisionedWriteCapacityUnits": 3}
    given = {"GlobalTableGlobalSecondaryIndexSettingsUpdate": [of_index]}
    refused = await regions.home.refusal("UpdateGlobalTableSettings", **NAMED, **given)
    assert refused.code == "IndexNotFoundException"


@pytest.mark.parametrize(
    ("operation", "given", "code"),
    [
        ("DescribeGlobalTable", {"GlobalTableName": "nowhere"}, "GlobalTableNotFoundException"),
        ("CreateGlobalTable", {**NAMED, "ReplicationGroup": [{"RegionName": HOME}]},
         "GlobalTableAlreadyExistsException"),
        ("CreateGlobalTable", {"GlobalTableName": "none", "ReplicationGroup": [{"RegionName": HOME}]},
         "TableNotFoundException"),
        ("UpdateGlobalTable", {**NAMED, "ReplicaUpdates": [{"Create": {"RegionName": HOME}}]},
         "ReplicaAlreadyExistsException"),
        ("UpdateGlobalTable", {**NAMED, "ReplicaUpdates": [{"Delete": {"RegionName": AWAY}}]},
         "ReplicaNotFoundException"),
        ("CreateGlobalTable", {"GlobalTableName": "none", "ReplicationGroup": []}, "ValidationException"),
        ("CreateGlobalTable", {"GlobalTableName": "none", "ReplicationGroup": [{"RegionName": HOME}] * 2},
         "ValidationException"),
        ("UpdateGlobalTable", {**NAMED, "ReplicaUpdates": [{}]}, "ValidationException"),
        ("UpdateGlobalTable", {**NAMED, "ReplicaUpdates": [{"Delete": {"RegionName": HOME}}] * 2},
         "ValidationException"),
        ("UpdateGlobalTable", {**NAMED, "ReplicaUpdates": [{"Create": {"RegionName": AWAY}}] * 2},
         "ValidationException"),
        ("UpdateGlobalTable",
         {**NAMED, "ReplicaUpdates": [{"Create": {"RegionName": AWAY}, "Delete": {"RegionName": HOME}}]},
         "ValidationException"),
        ("UpdateTable", {"TableName": "table", "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-2"}}]},
         "ValidationException"),
    ],
)  # fmt: skip
async def test_what_is_refused(dynamodb_on_sqlite: DynamoDb, operation: str, given: Any, code: str) -> None:
    regions = regions_of(dynamodb_on_sqlite)
    await made(regions, HOME)
    assert (await regions.home.refusal(operation, **given)).code == code


async def test_a_region_is_named(dynamodb_on_sqlite: DynamoDb) -> None:
    refused = await dynamodb_on_sqlite.refusal("CreateGlobalTable", GlobalTableName="nameless", ReplicationGroup=[{}])
    assert refused.message == (
        "1 validation error detected: Value null at 'replicationGroup.1.member.regionName' failed to satisfy "
        "constraint: Member must not be null"
    )


async def test_what_the_tables_have_to_be(dynamodb_on_sqlite: DynamoDb) -> None:
    regions = regions_of(dynamodb_on_sqlite)
    both = [{"RegionName": region} for region in (HOME, AWAY)]
    await regions.home.table("table", "a:S", StreamSpecification=STREAM)
    await regions.away.table("table", "a:S")
    assert "Streams" in (await regions.home.refusal("CreateGlobalTable", **NAMED, ReplicationGroup=both)).message
    await regions.away.update_table(TableName="table", StreamSpecification=STREAM)
    await regions.away.put("table", {"a": "k"})
    assert "empty" in (await regions.home.refusal("CreateGlobalTable", **NAMED, ReplicationGroup=both)).message
    await regions.away.delete_table(TableName="table")
    await regions.away.table("table", "b:S", StreamSpecification=STREAM)
    assert "key schemas" in (await regions.home.refusal("CreateGlobalTable", **NAMED, ReplicationGroup=both)).message
