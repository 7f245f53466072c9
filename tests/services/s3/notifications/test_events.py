"""Events, as queues and topics get them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import pytest
from botocore.exceptions import ClientError

from tests.processes import Running, running_fleet
from tests.services.s3.conftest import refusal

ACCOUNT = "000000000000"


@pytest.fixture(scope="module")
def events_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_fleet(tmp_path_factory.mktemp("events"), "--services", "s3,sqs,sns") as running:
        yield running


class Watcher:
    """A queue that a bucket's events go to."""

    def __init__(self, fleet: Running, name: str) -> None:
        self.s3 = fleet.client("s3")
        self.sqs = fleet.client("sqs")
        self.sns = fleet.client("sns")
        self.bucket = name
        self.s3.create_bucket(Bucket=name)
        self.url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"

    def configure(self, *events: str, rules: tuple[tuple[str, str], ...] = (), **given: Any) -> None:
        entry: dict[str, Any] = {"Id": "watch", "QueueArn": self.arn, "Events": list(events)}
        if rules:
            entry["Filter"] = {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in rules]}}
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={"QueueConfigurations": [entry]}, **given
        )

    def take(self, count: int) -> list[dict[str, Any]]:
        """The next `count` messages."""
        found: list[dict[str, Any]] = []
        until = time.monotonic() + 10
        while len(found) < count and time.monotonic() < until:
            answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                found.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def events(self, count: int) -> list[tuple[str, str]]:
        records = [message["Records"][0] for message in self.take(count)]
        return sorted((record["eventName"], unquote_plus(record["s3"]["object"]["key"])) for record in records)


@pytest.fixture
def watcher(events_fleet: Running, unique_name: str) -> Watcher:
    return Watcher(events_fleet, unique_name)


def test_a_test_event_then_what_happens(watcher: Watcher) -> None:
    s3, bucket = watcher.s3, watcher.bucket
    watcher.configure("s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*")
    assert watcher.take(1)[0]["Event"] == "s3:TestEvent"
    s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"four")
    record = watcher.take(1)[0]["Records"][0]
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["awsRegion"] == "us-east-1"
    described = record["s3"]
    assert (described["configurationId"], described["bucket"]["name"]) == ("watch", bucket)
    assert described["object"]["key"] == "a+b/%C3%BC"
    assert described["object"]["size"] == 4
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a b/ü"})
    s3.put_object_tagging(Bucket=bucket, Key="copy", Tagging={"TagSet": []})
    s3.delete_object_tagging(Bucket=bucket, Key="copy")
    s3.delete_object(Bucket=bucket, Key="copy")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a b/ü"}]})
    assert watcher.events(5) == [
        ("ObjectCreated:Copy", "copy"),
        ("ObjectRemoved:Delete", "a b/ü"),
        ("ObjectRemoved:Delete", "copy"),
        ("ObjectTagging:Delete", "copy"),
        ("ObjectTagging:Put", "copy"),
    ]


def test_filters_and_kinds(watcher: Watcher) -> None:
    s3, bucket = watcher.s3, watcher.bucket
    watcher.configure(
        "s3:ObjectCreated:Put", rules=(("prefix", "in/"), ("suffix", ".jpg")), SkipDestinationValidation=True
    )
    for key in ("in/1.jpg", "in/1.png", "out/1.jpg"):
        s3.put_object(Bucket=bucket, Key=key)
    s3.copy_object(Bucket=bucket, Key="in/2.jpg", CopySource=f"{bucket}/in/1.jpg")
    s3.put_object(Bucket=bucket, Key="in/3.jpg")
    assert watcher.events(2) == [("ObjectCreated:Put", "in/1.jpg"), ("ObjectCreated:Put", "in/3.jpg")]


@pytest.mark.parametrize(
    ("rule", "wanted", "unwanted"),
    [
        (("prefix", "my+folder/"), "my folder/a", "my+folder/a"),
        (("prefix", "my%20folder%2F"), "my folder/a", "my%20folder/a"),
        (("prefix", "v%3D1/"), "v=1/a", "v%3D1/a"),
        (("prefix", "%c3%A9/"), "é/a", "%c3%A9/a"),
        (("suffix", "%2B1.(jpg)"), "a+1.(jpg)", "a 1.(jpg)"),
    ],
)
def test_filters_are_url_encoded(watcher: Watcher, rule: tuple[str, str], wanted: str, unwanted: str) -> None:
    watcher.configure("s3:ObjectCreated:Put", rules=(rule,), SkipDestinationValidation=True)
    for key in (unwanted, wanted):
        watcher.s3.put_object(Bucket=watcher.bucket, Key=key)
    assert watcher.events(1) == [("ObjectCreated:Put", wanted)]


@pytest.mark.parametrize("prefix", ["v=1/", "my folder/", "é/", "100%/", "%zz/"])
def test_a_filter_with_a_bare_special_character_fits_no_key(watcher: Watcher, prefix: str) -> None:
    s3, bucket = watcher.s3, watcher.bucket
    watcher.configure("s3:ObjectCreated:Put", rules=(("prefix", prefix),), SkipDestinationValidation=True)
    s3.put_object(Bucket=bucket, Key=f"{prefix}a")
    watcher.configure("s3:ObjectRemoved:*", SkipDestinationValidation=True)
    s3.delete_object(Bucket=bucket, Key=f"{prefix}a")
    assert watcher.events(1) == [("ObjectRemoved:Delete", f"{prefix}a")]
    shown = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert "Filter" not in shown["QueueConfigurations"][0]


def test_delete_markers_and_versions(watcher: Watcher) -> None:
    s3, bucket = watcher.s3, watcher.bucket
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    watcher.configure("s3:ObjectRemoved:*", SkipDestinationValidation=True)
    version = s3.put_object(Bucket=bucket, Key="key")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="key")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="key", VersionId=version)
    records = {message["Records"][0]["eventName"]: message["Records"][0]["s3"]["object"] for message in watcher.take(2)}
    assert records["ObjectRemoved:DeleteMarkerCreated"]["versionId"] == marker
    assert records["ObjectRemoved:Delete"]["versionId"] == version


def test_topics_pass_events_on(watcher: Watcher) -> None:
    s3, bucket = watcher.s3, watcher.bucket
    topic = watcher.sns.create_topic(Name=bucket)["TopicArn"]
    watcher.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=watcher.arn)
    configuration = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    assert json.loads(watcher.take(1)[0]["Message"])["Event"] == "s3:TestEvent"
    s3.put_object(Bucket=bucket, Key="key")
    message = watcher.take(1)[0]
    assert message["Subject"] == "Amazon S3 Notification"
    assert json.loads(message["Message"])["Records"][0]["s3"]["object"]["key"] == "key"


def test_configurations_that_are_refused(watcher: Watcher) -> None:
    def put(**entry: Any) -> tuple[int, str]:
        given = {"QueueArn": watcher.arn, "Events": ["s3:ObjectCreated:*"], **entry}
        return refusal(
            watcher.s3.put_bucket_notification_configuration,
            Bucket=watcher.bucket,
            NotificationConfiguration={"QueueConfigurations": [given]},
        )

    assert put(QueueArn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:none-such") == (400, "InvalidArgument")
    assert put(QueueArn="nonsense") == (400, "InvalidArgument")
    assert put(QueueArn=f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{watcher.bucket}") == (400, "InvalidArgument")
    assert put(Events=["s3:Nothing"]) == (400, "InvalidArgument")
    twice = [{"Name": "prefix", "Value": "a"}, {"Name": "prefix", "Value": "b"}]
    assert put(Filter={"Key": {"FilterRules": twice}}) == (400, "InvalidArgument")
    answer = watcher.s3.get_bucket_notification_configuration(Bucket=watcher.bucket)
    assert "QueueConfigurations" not in answer


def test_events_wait_for_a_queue_service_that_is_down(watcher: Watcher, events_fleet: Running) -> None:
    import os
    import signal

    watcher.configure("s3:ObjectCreated:*", SkipDestinationValidation=True)
    os.kill(events_fleet.service_pids()["sqs"], signal.SIGKILL)
    watcher.s3.put_object(Bucket=watcher.bucket, Key="key")
    until = time.monotonic() + 15
    while time.monotonic() < until:
        try:
            watcher.sqs.list_queues()
            break
        except Exception:
            time.sleep(0.1)
    assert watcher.events(1) == [("ObjectCreated:Put", "key")]


def test_every_destination_that_does_not_answer_is_named(watcher: Watcher) -> None:
    arns = [f"arn:aws:sqs:us-east-1:{ACCOUNT}:none", f"arn:aws:sqs:us-west-2:{ACCOUNT}:abroad"]
    entries = [
        {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": [rule]}}}
        for arn, rule in zip(arns, ({"Name": "prefix", "Value": "a"}, {"Name": "prefix", "Value": "b"}), strict=True)
    ]
    with pytest.raises(ClientError) as caught:
        watcher.s3.put_bucket_notification_configuration(
            Bucket=watcher.bucket, NotificationConfiguration={"QueueConfigurations": entries}
        )
    assert caught.value.response["Error"] == {
        "Code": "InvalidArgument",
        "Message": "Unable to validate the following destination configurations",
        "ArgumentName1": arns[0],
        "ArgumentValue1": "The destination queue does not exist",
        "ArgumentName2": arns[1],
        "ArgumentValue2": "The notification destination service region is not valid for the bucket location constraint",
    }


def test_filter_rules_are_shown_with_a_capital(watcher: Watcher) -> None:
    watcher.configure("s3:ObjectCreated:*", rules=(("prefix", "a"), ("SUFFIX", "b")))
    kept = watcher.s3.get_bucket_notification_configuration(Bucket=watcher.bucket)["QueueConfigurations"][0]
    assert [rule["Name"] for rule in kept["Filter"]["Key"]["FilterRules"]] == ["Prefix", "Suffix"]
    without_value = {"Key": {"FilterRules": [{"Name": "prefix"}]}}
    entry = {"QueueArn": watcher.arn, "Events": ["s3:ObjectCreated:*"], "Filter": without_value}
    refused = refusal(
        watcher.s3.put_bucket_notification_configuration,
        Bucket=watcher.bucket,
        NotificationConfiguration={"QueueConfigurations": [entry]},
    )
    assert refused == (400, "MalformedXML")


def test_records_of_tags_and_of_restored_objects(watcher: Watcher) -> None:
    s3, bucket = watcher.s3, watcher.bucket
    watcher.configure("s3:ObjectTagging:*", "s3:ObjectRestore:Completed", SkipDestinationValidation=True)
    s3.put_object(Bucket=bucket, Key="key", StorageClass="GLACIER")
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging={"TagSet": []})
    s3.restore_object(Bucket=bucket, Key="key", RestoreRequest={"Days": 1})
    records = {record["eventName"]: record for message in watcher.take(2) for record in message["Records"]}
    tagged, restored = records["ObjectTagging:Put"], records["ObjectRestore:Completed"]
    assert (tagged["eventVersion"], set(tagged["s3"]["object"])) == ("2.3", {"key", "eTag"})
    assert restored["eventVersion"] == "2.1"
    assert restored["glacierEventData"]["restoreEventData"]["lifecycleRestoreStorageClass"] == "GLACIER"
