"""Tables created, described, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.services.dynamodb.conftest import DynamoDb, wire

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/"
ALL = {"ProjectionType": "ALL"}


def hash_key(name: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": "HASH"}]


async def test_a_table_is_described(dynamodb: DynamoDb) -> None:
    created = await dynamodb.create_table(
        TableName="described",
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        KeySchema=hash_key("a"),
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 2},
        Tags=[{"Key": "team", "Value": "one"}],
        SSESpecification={"Enabled": True},
        TableClass="STANDARD_INFREQUENT_ACCESS",
        DeletionProtectionEnabled=True,
    )
    assert created["TableDescription"]["TableStatus"] == "CREATING"
    described = (await dynamodb.describe_table(TableName="described"))["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert described["TableArn"] == ARN + "described"
    assert described["ProvisionedThroughput"] == {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": 5,
        "WriteCapacityUnits": 2,
    }
    assert described["SSEDescription"]["Status"] == "ENABLED"
    assert described["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert described["DeletionProtectionEnabled"] is True
    tags = await dynamodb.list_tags_of_resource(ResourceArn=ARN + "described")
    assert tags == {"Tags": [{"Key": "team", "Value": "one"}]}


async def test_a_name_is_taken_once(dynamodb: DynamoDb) -> None:
    await dynamodb.table("once")
    refused = await dynamodb.refusal(
        "CreateTable",
        TableName="once",
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        KeySchema=hash_key("a"),
        BillingMode="PAY_PER_REQUEST",
    )
    assert (refused.code, refused.message) == ("ResourceInUseException", "Table already exists: once")


async def test_tables_are_listed_in_pages(dynamodb: DynamoDb) -> None:
    for name in ("list-b", "list-A", "list.c", "list_d"):
        await dynamodb.table(name)
    first = await dynamodb.list_tables(Limit=3)
    assert first == {"TableNames": ["list-A", "list-b", "list.c"], "LastEvaluatedTableName": "list.c"}
    second = await dynamodb.list_tables(ExclusiveStartTableName="list.c", Limit=3)
    assert second == {"TableNames": ["list_d"]}


async def test_a_deleted_table_is_gone_with_its_items(dynamodb: DynamoDb) -> None:
    await dynamodb.table("gone")
    await dynamodb.put("gone", {"a": "x"})
    answer = await dynamodb.delete_table(TableName="gone")
    assert answer["TableDescription"]["TableStatus"] == "DELETING"
    refused = await dynamodb.refusal("DescribeTable", TableName="gone")
    assert refused.message == "Requested resource not found: Table: gone not found"
    assert (await dynamodb.refusal("GetItem", TableName="gone", Key=wire({"a": "x"}))).message == (
        "Requested resource not found"
    )
    await dynamodb.table("gone")
    await dynamodb.settle()
    assert await dynamodb.all_items("gone") == []


async def test_a_protected_table_is_not_deleted(dynamodb: DynamoDb) -> None:
    await dynamodb.table("kept", DeletionProtectionEnabled=True)
    refused = await dynamodb.refusal("DeleteTable", TableName="kept")
    assert refused.code == "ValidationException"
    await dynamodb.update_table(TableName="kept", DeletionProtectionEnabled=False)
    await dynamodb.delete_table(TableName="kept")


async def test_statuses_take_the_time_that_is_set(started_dynamodb: Callable[..., Any]) -> None:
    dynamodb: DynamoDb = await started_dynamodb(status_delay=10.0)
    await dynamodb.table("slow")
    assert (await dynamodb.describe_table(TableName="slow"))["Table"]["TableStatus"] == "CREATING"
    assert (await dynamodb.refusal("DeleteTable", TableName="slow")).code == "ResourceInUseException"
    again = await dynamodb.refusal(
        "CreateTable",
        TableName="slow",
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        KeySchema=hash_key("a"),
        BillingMode="PAY_PER_REQUEST",
    )
    assert (again.code, again.message) == (
        "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being created: slow",
    )
    assert (await dynamodb.refusal("Scan", TableName="slow")).code == "ResourceNotFoundException"
    assert (await dynamodb.refusal("DescribeTimeToLive", TableName="slow")).message == (
        "Cannot describe time to live while table is in CREATING state: Current table state is CREATING"
    )
    await dynamodb.advance(10)
    assert (await dynamodb.describe_table(TableName="slow"))["Table"]["TableStatus"] == "ACTIVE"
    await dynamodb.delete_table(TableName="slow")
    assert (await dynamodb.describe_table(TableName="slow"))["Table"]["TableStatus"] == "DELETING"
    assert (await dynamodb.refusal("DeleteTable", TableName="slow")).message == (
        "Attempt to change a resource which is still in use: Table is being deleted: slow"
    )
    await dynamodb.advance(10)
    assert (await dynamodb.refusal("DescribeTable", TableName="slow")).code == "ResourceNotFoundException"
    assert (await dynamodb.list_tables())["TableNames"] == []


async def test_throughput_changes_and_goes_on_demand(dynamodb: DynamoDb) -> None:
    await dynamodb.table(
        "rates",
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
        AttributeDefinitions=[{"AttributeName": "b", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-b",
                "KeySchema": hash_key("b"),
                "Projection": ALL,
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            }
        ],
    )
    changed = await dynamodb.update_table(
        TableName="rates", ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 3}
    )
    assert changed["TableDescription"]["TableStatus"] == "UPDATING"
    assert changed["TableDescription"]["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    table = (await dynamodb.describe_table(TableName="rates"))["Table"]
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 7
    assert table["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 1
    await dynamodb.update_table(TableName="rates", BillingMode="PAY_PER_REQUEST")
    table = (await dynamodb.describe_table(TableName="rates"))["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    for holder in (table, table["GlobalSecondaryIndexes"][0]):
        assert holder["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


async def test_counts_and_sizes_follow_the_items(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table("counted")
    await dynamodb.put(table, {"a": "x", "v": "four"}, {"a": "y"})
    await dynamodb.put(table, {"a": "x", "v": "seven77"})
    described = (await dynamodb.describe_table(TableName=table))["Table"]
    assert (described["ItemCount"], described["TableSizeBytes"]) == (2, 12)
    await dynamodb.settle()
    await dynamodb.delete_item(TableName=table, Key=wire({"a": "y"}))
    described = (await dynamodb.describe_table(TableName=table))["Table"]
    assert (described["ItemCount"], described["TableSizeBytes"]) == (1, 10)


async def test_tags_are_added_replaced_and_taken_away(dynamodb: DynamoDb) -> None:
    arn = ARN + await dynamodb.table("tagged")
    await dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": str(n), "Value": "v"} for n in range(12)])
    await dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "0", "Value": "new"}])
    await dynamodb.untag_resource(ResourceArn=arn, TagKeys=["1", "absent"])
    listed = await dynamodb.list_tags_of_resource(ResourceArn=arn)
    assert len(listed["Tags"]) == 11
    assert listed["Tags"][0] == {"Key": "0", "Value": "new"}
    assert "NextToken" not in listed
    refused = await dynamodb.refusal(
        "TagResource", ResourceArn=arn, Tags=[{"Key": f"more{n}", "Value": ""} for n in range(40)]
    )
    assert refused.code == "ValidationException"


async def test_reset_empties_one_account_or_all(dynamodb: DynamoDb) -> None:
    other = dynamodb.caller(account_id="111122223333")
    await dynamodb.table("mine")
    await other.table("theirs")
    await dynamodb.service.reset("111122223333")
    assert (await other.list_tables())["TableNames"] == []
    assert (await dynamodb.list_tables())["TableNames"] == ["mine"]
    await dynamodb.service.reset(None)
    assert (await dynamodb.list_tables())["TableNames"] == []
