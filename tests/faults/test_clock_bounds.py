"""The clock at both its ends: every service goes on as usual, and comes back."""

from __future__ import annotations

import urllib.error
from collections.abc import Callable
from typing import Any

import pytest

from tests.processes import Running


@pytest.fixture
def clients(own_fleet: Running) -> Callable[[str], Any]:
    return own_fleet.client


@pytest.mark.parametrize("moment", ["2199-12-31T12:00:00Z", "2000-01-01T00:00:00Z"])
def test_everything_works_at_the_clocks_ends(own_fleet: Running, moment: str) -> None:
    own_fleet.post(f"/_ruststack/clock?set={moment}")
    go_round(own_fleet, "there")
    own_fleet.post("/_ruststack/clock?offset=0")
    go_round(own_fleet, "back")
    assert "Traceback" not in own_fleet.log.read_text()


def test_it_does_not_go_further(own_fleet: Running) -> None:
    for move in ("advance=2.6e11", "advance=1e300", "set=2200-01-02", "set=1999-12-31", "offset=-1e10"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            own_fleet.post(f"/_ruststack/clock?{move}")
        assert refused.value.code == 400
        refused.value.close()
    assert own_fleet.get("/_ruststack/clock")["offset"] == 0


def go_round(fleet: Running, name: str) -> None:
    """A bit of everything that has to do with time."""
    sqs, sns, s3, dynamodb = (fleet.client(service) for service in ("sqs", "sns", "s3", "dynamodb"))
    queue = sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name=f"{name}.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="a", MessageGroupId="g", MessageDeduplicationId="d")
    received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    assert len(received) == 1
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=received[0]["ReceiptHandle"])
    _go_round_s3(s3, name)
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    dynamodb.put_item(TableName=name, Item={"k": {"S": "a"}, "expires": {"N": "99999999999"}})
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    dynamodb.create_backup(TableName=name, BackupName=name)
    assert dynamodb.get_item(TableName=name, Key={"k": {"S": "a"}})["Item"]


def _go_round_s3(s3: Any, name: str) -> None:
    s3.create_bucket(Bucket=f"bucket-{name}", ObjectLockEnabledForBucket=True)
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 36_500}}
    s3.put_bucket_lifecycle_configuration(Bucket=f"bucket-{name}", LifecycleConfiguration={"Rules": [rule]})
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Years": 100}}}
    s3.put_object_lock_configuration(Bucket=f"bucket-{name}", ObjectLockConfiguration=lock)
    s3.put_object(Bucket=f"bucket-{name}", Key="key", Body=b"x" * 100_000)
    assert "Expiration" in s3.head_object(Bucket=f"bucket-{name}", Key="key")
    s3.create_multipart_upload(Bucket=f"bucket-{name}", Key="parts")
    assert s3.list_objects_v2(Bucket=f"bucket-{name}")["KeyCount"] == 1
