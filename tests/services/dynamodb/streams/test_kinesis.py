"""A table's changes for a Kinesis data stream: to who stands in for Kinesis, else into a sink."""

from __future__ import annotations

import base64
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Running, running_fleet
from tests.stand_in import Answer, Asked, StandIn, stand_in
from tests.waiting import wait_until

STREAM = "arn:aws:kinesis:us-east-1:111122223333:stream/changes"
SERVICES = ("--services", "dynamodb")


def answered(asked: Asked) -> Answer:
    """As Kinesis does, with every stream there."""
    if asked.target.endswith("DescribeStreamSummary"):
        return 200, {}, b'{"StreamDescriptionSummary":{"StreamStatus":"ACTIVE"}}'
    records = [{"SequenceNumber": "1", "ShardId": "s"} for _ in asked.content["Records"]]
    return 200, {}, json.dumps({"FailedRecordCount": 0, "Records": records}).encode()


@pytest.fixture(scope="module")
def emulator() -> Iterator[StandIn]:
    with stand_in(answered) as made:
        yield made


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, emulator: StandIn) -> Iterator[Running]:
    """A fleet whose Kinesis is elsewhere."""
    environment = {"RUSTSTACK_FALLBACK_URL": f"kinesis={emulator.url}"}
    with running_fleet(tmp_path_factory.mktemp("fleet"), *SERVICES, environment=environment) as running:
        yield running


@pytest.fixture(autouse=True)
def _as_it_was(emulator: StandIn) -> Iterator[None]:
    yield
    emulator.answer = answered
    emulator.asked.clear()


def streamed(fleet: Running, name: str, **given: Any) -> Any:
    """A client, with a table whose changes go to the stream."""
    dynamodb = fleet.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    enabling = dynamodb.enable_kinesis_streaming_destination(TableName=name, StreamArn=STREAM, **given)
    assert enabling["DestinationStatus"] == "ENABLING"
    wait_until(lambda: destination(dynamodb, name)["DestinationStatus"] != "ENABLING")
    return dynamodb


def destination(dynamodb: Any, name: str) -> dict[str, Any]:
    (found,) = dynamodb.describe_kinesis_streaming_destination(TableName=name)["KinesisDataStreamDestinations"]
    described: dict[str, Any] = found
    return described


def records(emulator: StandIn) -> list[dict[str, Any]]:
    """The data of everything that was put."""
    return [
        json.loads(base64.b64decode(record["Data"]))
        for asked in emulator.asked
        if asked.target.endswith("PutRecords")
        for record in asked.content["Records"]
    ]


def test_each_change_is_a_record(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    dynamodb = streamed(fleet, unique_name)
    assert destination(dynamodb, unique_name) == {"StreamArn": STREAM, "DestinationStatus": "ACTIVE"}
    key = {"a": {"S": "k"}}
    dynamodb.put_item(TableName=unique_name, Item={**key, "n": {"N": "1"}})
    dynamodb.put_item(TableName=unique_name, Item={**key, "n": {"N": "1"}})  # which changes nothing
    dynamodb.update_item(
        TableName=unique_name, Key=key, UpdateExpression="SET b = :b", ExpressionAttributeValues={":b": {"B": b"xy"}}
    )
    dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": unique_name, "Key": key}}])
    wait_until(lambda: len(records(emulator)) == 3)
    insert, modify, remove = records(emulator)
    time = insert["dynamodb"].pop("ApproximateCreationDateTime")
    assert 1.7e12 < time < 1e13
    assert insert.pop("eventID") != modify["eventID"]
    assert insert == {
        "awsRegion": "us-east-1",
        "eventName": "INSERT",
        "userIdentity": None,
        "recordFormat": "application/json",
        "tableName": unique_name,
        "dynamodb": {
            "ApproximateCreationDateTimePrecision": "MILLISECOND",
            "Keys": key,
            "NewImage": {**key, "n": {"N": "1"}},
            "SizeBytes": 7,
        },
        "eventSource": "aws:dynamodb",
    }
    assert modify["eventName"] == "MODIFY"
    assert modify["dynamodb"]["NewImage"]["b"] == {"B": "eHk="}
    assert modify["dynamodb"]["OldImage"] == {**key, "n": {"N": "1"}}
    assert (remove["eventName"], "NewImage" in remove["dynamodb"]) == ("REMOVE", False)
    puts = [asked for asked in emulator.asked if asked.target == "Kinesis_20131202.PutRecords"]
    assert {asked.scope for asked in puts} == {("111122223333", "us-east-1", "kinesis")}
    assert {asked.content["StreamName"] for asked in puts} == {"changes"}
    keys = {record["PartitionKey"] for asked in puts for record in asked.content["Records"]}
    assert len(keys) == 1  # one item's changes are one shard's


def test_finer_times_and_an_expired_item(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    configuration = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    dynamodb = streamed(fleet, unique_name, EnableKinesisStreamingConfiguration=configuration)
    dynamodb.update_time_to_live(
        TableName=unique_name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    dynamodb.put_item(TableName=unique_name, Item={"a": {"S": "k"}, "until": {"N": "1900000000"}})
    fleet.post("/_ruststack/clock?set=2030-06-01")
    try:
        wait_until(lambda: len(records(emulator)) == 2)
    finally:
        fleet.post("/_ruststack/clock?offset=0")
    put, expired = records(emulator)
    assert put["dynamodb"]["ApproximateCreationDateTime"] > 1.7e15
    assert expired["eventName"] == "REMOVE"
    assert expired["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def test_a_stream_that_is_not_there_cannot_be_enabled(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    emulator.answer = lambda asked: (400, {}, b'{"__type":"ResourceNotFoundException"}')
    dynamodb = streamed(fleet, unique_name)
    found = destination(dynamodb, unique_name)
    assert found["DestinationStatus"] == "ENABLE_FAILED"
    assert "changes under account 111122223333 not found" in found["DestinationStatusDescription"]
    emulator.answer = answered
    dynamodb.enable_kinesis_streaming_destination(TableName=unique_name, StreamArn=STREAM)
    wait_until(lambda: destination(dynamodb, unique_name)["DestinationStatus"] == "ACTIVE")


def test_a_disabled_destination_gets_nothing_more(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    dynamodb = streamed(fleet, unique_name)
    dynamodb.put_item(TableName=unique_name, Item={"a": {"S": "1"}})
    dynamodb.disable_kinesis_streaming_destination(TableName=unique_name, StreamArn=STREAM)
    dynamodb.put_item(TableName=unique_name, Item={"a": {"S": "2"}})
    dynamodb.enable_kinesis_streaming_destination(TableName=unique_name, StreamArn=STREAM)
    wait_until(lambda: destination(dynamodb, unique_name)["DestinationStatus"] == "ACTIVE")
    dynamodb.put_item(TableName=unique_name, Item={"a": {"S": "3"}})
    wait_until(lambda: len(records(emulator)) >= 2)
    assert [record["dynamodb"]["Keys"]["a"]["S"] for record in records(emulator)] == ["1", "3"]


def test_records_that_are_throttled_are_put_again(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    dynamodb = streamed(fleet, unique_name)
    failing = iter([True])

    def answer(asked: Asked) -> Answer:
        if not next(failing, False):
            return answered(asked)
        failed = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow"}
        return (
            200,
            {},
            json.dumps({"FailedRecordCount": 1, "Records": [failed] * len(asked.content["Records"])}).encode(),
        )

    emulator.answer = answer
    dynamodb.put_item(TableName=unique_name, Item={"a": {"S": "k"}})
    wait_until(lambda: len(records(emulator)) == 2)
    first, second = records(emulator)
    assert first == second


def test_a_stream_that_is_gone_gets_them_once_it_is_there(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    dynamodb = streamed(fleet, unique_name)
    gone = iter([True, True])
    emulator.answer = lambda asked: (
        (400, {}, b'{"__type":"ResourceNotFoundException"}') if next(gone, False) else answered(asked)
    )
    dynamodb.put_item(TableName=unique_name, Item={"a": {"S": "k"}})
    wait_until(lambda: len(records(emulator)) == 3)


def test_changes_outlive_its_absence_and_a_killed_service(tmp_path: Path, unique_name: str) -> None:
    emulator = StandIn(answered)
    environment = {"RUSTSTACK_FALLBACK_URL": emulator.url}
    with running_fleet(tmp_path / "fleet", *SERVICES, environment=environment) as fleet:
        emulator.open()
        dynamodb = streamed(fleet, unique_name)
        emulator.close()
        wanted = {str(number) for number in range(50)}
        for key in sorted(wanted):
            dynamodb.put_item(TableName=unique_name, Item={"a": {"S": key}})
        os.kill(fleet.service_pids()["dynamodb"], signal.SIGKILL)
        emulator.open()
        try:
            wait_until(lambda: {record["dynamodb"]["Keys"]["a"]["S"] for record in records(emulator)} == wanted)
        finally:
            emulator.close()


def test_where_nobody_stands_in_they_end_in_a_sink(own_fleet: Running, unique_name: str) -> None:
    dynamodb = streamed(own_fleet, unique_name)
    dynamodb.put_item(TableName=unique_name, Item={"a": {"S": "k"}})
    (record,) = own_fleet.get(f"/_aws/dynamodb/kinesis-records?recipient={STREAM}")["kinesis_records"][STREAM]
    assert record["dynamodb"]["NewImage"] == {"a": {"S": "k"}}
    own_fleet.post("/_ruststack/reset?service=dynamodb")
    assert own_fleet.get(f"/_aws/dynamodb/kinesis-records?recipient={STREAM}")["kinesis_records"][STREAM] == []
