"""What CreateTable, UpdateTable and TagResource refuse, in DynamoDB's words; and what they answer on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/"
ALL = {"ProjectionType": "ALL"}
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
INVALID = "One or more parameter values were invalid: "


def key(*names: str) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, kinds, strict=False)]


def defined(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def index(name: str, *names: str, **given: Any) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": key(*names), "Projection": ALL, **given}


NEW = {
    "TableName": "new",
    "KeySchema": key("a"),
    "AttributeDefinitions": defined("a"),
    "BillingMode": "PAY_PER_REQUEST",
}
INCLUDED = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "y", "x"]}
REFUSED_NEW = [
    (
        {"TableName": "ab"},
        "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length "
        "greater than or equal to 3",
    ),
    ({"AttributeDefinitions": defined("a", "b", "a")}, "Attribute Name is duplicated: a"),
    (
        {"TableClass": "GLACIAL"},
        "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, "
        "STANDARD_INFREQUENT_ACCESS].",
    ),
    (
        {"StreamSpecification": {"StreamEnabled": True}},
        f"{INVALID}Table is being created with a stream enabled, UpdateViewType is required",
    ),
    (
        {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
        f"{INVALID}Table is being created with a stream disabled, UpdateViewType should not be specified",
    ),
    (
        {
            "AttributeDefinitions": defined("a", "b"),
            "GlobalSecondaryIndexes": [index("one", "b", Projection=INCLUDED)],
        },
        f"{INVALID}Duplicate element in NonKeyAttributes: x",
    ),
    (
        {"SSESpecification": {"Enabled": False, "SSEType": "KMS"}},
        f"{INVALID}SSEType can not be specified if Enabled is false",
    ),
    (
        {"SSESpecification": {"Enabled": False, "KMSMasterKeyId": "k"}},
        f"{INVALID}KMSMasterKeyId can not be specified if Enabled is false",
    ),
    ({"SSESpecification": {"Enabled": True, "SSEType": "AES256"}}, f"{INVALID}SSEType AES256 is not supported"),
    (
        {"SSESpecification": {"Enabled": True, "KMSMasterKeyId": "k"}},
        f"{INVALID}SSEType KMS is required if KMSMasterKeyId is specified",
    ),
    (
        {"OnDemandThroughput": {"MaxReadRequestUnits": 0}},
        f"{INVALID}Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range",
    ),
    (
        {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": UNITS,
            "OnDemandThroughput": {"MaxWriteRequestUnits": 9},
        },
        f"{INVALID}MaxWriteRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is "
        "PROVISIONED",
    ),
    ({"Tags": [{"Key": "aws:a", "Value": "b"}]}, "Tag Key cannot be prefixed with aws:, Key: aws:a"),
]


@pytest.mark.parametrize(("given", "message"), REFUSED_NEW)
async def test_a_table_that_cannot_be(dynamodb_on_sqlite: DynamoDb, given: Mapping[str, Any], message: str) -> None:
    refused = await dynamodb_on_sqlite.refusal("CreateTable", **{**NEW, **given})
    assert (refused.code, refused.message) == ("ValidationException", message)


REFUSED_CHANGES = [
    (
        {},
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
        "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
        "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required",
    ),
    (
        {"SSESpecification": {"Enabled": True}, "DeletionProtectionEnabled": True},
        f"{INVALID}Server-Side Encryption modification must be the only operation in the request",
    ),
    (
        {"TableClass": "STANDARD_INFREQUENT_ACCESS", "BillingMode": "PAY_PER_REQUEST"},
        f"{INVALID}TableClass modification must be the only operation in the request",
    ),
    (
        {"DeletionProtectionEnabled": True, "BillingMode": "PAY_PER_REQUEST"},
        f"{INVALID}DeletionProtection modification must be the only operation in the request",
    ),
    (
        {"OnDemandThroughput": {"MaxReadRequestUnits": 9}, "StreamSpecification": {"StreamEnabled": False}},
        f"{INVALID}OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
    ),
    (
        {"ProvisionedThroughput": UNITS, "StreamSpecification": {"StreamEnabled": False}},
        f"{INVALID}You cannot modify stream status while updating table IOPS",
    ),
    (
        {"ProvisionedThroughput": UNITS, "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "global"}}]},
        f"{INVALID}You cannot create or delete index while updating table IOPS",
    ),
    (
        {"DeletionProtectionEnabled": True, "GlobalSecondaryIndexUpdates": []},
        f"{INVALID}List of GlobalSecondaryIndexUpdates is empty",
    ),
    (
        {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "global"}, "Create": index("more", "g")}]},
        f"{INVALID}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
    ),
    (
        {"GlobalSecondaryIndexUpdates": [{"Create": index("global", "g")}]},
        "Attempting to create an index which already exists",
    ),
    (
        {"GlobalSecondaryIndexUpdates": [{"Create": index("more", "m")}]},
        f"{INVALID}AttributeDefinitions is not specified for index: more",
    ),
    (
        {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "local"}}]},
        "Cannot delete an index that is not a GlobalSecondaryIndex: local",
    ),
    (
        {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "global", "ProvisionedThroughput": UNITS}}]},
        f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: global when "
        "BillingMode is PAY_PER_REQUEST",
    ),
    (
        {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "global"}}]},
        f"{INVALID}The only Updates for index: global when TableThroughputMode is PAY_PER_REQUEST can be to "
        "OnDemandThroughput, WarmThroughput",
    ),
    (
        {"StreamSpecification": {"StreamEnabled": True}},
        f"{INVALID}If stream is being enabled then UpdateViewType is required",
    ),
    ({"StreamSpecification": {"StreamEnabled": False}}, "Table has no stream to disable: TableName: kept"),
    ({"SSESpecification": {"Enabled": False}}, f"{INVALID}Table is already encrypted by default"),
    (
        {"WarmThroughput": {"ReadUnitsPerSecond": 11_999}},
        f"{INVALID}Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, "
        "decreasing WarmThroughput is not supported",
    ),
]


async def kept_table(dynamodb: DynamoDb) -> str:
    await dynamodb.create_table(
        TableName="kept",
        KeySchema=key("a", "b"),
        AttributeDefinitions=defined("g", "b", "a", "l"),
        BillingMode="PAY_PER_REQUEST",
        LocalSecondaryIndexes=[index("local", "a", "l")],
        GlobalSecondaryIndexes=[
            index("global", "g", Projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["y", "x"]})
        ],
    )
    return "kept"


@pytest.mark.parametrize(("given", "message"), REFUSED_CHANGES)
async def test_a_change_that_cannot_be(dynamodb_on_sqlite: DynamoDb, given: Mapping[str, Any], message: str) -> None:
    table = await kept_table(dynamodb_on_sqlite)
    refused = await dynamodb_on_sqlite.refusal("UpdateTable", TableName=table, **given)
    assert (refused.code, refused.message) == ("ValidationException", message)


async def test_an_index_that_is_not_there(dynamodb_on_sqlite: DynamoDb) -> None:
    table = await kept_table(dynamodb_on_sqlite)
    updates = [{"Delete": {"IndexName": "none"}}]
    refused = await dynamodb_on_sqlite.refusal("UpdateTable", TableName=table, GlobalSecondaryIndexUpdates=updates)
    assert (refused.code, refused.message) == (
        "ResourceNotFoundException",
        "Requested resource not found: Index none for table kept",
    )


async def test_the_twenty_first_index_is_refused(dynamodb_on_sqlite: DynamoDb) -> None:
    indexes = [index(f"index{number}", "b") for number in range(20)]
    await dynamodb_on_sqlite.create_table(
        **{**NEW, "AttributeDefinitions": defined("a", "b"), "GlobalSecondaryIndexes": indexes}
    )
    refused = await dynamodb_on_sqlite.refusal(
        "UpdateTable",
        TableName="new",
        AttributeDefinitions=defined("b"),
        GlobalSecondaryIndexUpdates=[{"Create": index("more", "b")}],
    )
    assert (refused.code, refused.message) == (
        "LimitExceededException",
        "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20",
    )


async def test_a_description_lists_attributes_by_name(dynamodb_on_sqlite: DynamoDb) -> None:
    table = await kept_table(dynamodb_on_sqlite)
    described = (await dynamodb_on_sqlite.describe_table(TableName=table))["Table"]
    assert described["AttributeDefinitions"] == defined("a", "b", "g", "l")
    assert described["GlobalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"] == ["x", "y"]


async def test_a_new_tables_description_tells_of_its_protection(dynamodb_on_sqlite: DynamoDb) -> None:
    created = await dynamodb_on_sqlite.create_table(**NEW)
    assert created["TableDescription"]["DeletionProtectionEnabled"] is False
    assert "WarmThroughput" not in created["TableDescription"]


async def test_what_changes_while_the_table_is_active(dynamodb_on_sqlite: DynamoDb) -> None:
    await dynamodb_on_sqlite.create_table(**NEW)
    answer = await dynamodb_on_sqlite.update_table(TableName="new", DeletionProtectionEnabled=True)
    assert answer["TableDescription"]["TableStatus"] == "ACTIVE"
    answer = await dynamodb_on_sqlite.update_table(TableName="new", SSESpecification={"Enabled": True})
    assert answer["TableDescription"]["TableStatus"] == "ACTIVE"
    encryption = (await dynamodb_on_sqlite.describe_table(TableName="new"))["Table"]["SSEDescription"]
    assert encryption["Status"] == "ENABLED"
    assert answer["TableDescription"]["SSEDescription"] == {**encryption, "Status": "UPDATING"}
    assert encryption["KMSMasterKeyArn"].startswith("arn:aws:kms:us-east-1:000000000000:key/")
    refused = await dynamodb_on_sqlite.refusal(
        "UpdateTable",
        TableName="new",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": encryption["KMSMasterKeyArn"]},
    )
    assert refused.message.startswith(f"{INVALID}Table is already encrypted with given KMSMasterKeyId.")
    await dynamodb_on_sqlite.update_table(TableName="new", SSESpecification={"Enabled": False})
    assert "SSEDescription" not in (await dynamodb_on_sqlite.describe_table(TableName="new"))["Table"]


async def test_the_same_throughput_changes_nothing(dynamodb_on_sqlite: DynamoDb) -> None:
    await dynamodb_on_sqlite.create_table(**{**NEW, "BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS})
    refused = await dynamodb_on_sqlite.refusal(
        "UpdateTable", TableName="new", BillingMode="PROVISIONED", ProvisionedThroughput=UNITS
    )
    assert refused.code == "ValidationException"
    assert refused.message.startswith("The provisioned throughput for the table will not change.")


async def test_a_maximum_is_set_and_taken_away(dynamodb_on_sqlite: DynamoDb) -> None:
    await dynamodb_on_sqlite.create_table(**NEW)
    answer = await dynamodb_on_sqlite.update_table(TableName="new", OnDemandThroughput={"MaxReadRequestUnits": 9})
    assert answer["TableDescription"]["OnDemandThroughput"] == {"MaxReadRequestUnits": 9}
    answer = await dynamodb_on_sqlite.update_table(TableName="new", OnDemandThroughput={"MaxReadRequestUnits": -1})
    assert "OnDemandThroughput" not in answer["TableDescription"]


async def test_the_standard_class_goes_without_saying(dynamodb_on_sqlite: DynamoDb) -> None:
    await dynamodb_on_sqlite.create_table(**NEW)
    await dynamodb_on_sqlite.update_table(TableName="new", TableClass="STANDARD")
    assert "TableClassSummary" not in (await dynamodb_on_sqlite.describe_table(TableName="new"))["Table"]


TAG_ERRORS = [
    ([{"Key": "", "Value": "b"}], "The Tag Key provided is invalid, Key: "),
    ([{"Key": "a"}], "The Tag Value provided is invalid, Value: null"),
    ([{"Key": "a", "Value": "*"}], "The Tag Value provided is invalid, Value: *"),
    (
        [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}],
        "Duplicate Tag Keys provided as input: Duplicate Tag Key found a",
    ),
    (
        [{"Key": f"key{number}", "Value": ""} for number in range(51)],
        "Number of Tags exceed the current limit for the provided ResourceArn",
    ),
]


@pytest.mark.parametrize(("tags", "message"), TAG_ERRORS)
async def test_tags_that_cannot_be(dynamodb_on_sqlite: DynamoDb, tags: list[dict[str, str]], message: str) -> None:
    arn = ARN + await dynamodb_on_sqlite.table()
    refused = await dynamodb_on_sqlite.refusal("TagResource", ResourceArn=arn, Tags=tags)
    assert (refused.code, refused.message) == ("ValidationException", message)


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("table", f"{INVALID}ARNs must start with 'arn:': table"),
        ("arn:aws:s3:::bucket", f"{INVALID}Provided Arn is not a DynamoDB resource arn: arn:aws:s3:::bucket"),
        (
            f"{ARN}table/index/one",
            f"{INVALID}Invalid resource arn provided, only table or stream is accepted. Provided resource arn: "
            f"{ARN}table/index/one",
        ),
    ],
)
async def test_what_has_no_tags(dynamodb_on_sqlite: DynamoDb, arn: str, message: str) -> None:
    await dynamodb_on_sqlite.table()
    refused = await dynamodb_on_sqlite.refusal("ListTagsOfResource", ResourceArn=arn)
    assert (refused.code, refused.message) == ("ValidationException", message)


async def test_a_table_of_another_region_is_not_asked_for_here(dynamodb_on_sqlite: DynamoDb) -> None:
    arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/table"
    refused = await dynamodb_on_sqlite.refusal("DescribeTable", TableName=arn)
    assert (refused.code, refused.message) == (
        "ValidationException",
        f"1 validation error detected: Invalid AWS region in '{arn}'",
    )
