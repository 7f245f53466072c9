"""OpenTelemetry's spans of a running fleet, as a collector gets them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import Running, running_fleet
from tests.ruststack.telemetry.receiver import ReceivedSpan, Receiver, receiving
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(300)
_SERVER, _INTERNAL = 2, 1


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Receiver]]:
    """A fleet that sends its spans to a receiver."""
    with receiving() as receiver:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        with running_fleet(tmp_path_factory.mktemp("traced"), environment=environment) as running:
            yield running, receiver


def with_trace(client: Any, service: str, header: str) -> None:
    """Have each of its requests carry the header."""

    def add(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header

    client.meta.events.register(f"before-send.{service}", add)


def chain(spans: list[ReceivedSpan], last: ReceivedSpan) -> list[str]:
    """The names from the span without a parent here to `last`."""
    by_id = {span.span_id: span for span in spans}
    names = []
    current: ReceivedSpan | None = last
    while current is not None:
        names.append(current.name)
        current = by_id.get(current.parent_id)
    return names[::-1]


def test_a_clients_trace_runs_from_s3_to_the_delete(traced: tuple[Running, Receiver], account_id: str) -> None:
    fleet, receiver = traced
    s3, sns, sqs = (fleet.client(name, account_id=account_id) for name in ("s3", "sns", "sqs"))
    topic = sns.create_topic(Name="news")["TopicArn"]
    queue = sqs.create_queue(QueueName="reader")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{account_id}:reader")
    sqs.create_queue(QueueName="strict")
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:us-east-1:{account_id}:strict",
        Attributes={"FilterPolicy": json.dumps({"colour": ["red"]})},
    )
    bucket = f"traced-{account_id}"
    s3.create_bucket(Bucket=bucket)
    destination = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"TopicConfigurations": [destination]}
    )
    sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)  # S3 tells of itself first
    trace_id = f"67891233{account_id}abcdef012345"
    with_trace(s3, "s3", f"Root=1-{trace_id[:8]}-{trace_id[8:]};Parent=53995c3f42cd8ad8;Sampled=1")
    before = time.time_ns()
    put = s3.put_object(Bucket=bucket, Key="a/k", Body=b"x")
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    wait_until(lambda: any(span.name == "SQS/DeleteMessage" for span in receiver.of_trace(trace_id)))
    spans = receiver.of_trace(trace_id)
    first = next(span for span in spans if span.name == "S3/PutObject")
    assert first.parent_id == "53995c3f42cd8ad8"
    assert (first.service, first.kind, first.is_error) == ("ruststack-s3", _SERVER, False)
    assert before <= first.start <= first.end <= time.time_ns()
    told = {"rpc.system", "rpc.method", "aws.request_id", "aws.s3.bucket", "aws.s3.key", "cloud.account.id"}
    assert {name: first.attributes[name] for name in told} == {
        "rpc.system": "aws-api",
        "rpc.method": "PutObject",
        "aws.request_id": put["ResponseMetadata"]["RequestId"],
        "aws.s3.bucket": bucket,
        "aws.s3.key": "a/k",
        "cloud.account.id": account_id,
    }
    names = {span.name for span in spans}
    assert {"event news", "SNS/Publish", "arrival reader", "SQS/ReceiveMessage"} <= names
    (filtered,) = [span for span in spans if span.name.startswith("filtered out")]
    assert filtered.kind == _INTERNAL
    assert filtered.attributes["ruststack.event.text"] == "the message has no attributes"
    last = next(span for span in spans if span.name == "SQS/DeleteMessage")
    assert chain(spans, last)[-3:] == ["arrival reader", "SQS/ReceiveMessage", "SQS/DeleteMessage"]
    assert {span.service for span in spans} == {"ruststack-s3", "ruststack-sns", "ruststack-sqs"}


def test_what_carries_no_header_is_a_trace_too(traced: tuple[Running, Receiver], account_id: str) -> None:
    fleet, receiver = traced
    sqs = fleet.client("sqs", account_id=account_id)
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sent = sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def send() -> list[ReceivedSpan]:
        return [span for span in receiver.spans if span.attributes.get("messaging.message.id") == sent]

    wait_until(lambda: len(send()) == 2)  # and its receive
    trace_id = send()[0].trace_id
    wait_until(lambda: len(receiver.of_trace(trace_id)) == 3)
    spans = receiver.of_trace(trace_id)
    assert chain(spans, spans[-1]) == ["SQS/SendMessage", "SQS/ReceiveMessage", "SQS/DeleteMessage"]


def test_a_receive_of_several_traces_has_links_to_them(traced: tuple[Running, Receiver], account_id: str) -> None:
    fleet, receiver = traced
    url = fleet.client("sqs", account_id=account_id).create_queue(QueueName="orders")["QueueUrl"]
    roots = []
    for number in range(2):
        root = f"6789123{number}{account_id}abcdef012345"
        sqs = fleet.client("sqs", account_id=account_id)
        with_trace(sqs, "sqs", f"Root=1-{root[:8]}-{root[8:]}")
        sqs.send_message(QueueUrl=url, MessageBody="x")
        roots.append(root)
    reader = fleet.client("sqs", account_id=account_id)
    received = reader.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert len(received) == 2

    def receives() -> list[ReceivedSpan]:
        found = receiver.named("SQS/ReceiveMessage")
        return [span for span in found if span.attributes["cloud.account.id"] == account_id]

    wait_until(lambda: len(receives()) == 1)
    (receive,) = receives()
    assert sorted(receive.links) == roots
    assert receive.trace_id not in roots
    assert receive.attributes["messaging.batch.message_count"] == 2


def test_an_error_is_told_and_a_trace_that_is_not_sampled_is_not(
    traced: tuple[Running, Receiver], account_id: str
) -> None:
    fleet, receiver = traced
    dynamodb = fleet.client("dynamodb", account_id=account_id)
    unsampled = fleet.client("dynamodb", account_id=account_id)
    root = f"67891234{account_id}abcdef012345"
    with_trace(unsampled, "dynamodb", f"Root=1-{root[:8]}-{root[8:]};Sampled=0")
    unsampled.list_tables()
    with pytest.raises(ClientError):
        dynamodb.describe_table(TableName="nothing")

    def described() -> list[ReceivedSpan]:
        found = receiver.named("DynamoDB/DescribeTable")
        return [span for span in found if span.attributes["cloud.account.id"] == account_id]

    wait_until(lambda: bool(described()))
    (span,) = described()
    assert span.attributes["error.type"] == "ResourceNotFoundException"
    assert span.attributes["http.response.status_code"] == 400
    assert span.attributes["aws.dynamodb.table_names"] == ["nothing"]
    assert not span.is_error  # it is the client's
    assert receiver.of_trace(root) == []


def test_the_last_requests_before_a_stop_are_sent(tmp_path: Path) -> None:
    with receiving() as receiver:
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
            "OTEL_SERVICE_NAME": "local-aws",
            "RUSTSTACK_STOP_SECONDS": "180",  # a third of it is the spans'
        }
        with running_fleet(tmp_path / "fleet", "--services", "sqs", environment=environment) as running:
            wait_until(lambda: "Ready." in running.log.read_text())
            running.client("sqs").list_queues()
            assert running.stop(timeout=100) == 0
        wait_until(lambda: ("local-aws", "SQS/ListQueues") in [(span.service, span.name) for span in receiver.spans])


def test_a_collector_that_is_not_there_does_not_matter(tmp_path: Path) -> None:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    with running_fleet(tmp_path / "fleet", "--services", "sqs", environment=environment) as running:
        wait_until(lambda: "Ready." in running.log.read_text())
        running.client("sqs").list_queues()
        assert running.stop() == 0
