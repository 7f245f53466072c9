"""ARNs are of the partition of the region that is asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb

INDEX = {
    "IndexName": "by-g",
    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def arns_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [arn for member in value.values() for arn in arns_in(member)]
    if isinstance(value, list):
        return [arn for element in value for arn in arns_in(element)]
    return [value] if isinstance(value, str) and value.startswith("arn:") else []


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-iso-east-1", "aws-iso"),
    ],
)
async def test_the_partition_of_the_region(dynamodb_on_sqlite: DynamoDb, region: str, partition: str) -> None:
    there = dynamodb_on_sqlite.caller(region=region)
    await there.table(
        "table",
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[INDEX],
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    described = (await there.describe_table(TableName="table"))["Table"]
    arn = described["TableArn"]
    await there.put_item(TableName=arn, Item={"a": {"S": "1"}})
    await there.tag_resource(ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    backup = await there.create_backup(TableName=arn, BackupName="backup")
    policy = (
        '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"}]}'
    )
    await there.put_resource_policy(ResourceArn=arn, Policy=policy)
    answers = [
        described,
        backup,
        await there.list_streams(),
        await there.describe_stream(StreamArn=described["LatestStreamArn"]),
        await there.describe_backup(BackupArn=backup["BackupDetails"]["BackupArn"]),
    ]
    found = arns_in(answers)
    assert len(found) >= 8
    assert {found_arn.split(":")[1] for found_arn in found} == {partition}
    kept = (await there.get_resource_policy(ResourceArn=arn))["Policy"]
    assert f"arn:{partition}:iam::111122223333:root" in kept


async def test_an_arn_of_another_partition_is_none(dynamodb_on_sqlite: DynamoDb) -> None:
    await dynamodb_on_sqlite.table("table")
    arn = "arn:aws-cn:dynamodb:us-east-1:000000000000:table/table"
    refused = await dynamodb_on_sqlite.refusal("ListTagsOfResource", ResourceArn=arn)
    assert refused.code == "ValidationException"
