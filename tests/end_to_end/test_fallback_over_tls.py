"""A fleet whose other services are at one `https://` address: what passes, and what our services send there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.certificates import Certified
from tests.processes import Running, running_fleet
from tests.stand_in import Answer, Asked, StandIn, stand_in
from tests.waiting import wait_until

ACCOUNT = "000000000000"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:worker"
DELIVERY_STREAM = f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/archive"
STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/changes"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/firehose"


def answered(asked: Asked) -> Answer:
    """As the services would: Lambda's invocations are accepted, streams are there, what is put is taken."""
    invocation = asked.headers.get("x-amz-invocation-type")
    if invocation is not None:
        return 204 if invocation == "DryRun" else 202, {}, b""
    name = asked.target.rpartition(".")[2]
    contents = {
        "DescribeStreamSummary": {"StreamDescriptionSummary": {"StreamARN": STREAM, "StreamStatus": "ACTIVE"}},
        "PutRecords": {"FailedRecordCount": 0, "Records": [{"SequenceNumber": "1", "ShardId": "shardId-0"}]},
        "PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
        "PutRecord": {"RecordId": "1"},
        "DescribeKey": {"KeyMetadata": {"KeyId": "theirs"}},
    }
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(contents.get(name, {})).encode()


@pytest.fixture(scope="module")
def emulator(certificate: Certified) -> Iterator[StandIn]:
    with stand_in(answered, certificate.server) as made:
        yield made


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, emulator: StandIn, certificate: Certified) -> Iterator[Running]:
    environment = {
        "RUSTSTACK_FALLBACK_URL": emulator.url,
        "RUSTSTACK_FALLBACK_CA_BUNDLE": str(certificate.authority),
    }
    with running_fleet(tmp_path_factory.mktemp("fleet"), environment=environment) as running:
        yield running


def wait_for(emulator: StandIn, described: str) -> None:
    """Until it has been asked for that operation (its target's end, or Lambda's path)."""
    wait_until(lambda: any(asked.target.endswith(described) or described in asked.path for asked in emulator.asked))


def test_what_is_not_the_fleets_passes(fleet: Running, emulator: StandIn) -> None:
    assert fleet.client("kms").describe_key(KeyId="alias/k")["KeyMetadata"]["KeyId"] == "theirs"
    wait_for(emulator, "DescribeKey")


def test_sns_calls_lambda_and_firehose(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    sns = fleet.client("sns")
    topic = sns.create_topic(Name=unique_name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)
    attributes = {"SubscriptionRoleArn": ROLE}
    sns.subscribe(TopicArn=topic, Protocol="firehose", Endpoint=DELIVERY_STREAM, Attributes=attributes)
    sns.publish(TopicArn=topic, Message="over https")
    wait_for(emulator, "/invocations")
    wait_for(emulator, ".PutRecord")


def test_s3_calls_lambda_and_eventbridge(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    s3 = fleet.client("s3")
    s3.create_bucket(Bucket=unique_name)
    configuration = {
        "EventBridgeConfiguration": {},
        "LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:*"]}],
    }
    s3.put_bucket_notification_configuration(Bucket=unique_name, NotificationConfiguration=configuration)
    emulator.asked.clear()
    s3.put_object(Bucket=unique_name, Key="key", Body=b"x")
    wait_for(emulator, "/invocations")
    wait_for(emulator, ".PutEvents")


def test_dynamodb_writes_to_kinesis(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    dynamodb = fleet.client("dynamodb")
    dynamodb.create_table(
        TableName=unique_name,
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.enable_kinesis_streaming_destination(TableName=unique_name, StreamArn=STREAM)

    def is_active() -> bool:
        described = dynamodb.describe_kinesis_streaming_destination(TableName=unique_name)
        return bool(described["KinesisDataStreamDestinations"][0]["DestinationStatus"] == "ACTIVE")

    wait_until(is_active)
    dynamodb.put_item(TableName=unique_name, Item={"a": {"S": "1"}})
    wait_for(emulator, ".PutRecords")
