"""What a fleet takes of a machine's memory: each process by itself, and all of them together."""

from __future__ import annotations

import sys

import psutil
import pytest

from tests.processes import Running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a process's share of memory is Linux's to tell")

MEGABYTE = 1 << 20
MOST = 50
OTHER_MACHINES = 2  # what Pythons and kernels differ by
ROUNDS = 60


def resident(fleet: Running) -> dict[str, float]:
    """Megabytes of each process, the fleet's own among them."""
    processes = [psutil.Process(fleet.pid), *psutil.Process(fleet.pid).children()]
    return {f"{process.name()} {process.pid}": process.memory_info().rss / MEGABYTE for process in processes}


def use(fleet: Running) -> None:
    """Some hundred requests of the kinds that an application makes all day."""
    s3, dynamodb, sqs, sns = (fleet.client(name) for name in ("s3", "dynamodb", "sqs", "sns"))
    s3.create_bucket(Bucket="everyday")
    queue = sqs.create_queue(QueueName="everyday")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="everyday")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    dynamodb.create_table(
        TableName="everyday",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(ROUNDS):
        s3.put_object(Bucket="everyday", Key=f"key-{number}", Body=b"x" * 4096)
        assert len(s3.get_object(Bucket="everyday", Key=f"key-{number}")["Body"].read()) == 4096
        key = {"id": {"S": str(number)}}
        dynamodb.put_item(TableName="everyday", Item={**key, "text": {"S": "x" * 1000}})
        dynamodb.update_item(
            TableName="everyday",
            Key=key,
            UpdateExpression="SET seen = if_not_exists(seen, :none) + :one",
            ExpressionAttributeValues={":none": {"N": "0"}, ":one": {"N": "1"}},
        )
        sns.publish(TopicArn=topic, Message="x" * 300)
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert s3.list_objects_v2(Bucket="everyday")["KeyCount"] == ROUNDS
    assert dynamodb.scan(TableName="everyday", Select="COUNT")["Count"] == ROUNDS


def test_each_process_is_below_50_mb_in_everyday_use(own_fleet: Running) -> None:
    assert {name: size for name, size in resident(own_fleet).items() if size >= MOST} == {}, "idle"
    use(own_fleet)
    assert {name: size for name, size in resident(own_fleet).items() if size >= MOST + OTHER_MACHINES} == {}, "used"
