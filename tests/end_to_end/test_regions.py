"""An application of two regions on a fleet that asks who asks: tables, buckets, topics and queues across them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.access import OTHER, OWNER, Callers, access_environment
from tests.processes import Running, running_fleet
from tests.services.s3.conftest import read, refusal
from tests.waiting import wait_until

HOME, AWAY = "us-east-1", "eu-west-1"


@pytest.fixture(scope="module")
def enforcing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("regions")
    environment = access_environment(folder)
    with running_fleet(folder, "--replicas", "dynamodb=2", environment=environment) as fleet:
        yield fleet


def client(fleet: Running, service: str, region: str, key: str = "AKIAADMIN", secret: str = "admin") -> Any:
    return Callers(fleet.url, service).client(key, secret, region_name=region)


def test_a_global_table(enforcing: Running) -> None:
    home, away = (client(enforcing, "dynamodb", region) for region in (HOME, AWAY))
    home.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    home.update_table(TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": AWAY}}])
    away.get_waiter("table_exists").wait(TableName="orders", WaiterConfig={"Delay": 1})
    for number in range(20):
        (home, away)[number % 2].put_item(TableName="orders", Item={"id": {"S": str(number)}})
    wait_until(lambda: home.scan(TableName="orders")["Count"] == away.scan(TableName="orders")["Count"] == 20)
    denied = client(enforcing, "dynamodb", AWAY, "AKIADENIED", "denied")
    code = refusal(denied.put_item, TableName="orders", Item={"id": {"S": "x"}})
    assert code == (400, "AccessDeniedException")


def test_a_bucket_is_replicated_to_another_region(enforcing: Running) -> None:
    home, away = (client(enforcing, "s3", region) for region in (HOME, AWAY))
    home.create_bucket(Bucket="from-home")
    away.create_bucket(Bucket="to-away", CreateBucketConfiguration={"LocationConstraint": AWAY})
    for each, bucket in ((home, "from-home"), (away, "to-away")):
        each.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": "arn:aws:s3:::to-away"},
    }
    role = f"arn:aws:iam::{OWNER}:role/deploy"
    home.put_bucket_replication(Bucket="from-home", ReplicationConfiguration={"Role": role, "Rules": [rule]})
    home.put_object(Bucket="from-home", Key="key", Body=b"x")
    wait_until(lambda: away.list_objects_v2(Bucket="to-away")["KeyCount"] == 1)
    assert away.head_object(Bucket="to-away", Key="key")["ReplicationStatus"] == "REPLICA"
    assert read(home, "to-away", "key") == b"x"  # boto3 is told the region, and asks again
    denied = client(enforcing, "s3", HOME, "AKIADENIED", "denied")
    assert refusal(denied.get_object, Bucket="to-away", Key="key")[1] in {"AccessDenied", "403"}


def test_an_access_point_is_in_its_buckets_region(enforcing: Running) -> None:
    away, control = client(enforcing, "s3", AWAY), client(enforcing, "s3control", AWAY)
    away.create_bucket(Bucket="pointed-at", CreateBucketConfiguration={"LocationConstraint": AWAY})
    arn = control.create_access_point(AccountId=OWNER, Name="point", Bucket="pointed-at")["AccessPointArn"]
    assert arn == f"arn:aws:s3:{AWAY}:{OWNER}:accesspoint/point"
    alias = control.get_access_point(AccountId=OWNER, Name="point")["Alias"]
    away.put_object(Bucket=alias, Key="key", Body=b"y")
    assert read(away, alias, "key") == b"y"


def test_a_topic_sends_to_queues_of_another_region_and_account(enforcing: Running) -> None:
    topics = client(enforcing, "sns", HOME)
    topic = topics.create_topic(Name="news")["TopicArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    others = client(enforcing, "sqs", HOME, "AKIAOTHER", "other")
    queues = [(client(enforcing, "sqs", AWAY), AWAY, OWNER), (others, HOME, OTHER)]
    urls = [queue.create_queue(QueueName="news", Attributes={"Policy": policy})["QueueUrl"] for queue, *_ in queues]
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{AWAY}:{OWNER}:news")
    subscriber = client(enforcing, "sns", HOME, "AKIAOTHER", "other")
    topics.add_permission(TopicArn=topic, Label="other", AWSAccountId=[OTHER], ActionName=["Subscribe"])
    subscriber.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{HOME}:{OTHER}:news")
    topics.publish(TopicArn=topic, Message="hello")
    for (queue, *_), url in zip(queues, urls, strict=True):
        (message,) = queue.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
        assert json.loads(message["Body"])["Message"] == "hello"


def test_a_bucket_tells_a_queue_of_another_account(enforcing: Running) -> None:
    bucket, queues = client(enforcing, "s3", HOME), client(enforcing, "sqs", HOME, "AKIAOTHER", "other")
    bucket.create_bucket(Bucket="tells")
    queue, arn = queues.create_queue(QueueName="told")["QueueUrl"], f"arn:aws:sqs:{HOME}:{OTHER}:told"
    told = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    given = {"Bucket": "tells", "NotificationConfiguration": told}
    assert refusal(bucket.put_bucket_notification_configuration, **given) == (400, "InvalidArgument")
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {
            "StringEquals": {"aws:SourceAccount": OWNER},
            "ArnEquals": {"aws:SourceArn": "arn:aws:s3:::tells"},
        },
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    queues.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    bucket.put_bucket_notification_configuration(**given)
    bucket.put_object(Bucket="tells", Key="key", Body=b"x")
    bodies: list[str] = []

    def both() -> bool:
        received = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10)
        bodies.extend(message["Body"] for message in received.get("Messages", []))
        return len(bodies) == 2

    wait_until(both)
    assert {"s3:TestEvent" in body for body in bodies} == {True, False}
