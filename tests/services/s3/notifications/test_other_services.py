"""Events for Lambda and EventBridge: to who stands in for them, else into a sink."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import Running, running_fleet
from tests.stand_in import Answer, Asked, StandIn, accepted, stand_in
from tests.waiting import wait_until

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:worker"
BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"


def answered(asked: Asked) -> Answer:
    """As Lambda and EventBridge do."""
    if asked.target != "AWSEvents.PutEvents":
        return (204 if asked.headers["x-amz-invocation-type"] == "DryRun" else 202), {}, b""
    entries = [{"EventId": str(number)} for number, _ in enumerate(asked.content["Entries"])]
    return 200, {}, json.dumps({"FailedEntryCount": 0, "Entries": entries}).encode()


@pytest.fixture(scope="module")
def emulator() -> Iterator[StandIn]:
    with stand_in(answered) as made:
        yield made


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, emulator: StandIn) -> Iterator[Running]:
    """A fleet whose Lambda and EventBridge are elsewhere."""
    environment = {"RUSTSTACK_FALLBACK_URL": f"lambda={emulator.url},events={emulator.url}"}
    with running_fleet(tmp_path_factory.mktemp("fleet"), "--services", "s3", environment=environment) as running:
        yield running


@pytest.fixture(autouse=True)
def _as_it_was(emulator: StandIn) -> Iterator[None]:
    yield
    emulator.answer = answered
    emulator.asked.clear()


def configured(fleet: Running, name: str, *, function: str | None = None, bridge: bool = False) -> Any:
    """A client, with a bucket whose events go there."""
    s3 = fleet.client("s3")
    s3.create_bucket(Bucket=name)
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {}} if bridge else {}
    if function is not None:
        entry = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
        configuration["LambdaFunctionConfigurations"] = [entry]
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=configuration)
    return s3


def told(emulator: StandIn) -> list[dict[str, Any]]:
    """The entries of PutEvents, their details read."""
    entries = [entry for asked in emulator.asked if asked.target for entry in asked.content["Entries"]]
    return [{**entry, "Detail": json.loads(entry["Detail"])} for entry in entries]


def invoked(emulator: StandIn) -> list[Asked]:
    return [asked for asked in emulator.asked if asked.headers.get("x-amz-invocation-type") == "Event"]


def test_a_function_is_invoked_with_the_record(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    s3 = configured(fleet, unique_name, function=FUNCTION)
    assert [asked.headers["x-amz-invocation-type"] for asked in emulator.asked] == ["DryRun"]
    s3.put_object(Bucket=unique_name, Key="a b", Body=b"four")
    wait_until(lambda: bool(invoked(emulator)))
    (asked,) = invoked(emulator)
    assert asked.path == "/2015-03-31/functions/worker/invocations"
    assert asked.scope == ("111122223333", "us-east-1", "lambda")
    (record,) = asked.content["Records"]
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Put", "a+b")
    assert record["s3"]["bucket"]["name"] == unique_name


def test_a_function_that_does_not_exist_is_refused(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    emulator.answer = accepted(404, b"{}", **{"x-amzn-ErrorType": "ResourceNotFoundException:http://x/"})
    s3 = fleet.client("s3")
    s3.create_bucket(Bucket=unique_name)
    entry = {"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:*"]}
    given = {"Bucket": unique_name, "NotificationConfiguration": {"LambdaFunctionConfigurations": [entry]}}
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_notification_configuration(**given)
    error = caught.value.response["Error"]
    assert (error["Code"], error["ArgumentValue1"]) == (
        "InvalidArgument",
        "The destination Lambda function does not exist",
    )
    s3.put_bucket_notification_configuration(**given, SkipDestinationValidation=True)


def test_event_bridge_is_told_everything(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    s3 = configured(fleet, unique_name, bridge=True)
    s3.put_bucket_versioning(Bucket=unique_name, VersioningConfiguration={"Status": "Enabled"})
    put = s3.put_object(Bucket=unique_name, Key="a b/ü", Body=b"four")
    s3.put_object_tagging(Bucket=unique_name, Key="a b/ü", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.delete_object_tagging(Bucket=unique_name, Key="a b/ü")
    s3.copy_object(Bucket=unique_name, Key="copy", CopySource={"Bucket": unique_name, "Key": "a b/ü"})
    s3.delete_bucket_ownership_controls(Bucket=unique_name)
    s3.put_object_acl(Bucket=unique_name, Key="copy", ACL="private")
    s3.delete_object(Bucket=unique_name, Key="copy")
    s3.delete_object(Bucket=unique_name, Key="a b/ü", VersionId=put["VersionId"])
    wait_until(lambda: len(told(emulator)) == 7)
    entries = told(emulator)
    assert {asked.scope for asked in emulator.asked} == {("000000000000", "us-east-1", "events")}
    kinds = [(entry["DetailType"], entry["Detail"].get("reason")) for entry in entries]
    assert kinds == [
        ("Object Created", "PutObject"),
        ("Object Tags Added", None),
        ("Object Tags Deleted", None),
        ("Object Created", "CopyObject"),
        ("Object ACL Updated", None),
        ("Object Deleted", "DeleteObject"),
        ("Object Deleted", "DeleteObject"),
    ]
    deletions = [entry["Detail"]["deletion-type"] for entry in entries[-2:]]
    assert deletions == ["Delete Marker Created", "Permanently Deleted"]
    created = entries[0]
    assert (created["Source"], created["Resources"]) == ("aws.s3", [f"arn:aws:s3:::{unique_name}"])
    detail = created["Detail"]
    assert detail["object"].pop("sequencer")
    assert detail == {
        "version": "0",
        "bucket": {"name": unique_name},
        "object": {"key": "a b/ü", "size": 4, "etag": put["ETag"].strip('"'), "version-id": put["VersionId"]},
        "request-id": put["ResponseMetadata"]["RequestId"],
        "requester": "000000000000",
        "source-ip-address": "127.0.0.1",
        "reason": "PutObject",
    }


def test_a_restored_object_and_an_expired_one(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    s3 = configured(fleet, unique_name, bridge=True)
    s3.put_object(Bucket=unique_name, Key="k", Body=b"x", StorageClass="GLACIER")
    s3.restore_object(Bucket=unique_name, Key="k", RestoreRequest={"Days": 1})
    wait_until(lambda: len(told(emulator)) == 3)
    _, initiated, completed = told(emulator)
    assert (initiated["DetailType"], completed["DetailType"]) == (
        "Object Restore Initiated",
        "Object Restore Completed",
    )
    assert completed["Detail"]["requester"] == "s3.amazonaws.com"
    assert completed["Detail"]["source-storage-class"] == "GLACIER"
    assert completed["Detail"]["restore-expiry-time"].endswith("Z")


def test_what_of_a_batch_has_failed_is_told_again(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    failing = iter([True])

    def answer(asked: Asked) -> Answer:
        failed = next(failing, False)
        entry = {"ErrorCode": "InternalFailure", "ErrorMessage": "later"} if failed else {"EventId": "1"}
        entries = [entry] * len(asked.content["Entries"])
        return 200, {}, json.dumps({"FailedEntryCount": int(failed), "Entries": entries}).encode()

    emulator.answer = answer
    s3 = configured(fleet, unique_name, bridge=True)
    s3.put_object(Bucket=unique_name, Key="k", Body=b"x")
    wait_until(lambda: len(told(emulator)) == 2)
    first, second = told(emulator)
    assert first == second


def test_who_takes_an_aws_source_from_nobody_gets_another(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    def answer(asked: Asked) -> Answer:
        refused = {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
        entries = [
            refused if entry["Source"].startswith("aws.") else {"EventId": "1"} for entry in asked.content["Entries"]
        ]
        return 200, {}, json.dumps({"FailedEntryCount": 0, "Entries": entries}).encode()

    emulator.answer = answer
    s3 = configured(fleet, unique_name, bridge=True)
    s3.put_object(Bucket=unique_name, Key="k", Body=b"x")
    wait_until(lambda: [entry["Source"] for entry in told(emulator)] == ["aws.s3", "ruststack.s3"])


def test_a_function_that_is_gone_is_tried_again(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    """It may come back with the script that makes what an emulator has forgotten."""
    s3 = configured(fleet, unique_name, function=FUNCTION)
    gone = iter([404, 404])
    headers = {"x-amzn-ErrorType": "ResourceNotFoundException"}
    emulator.answer = lambda asked: (next(gone, 202), headers, b"{}")
    s3.put_object(Bucket=unique_name, Key="k", Body=b"x")
    wait_until(lambda: len(invoked(emulator)) == 3)


def test_an_event_is_given_up_after_a_day_of_tries_and_its_way_says_so(
    fleet: Running, emulator: StandIn, unique_name: str
) -> None:
    s3 = configured(fleet, unique_name, bridge=True)
    emulator.answer = lambda asked: (500, {}, b"{}")
    put = s3.put_object(Bucket=unique_name, Key="k", Body=b"x")
    way = f"/_ruststack/trace/{put['ResponseMetadata']['RequestId']}"

    def is_given_up() -> bool:
        found = fleet.get(way)["trace"]
        return any(event["what"] == "event" and event["text"].startswith("given up") for event in found)

    def set_tries(before: int, count: int) -> None:
        """As if it had been tried so often, which takes a second each, once the service has counted the last one."""

        def update() -> bool:
            with closing(sqlite3.connect(fleet.data_dir / "s3.db", timeout=60)) as database, database:
                text = "UPDATE outbox SET attempts = ? WHERE attempts > ?"
                return database.execute(text, (count, before)).rowcount == 1

        wait_until(update)

    def try_once() -> None:
        tries = len(emulator.asked)
        fleet.advance_clock(3600)
        wait_until(lambda: len(emulator.asked) > tries)

    wait_until(lambda: bool(emulator.asked))
    try:
        set_tries(0, 200)
        try_once()
        set_tries(200, 100)
        fleet.advance_clock(2 * 86_400)
        try_once()
        assert not is_given_up()  # a day or 185 tries alone are not enough
        set_tries(100, 184)
        try_once()
        wait_until(is_given_up)
    finally:
        fleet.post("/_ruststack/clock?offset=0")


def test_events_outlive_its_absence_and_a_killed_service(tmp_path: Path, unique_name: str) -> None:
    emulator = StandIn(answered)
    environment = {"RUSTSTACK_FALLBACK_URL": emulator.url}
    with running_fleet(tmp_path / "fleet", "--services", "s3", environment=environment) as fleet:
        emulator.open()
        s3 = configured(fleet, unique_name, function=FUNCTION, bridge=True)
        emulator.close()
        wanted = {f"key-{number}" for number in range(20)}
        for key in sorted(wanted):
            s3.put_object(Bucket=unique_name, Key=key, Body=b"x")
        os.kill(fleet.service_pids()["s3"], signal.SIGKILL)
        emulator.open()
        try:
            wait_until(lambda: {entry["Detail"]["object"]["key"] for entry in told(emulator)} == wanted)
            wait_until(
                lambda: {asked.content["Records"][0]["s3"]["object"]["key"] for asked in invoked(emulator)} == wanted
            )
        finally:
            emulator.close()


def test_where_nobody_stands_in_they_end_in_sinks(own_fleet: Running, unique_name: str) -> None:
    s3 = configured(own_fleet, unique_name, function=FUNCTION, bridge=True)
    s3.put_object(Bucket=unique_name, Key="k", Body=b"x")
    shown = own_fleet.get(f"/_aws/s3/lambda-events?recipient={FUNCTION}")
    assert shown["region"] == "us-east-1"
    (event,) = shown["lambda_events"][FUNCTION]
    assert event["Records"][0]["s3"]["object"]["key"] == "k"
    (entry,) = own_fleet.get("/_aws/s3/eventbridge-events")["eventbridge_events"][BUS]
    assert (entry["DetailType"], json.loads(entry["Detail"])["object"]["key"]) == ("Object Created", "k")
    own_fleet.post("/_ruststack/reset?service=s3")
    assert own_fleet.get("/_aws/s3/eventbridge-events")["eventbridge_events"] == {}
