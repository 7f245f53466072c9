"""KMS's DescribeKey, which the gateway answers itself."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import Running

KEY = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def kms(fleet: Running, account_id: str) -> Any:
    return fleet.client("kms", account_id=account_id, region_name="eu-west-1")


@pytest.mark.parametrize("service", ["dynamodb", "s3", "sqs", "sns"])
def test_each_service_has_a_key_of_its_own(kms: Any, account_id: str, service: str) -> None:
    described = kms.describe_key(KeyId=f"alias/aws/{service}")["KeyMetadata"]
    assert (described["KeyManager"], described["KeyState"]) == ("AWS", "Enabled")
    assert described["Arn"] == f"arn:aws:kms:eu-west-1:{account_id}:key/{described['KeyId']}"
    for name in (described["KeyId"], described["Arn"], f"arn:aws:kms:eu-west-1:{account_id}:alias/aws/{service}"):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == described["Arn"]


def test_a_tables_key_is_that_of_the_alias(kms: Any, fleet: Running, account_id: str) -> None:
    dynamodb = fleet.client("dynamodb", account_id=account_id, region_name="eu-west-1")
    table = dynamodb.create_table(
        TableName="table",
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
    )["TableDescription"]
    described = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert table["SSEDescription"]["KMSMasterKeyArn"] == described["Arn"]


def test_an_objects_key_is_that_of_the_alias(kms: Any, fleet: Running, account_id: str) -> None:
    s3 = fleet.client("s3", account_id=account_id, region_name="eu-west-1")
    bucket = f"kms-{account_id}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    put = s3.put_object(Bucket=bucket, Key="key", ServerSideEncryption="aws:kms")
    assert put["SSEKMSKeyId"] == kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]


def test_a_given_id_is_a_key_of_the_callers(kms: Any, account_id: str) -> None:
    described = kms.describe_key(KeyId=KEY)["KeyMetadata"]
    assert (described["KeyManager"], described["AWSAccountId"]) == ("CUSTOMER", account_id)
    assert kms.describe_key(KeyId="mrk-" + "0" * 32)["KeyMetadata"]["MultiRegion"] is True


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("alias/mine", "NotFoundException"),
        ("key", "NotFoundException"),
        ("arn:aws:kms:us-east-1:000000000000:key/" + KEY, "NotFoundException"),
        ("arn:aws:s3:::bucket", "InvalidArnException"),
    ],
)
def test_what_is_no_key(kms: Any, key: str, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        kms.describe_key(KeyId=key)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_other_operations_are_named(kms: Any) -> None:
    with pytest.raises(ClientError, match="Of KMS, RustStack has DescribeKey alone, not CreateKey"):
        kms.create_key()
