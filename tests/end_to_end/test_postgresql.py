"""The fleet on PostgreSQL: every service with a database of its own there, and two replicas of one service on one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.postgresql import PostgresqlServer
from tests.processes import Running, running_fleet, running_service


@pytest.fixture
def clients() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def client(clients: ExitStack, fleet: Running, service: str) -> Any:
    made = fleet.client(service)
    clients.callback(made.close)
    return made


def test_every_service_keeps_its_state_in_postgresql(
    tmp_path: Path, postgresql_server: PostgresqlServer, clients: ExitStack
) -> None:
    with ExitStack() as databases:
        names = {
            name: databases.enter_context(postgresql_server.database()) for name in ("s3", "dynamodb", "sqs", "sns")
        }
        urls = {f"RUSTSTACK_{name.upper()}_DATABASE_URL": postgresql_server.url(names[name]) for name in names}
        with running_fleet(tmp_path, environment=urls) as fleet:
            s3, dynamodb, sqs, sns = (client(clients, fleet, name) for name in names)
            s3.create_bucket(Bucket="bucket")
            s3.put_object(Bucket="bucket", Key="small", Body=b"small")
            s3.put_object(Bucket="bucket", Key="large", Body=b"large" * 200_000)
            dynamodb.create_table(
                TableName="table",
                KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
            dynamodb.put_item(TableName="table", Item={"Id": {"S": "one"}})
            url = sqs.create_queue(QueueName="queue")["QueueUrl"]
            topic = sns.create_topic(Name="topic")["TopicArn"]
            queue = "arn:aws:sqs:us-east-1:000000000000:queue"
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
            sns.publish(TopicArn=topic, Message="over the restart")

            fleet.restart()

            assert s3.get_object(Bucket="bucket", Key="small")["Body"].read() == b"small"
            assert s3.get_object(Bucket="bucket", Key="large")["Body"].read() == b"large" * 200_000
            assert dynamodb.scan(TableName="table")["Items"] == [{"Id": {"S": "one"}}]
            received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
            assert [message["Body"] for message in received] == ["over the restart"]
            assert not list(fleet.data_dir.glob("*.db"))


def test_two_replicas_of_sqs_share_their_queues(tmp_path: Path, postgresql_url: str, clients: ExitStack) -> None:
    with ExitStack() as processes:
        environment = {"RUSTSTACK_SQS_DATABASE_URL": postgresql_url}
        replicas = [
            processes.enter_context(running_service("sqs", tmp_path / name, environment=environment))
            for name in ("one", "two")
        ]
        addresses = {"RUSTSTACK_SQS_URL": ",".join(replica.url for replica in replicas)}
        fleet = processes.enter_context(running_fleet(tmp_path / "fleet", environment=addresses))
        sqs = client(clients, fleet, "sqs")
        url = sqs.create_queue(QueueName="queue")["QueueUrl"]
        for number in range(60):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
        received: list[str] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
            received += [message["Body"] for message in messages]
        assert sorted(received, key=int) == [str(number) for number in range(60)]
        # One of them goes: the other one takes all of the requests.
        replicas[0].stop()
        for number in range(10):
            sqs.send_message(QueueUrl=url, MessageBody=f"again {number}")
