"""Replicas that are made, altered and deleted: what each region's table then is, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, wire
from tests.services.dynamodb.global_tables.conftest import AWAY, HOME, THIRD, Regions, read, regions_of

ARN = "arn:aws:dynamodb:{}:000000000000:table/table"
UNITS = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}
INDEX = {
    "IndexName": "by-b",
    "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
OF_INDEX = [{"AttributeName": "b", "AttributeType": "S"}]


async def described(caller: DynamoDb) -> dict[str, Any]:
    table: dict[str, Any] = (await caller.describe_table(TableName="table"))["Table"]
    return table


async def test_a_replica_is_a_table_in_its_region(regions: Regions) -> None:
    table = await regions.table("table", "a:S", Tags=[{"Key": "k", "Value": "v"}], DeletionProtectionEnabled=True)
    home, away = await described(regions.home), await described(regions.away)
    assert home["Replicas"] == [{"RegionName": AWAY, "ReplicaStatus": "ACTIVE", "ReplicaArn": ARN.format(AWAY)}]
    assert away["Replicas"] == [{"RegionName": HOME, "ReplicaStatus": "ACTIVE", "ReplicaArn": ARN.format(HOME)}]
    assert home["GlobalTableVersion"] == away["GlobalTableVersion"] == "2019.11.21"
    assert away["TableArn"] == ARN.format(AWAY)
    assert away["TableId"] != home["TableId"]
    assert (home["DeletionProtectionEnabled"], away["DeletionProtectionEnabled"]) == (True, False)
    for one in (home, away):
        assert one["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        assert one["LatestStreamArn"].startswith(one["TableArn"])
        assert one["TableStatus"] == "ACTIVE"
    assert (await regions.away.list_tables())["TableNames"] == [table]
    assert (await regions.away.list_tags_of_resource(ResourceArn=away["TableArn"]))["Tags"] == []
    refused = await regions.home.refusal("UpdateTable", TableName=table, StreamSpecification={"StreamEnabled": False})
    assert refused.message.endswith("Disabling Stream is not allowed for a Global Table replica.")


async def test_a_replica_begins_with_what_is_there(regions: Regions) -> None:
    table = await regions.home.table("table", "a:S", GlobalSecondaryIndexes=[INDEX], AttributeDefinitions=OF_INDEX)
    await regions.home.put(table, {"a": "k", "b": "x"}, {"a": "gone"})
    await regions.home.delete_item(TableName=table, Key={"a": {"S": "gone"}})
    await regions.add(AWAY)
    given = {"KeyConditionExpression": "b = :b", "ExpressionAttributeValues": {":b": {"S": "x"}}}
    assert (await regions.away.query(TableName=table, IndexName="by-b", **given))["Count"] == 1
    assert await regions.away.all_items(table) == [{"a": "k", "b": "x"}]


async def test_what_has_not_reached_its_source_is_in_a_new_replica_too(regions: Regions) -> None:
    table = await regions.table()
    await regions.away.put(table, {"a": "k"}, {"a": "gone"})
    await regions.settle()
    await regions.change(cut=AWAY)
    await regions.away.put(table, {"a": "of away"})
    await regions.away.delete_item(TableName=table, Key={"a": {"S": "gone"}})
    await regions.add(THIRD)
    assert {item["a"] for item in await regions.third.all_items(table)} == {"k", "of away"}
    await regions.change(join=AWAY)
    await regions.settle()
    assert {item["a"] for item in await regions.home.all_items(table)} == {"k", "of away"}


async def test_a_large_table_is_copied_while_writes_go_on(regions: Regions) -> None:
    table = await regions.home.table()
    for first in range(0, 1_200, 25):
        puts = [{"PutRequest": {"Item": wire({"a": str(number), "n": 1})}} for number in range(first, first + 25)]
        await regions.home.batch_write_item(RequestItems={table: puts})
    await regions.add(AWAY)
    assert (await described(regions.home))["Replicas"][0]["ReplicaStatus"] == "CREATING"
    assert (await described(regions.away))["TableStatus"] == "CREATING"
    assert (await regions.away.refusal("GetItem", TableName=table, Key={"a": {"S": "1"}})).status == 400
    for number in range(0, 1_200, 10):
        await regions.home.put(table, {"a": str(number), "n": 2})
        await regions.home.delete_item(TableName=table, Key={"a": {"S": str(number + 1)}})
    await regions.home.put(table, {"a": "new", "n": 2})
    await regions.home.run_jobs()
    await regions.settle()
    assert (await described(regions.home))["Replicas"][0]["ReplicaStatus"] == "ACTIVE"
    found = {item["a"]: item["n"] for item in await regions.away.all_items(table)}
    assert found == {item["a"]: item["n"] for item in await regions.home.all_items(table)}
    assert len(found) == 1_200 - 120 + 1
    assert (await described(regions.away))["ItemCount"] == len(found)


async def test_large_items_are_copied_a_few_at_a_time(regions: Regions) -> None:
    table = await regions.home.table()
    for number in range(8):
        await regions.home.put(table, {"a": str(number), "text": "x" * 300_000})
    await regions.add(AWAY)
    # A step is a megabyte, whatever the number of items: of these, four.
    assert (await described(regions.home))["Replicas"][0]["ReplicaStatus"] == "CREATING"
    await regions.filled()
    assert len(await regions.away.all_items(table)) == 8


async def test_a_replica_has_settings_of_its_own(regions: Regions) -> None:
    given = {"GlobalSecondaryIndexes": [{**INDEX, "ProvisionedThroughput": UNITS}], "AttributeDefinitions": OF_INDEX}
    await regions.home.table("table", "a:S", BillingMode="PROVISIONED", ProvisionedThroughput=UNITS, **given)
    of_index = {"IndexName": "by-b", "ProvisionedThroughputOverride": {"ReadCapacityUnits": 8}}
    await regions.add(
        AWAY,
        ProvisionedThroughputOverride={"ReadCapacityUnits": 7},
        GlobalSecondaryIndexes=[of_index],
        TableClassOverride="STANDARD_INFREQUENT_ACCESS",
    )
    home, away = await described(regions.home), await described(regions.away)
    (replica,) = home["Replicas"]
    assert replica["ProvisionedThroughputOverride"] == {"ReadCapacityUnits": 7}
    assert replica["ReplicaTableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert replica["GlobalSecondaryIndexes"] == [of_index]
    assert away["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert "TableClassSummary" not in home
    reads = [one["ProvisionedThroughput"]["ReadCapacityUnits"] for one in (away, *away["GlobalSecondaryIndexes"])]
    assert reads == [7, 8]
    assert away["ProvisionedThroughput"]["WriteCapacityUnits"] == 4
    update = {"RegionName": AWAY, "ProvisionedThroughputOverride": {"ReadCapacityUnits": 9}}
    await regions.home.update_table(TableName="table", ReplicaUpdates=[{"Update": update}])
    assert (await described(regions.away))["ProvisionedThroughput"]["ReadCapacityUnits"] == 9
    await regions.home.update_table(
        TableName="table", ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
    )
    units = (await described(regions.away))["ProvisionedThroughput"]
    assert (units["ReadCapacityUnits"], units["WriteCapacityUnits"]) == (9, 6)


async def test_a_replica_is_encrypted_with_a_key_of_its_region(regions: Regions) -> None:
    encrypted = {"Enabled": True, "SSEType": "KMS"}
    await regions.home.table("table", "a:S", SSESpecification=encrypted)
    key = f"arn:aws:kms:{AWAY}:000000000000:key/11111111-2222-3333-4444-555555555555"
    await regions.add(AWAY, KMSMasterKeyId=key)
    await regions.add(THIRD)
    assert (await described(regions.home))["Replicas"][0]["KMSMasterKeyId"] == key
    assert (await described(regions.away))["SSEDescription"]["KMSMasterKeyArn"] == key
    assert f":{THIRD}:" in (await described(regions.third))["SSEDescription"]["KMSMasterKeyArn"]


async def test_indexes_and_the_billing_mode_follow(regions: Regions) -> None:
    table = await regions.table("table", "a:S", BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    await regions.home.put(table, {"a": "k", "b": "x"})
    await regions.settle()
    await regions.away.update_table(TableName=table, BillingMode="PAY_PER_REQUEST")
    assert (await described(regions.home))["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    create = {"AttributeDefinitions": OF_INDEX, "GlobalSecondaryIndexUpdates": [{"Create": INDEX}]}
    await regions.away.update_table(TableName=table, **create)
    given = {"KeyConditionExpression": "b = :b", "ExpressionAttributeValues": {":b": {"S": "x"}}}
    for caller in (regions.home, regions.away):
        assert (await caller.query(TableName=table, IndexName="by-b", **given))["Count"] == 1
    delete = [{"Delete": {"IndexName": "by-b"}}]
    await regions.home.update_table(TableName=table, GlobalSecondaryIndexUpdates=delete)
    assert "GlobalSecondaryIndexes" not in await described(regions.away)
    await regions.home.update_table(TableName=table, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    assert f":{AWAY}:" in (await described(regions.away))["SSEDescription"]["KMSMasterKeyArn"]
    await regions.home.update_table(TableName=table, TableClass="STANDARD_INFREQUENT_ACCESS")
    assert (await described(regions.away))["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    await regions.home.update_table(TableName=table, DeletionProtectionEnabled=True)
    assert (await described(regions.away))["DeletionProtectionEnabled"] is False


async def test_a_replica_that_is_deleted_leaves_a_table_of_its_own(regions: Regions) -> None:
    table = await regions.table()
    await regions.away.put(table, {"a": "k"})  # which arrives before its region goes
    await regions.remove(AWAY)
    assert (await regions.away.refusal("DescribeTable", TableName=table)).code == "ResourceNotFoundException"
    home = await described(regions.home)
    assert not {"Replicas", "GlobalTableVersion", "MultiRegionConsistency"} & set(home)
    assert await read(regions.home) == {"a": {"S": "k"}}
    await regions.home.put(table, {"a": "l"})
    assert await regions.waiting() == []
    await regions.add(AWAY)
    assert len(await regions.away.all_items(table)) == 2


async def test_a_table_of_another_time_gets_no_writes_of_the_one_before(regions: Regions) -> None:
    table = await regions.table()
    await regions.change(cut=AWAY)
    await regions.home.put(table, {"a": "lost"})
    await regions.remove(AWAY)
    await regions.away.table(table)
    await regions.change(join=AWAY)
    await regions.settle()
    assert await regions.away.all_items(table) == []


async def test_deleting_a_replicas_table(regions: Regions) -> None:
    table = await regions.table()
    await regions.add(THIRD)
    refused = await regions.home.refusal("DeleteTable", TableName=table)
    assert refused.message == (
        "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table "
        "in the last 24 hours."
    )
    await regions.away.delete_table(TableName=table)
    assert [each["RegionName"] for each in (await described(regions.home))["Replicas"]] == [THIRD]
    regions.home.clock.advance(86_401)
    await regions.home.delete_table(TableName=table)
    assert "Replicas" not in await described(regions.third)
    await regions.third.delete_table(TableName=table)


async def test_a_protected_replica_stays(regions: Regions) -> None:
    table = await regions.table()
    await regions.away.update_table(TableName=table, DeletionProtectionEnabled=True)
    delete = [{"Delete": {"RegionName": AWAY}}]
    refused = await regions.home.refusal("UpdateTable", TableName=table, ReplicaUpdates=delete)
    assert refused.message.startswith("Resource cannot be deleted as it is currently protected against deletion.")
    await regions.away.update_table(TableName=table, DeletionProtectionEnabled=False)
    await regions.remove(AWAY)


async def test_a_replica_is_made_a_table_of_its_own(regions: Regions) -> None:
    table = await regions.table()
    await regions.home.put(table, {"a": "k"})
    action = [{"Disassociate": {"RegionName": AWAY, "DisassociationMode": "WAIT_FOR_REPLICATION"}}]
    refused = await regions.away.refusal("UpdateTable", TableName=table, ReplicaUpdates=action)
    assert "protected against disassociation" in refused.message
    assert (await described(regions.away))["DisassociationProtectionEnabled"] is True
    await regions.away.update_table(TableName=table, DisassociationProtectionEnabled=False)
    await regions.away.update_table(TableName=table, ReplicaUpdates=action)
    await regions.home.put(table, {"a": "l"})
    for caller, names in ((regions.home, {"k", "l"}), (regions.away, {"k"})):
        assert "Replicas" not in await described(caller)
        assert {item["a"] for item in await caller.all_items(table)} == names


async def test_statuses_last_as_long_as_they_are_told_to(started_dynamodb: Callable[..., Any]) -> None:
    regions = regions_of(await started_dynamodb(status_delay=60.0))
    table = await regions.home.table()
    await regions.home.advance(61)
    create = [{"Create": {"RegionName": AWAY}}]
    answer = (await regions.home.update_table(TableName=table, ReplicaUpdates=create))["TableDescription"]
    assert (answer["TableStatus"], answer["Replicas"][0]["ReplicaStatus"]) == ("UPDATING", "CREATING")
    assert (await described(regions.away))["TableStatus"] == "CREATING"
    await regions.home.advance(61)
    assert (await described(regions.home))["Replicas"][0]["ReplicaStatus"] == "ACTIVE"
    assert (await described(regions.away))["TableStatus"] == "ACTIVE"
    await regions.remove(AWAY)
    assert (await described(regions.home))["Replicas"][0]["ReplicaStatus"] == "DELETING"
    assert (await described(regions.away))["TableStatus"] == "DELETING"
    await regions.home.advance(61)
    assert "Replicas" not in await described(regions.home)
    assert (await regions.away.refusal("DescribeTable", TableName=table)).code == "ResourceNotFoundException"
    await regions.add(AWAY)


@pytest.mark.parametrize(
    ("updates", "text"),
    [
        ([{}], "There are no actions specified in the Replica Update Action of the request."),
        ([{"Create": {"RegionName": AWAY}}], "because one or more replicas already existed as tables."),
        ([{"Create": {"RegionName": HOME}}], "Cannot add, delete, or update the local region through ReplicaUpdates."),
        ([{"Create": {"RegionName": "nowhere"}}], "Region nowhere is not supported"),
        ([{"Create": {"RegionName": "cn-north-1"}}], "Region cn-north-1 is not supported"),
        ([{"Delete": {"RegionName": HOME}}], "Cannot add, delete, or update the local region through ReplicaUpdates."),
        ([{"Delete": {"RegionName": "eu-west-2"}}], "Please retry the request without these replicas: [eu-west-2]."),
        ([{"Update": {"RegionName": "eu-west-2"}}], "Please retry the request without these replicas: [eu-west-2]."),
    ],
)
async def test_what_is_refused(dynamodb_on_sqlite: DynamoDb, updates: list[Any], text: str) -> None:
    regions = regions_of(dynamodb_on_sqlite)
    table = await regions.table()
    refused = await regions.home.refusal("UpdateTable", TableName=table, ReplicaUpdates=updates)
    assert refused.code == "ValidationException"
    assert text in refused.message


async def test_a_table_that_is_there_is_no_replica(dynamodb_on_sqlite: DynamoDb) -> None:
    regions = regions_of(dynamodb_on_sqlite)
    await regions.home.table()
    await regions.away.table()
    refused = await regions.home.refusal(
        "UpdateTable", TableName="table", ReplicaUpdates=[{"Create": {"RegionName": AWAY}}]
    )
    assert refused.message == (
        "Failed to create a the new replica of table with name: \u2018table\u2019 because one or more replicas already "
        "existed as tables."
    )


async def test_a_stream_of_another_kind_does_not_do(dynamodb_on_sqlite: DynamoDb) -> None:
    regions = regions_of(dynamodb_on_sqlite)
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    await regions.home.table("table", "a:S", StreamSpecification=stream)
    create = [{"Create": {"RegionName": AWAY}}]
    refused = await regions.home.refusal("UpdateTable", TableName="table", ReplicaUpdates=create)
    assert "NEW_AND_OLD_IMAGES" in refused.message


async def test_maxima_of_reads_are_each_replicas_own(regions: Regions) -> None:
    most = {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20}
    await regions.home.table("table", "a:S", OnDemandThroughput=most)
    await regions.add(AWAY, OnDemandThroughputOverride={"MaxReadRequestUnits": 5})
    assert (await described(regions.away))["OnDemandThroughput"] == {**most, "MaxReadRequestUnits": 5}
    changed = {"MaxReadRequestUnits": 30, "MaxWriteRequestUnits": 40}
    await regions.home.update_table(TableName="table", OnDemandThroughput=changed)
    assert (await described(regions.away))["OnDemandThroughput"] == {**changed, "MaxReadRequestUnits": 5}


async def test_a_replicas_indexes_are_those_of_the_table(dynamodb_on_sqlite: DynamoDb) -> None:
    regions = regions_of(dynamodb_on_sqlite)
    await regions.home.table()
    create = {"RegionName": AWAY, "GlobalSecondaryIndexes": [{"IndexName": "none"}]}
    given = {"TableName": "table", "ReplicaUpdates": [{"Create": create}]}
    assert (await regions.home.refusal("UpdateTable", **given)).code == "ResourceNotFoundException"


async def test_a_table_is_prepared_for_other_accounts(dynamodb_on_sqlite: DynamoDb) -> None:
    await dynamodb_on_sqlite.table()
    await dynamodb_on_sqlite.update_table(TableName="table", GlobalTableSettingsReplicationMode="ENABLED")
    assert (await described(dynamodb_on_sqlite))["GlobalTableSettingsReplicationMode"] == "ENABLED"
    await dynamodb_on_sqlite.update_table(TableName="table", GlobalTableSettingsReplicationMode="DISABLED")
    assert "GlobalTableSettingsReplicationMode" not in await described(dynamodb_on_sqlite)
    of_replicas = {"TableName": "table", "GlobalTableSettingsReplicationMode": "ENABLED_WITH_OVERRIDES"}
    assert (await dynamodb_on_sqlite.refusal("UpdateTable", **of_replicas)).code == "ValidationException"


async def test_replicas_follow_with_overrides_alone(dynamodb_on_sqlite: DynamoDb) -> None:
    regions = regions_of(dynamodb_on_sqlite)
    await regions.table()
    for mode in ("ENABLED", "DISABLED"):
        given = {"TableName": "table", "GlobalTableSettingsReplicationMode": mode}
        assert (await regions.away.refusal("UpdateTable", **given)).code == "ValidationException"
    mode = "ENABLED_WITH_OVERRIDES"
    await regions.home.update_table(TableName="table", GlobalTableSettingsReplicationMode=mode)
    assert (await described(regions.home))["GlobalTableSettingsReplicationMode"] == mode
    await regions.remove(AWAY)
    assert "GlobalTableSettingsReplicationMode" not in await described(regions.home)
