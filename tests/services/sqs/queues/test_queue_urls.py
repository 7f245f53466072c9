"""Queue URLs: how they are written by each strategy, and how every form of them is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from awskit.errors import AwsError
from services.sqs.arns import QueueAddress, parse_queue_arn
from services.sqs.queues.queue_urls import QueueUrls, is_queue_path, read_queue_url
from tests.services.sqs.conftest import Sqs

HOME = QueueAddress("000000000000", "us-east-1", "q")
ABROAD = QueueAddress("000000000000", "eu-west-1", "q")
LOCAL = "http://localhost:4566"


@pytest.mark.parametrize(
    ("strategy", "localstack_host", "endpoint", "path", "queue", "url"),
    [
        ("", "", LOCAL, "/", HOME, "http://localhost:4566/000000000000/q"),
        ("", "", "https://sqs.example.com", "/", ABROAD, "https://sqs.example.com/000000000000/q"),
        ("", "", "http://ruststack:4566", "/", HOME, "http://ruststack:4566/000000000000/q"),
        ("off", "", LOCAL, "/", ABROAD, "http://localhost:4566/000000000000/q"),
        ("", "stack", LOCAL, "/", HOME, "http://stack:4566/000000000000/q"),
        ("", "stack:80", LOCAL, "/", HOME, "http://stack:80/000000000000/q"),
        ("standard", "", LOCAL, "/", HOME, "http://sqs.us-east-1.localhost.localstack.cloud:4566/000000000000/q"),
        ("standard", "h:1", LOCAL, "/", ABROAD, "http://sqs.eu-west-1.h:1/000000000000/q"),
        ("domain", "", LOCAL, "/", HOME, "http://queue.localhost.localstack.cloud:4566/000000000000/q"),
        ("domain", "", LOCAL, "/", ABROAD, "http://eu-west-1.queue.localhost.localstack.cloud:4566/000000000000/q"),
        ("path", "", LOCAL, "/", ABROAD, "http://localhost:4566/queue/eu-west-1/000000000000/q"),
        ("path", "h", LOCAL, "/", ABROAD, "http://h:4566/queue/eu-west-1/000000000000/q"),
        ("dynamic", "ignored", LOCAL, "/", ABROAD, "http://localhost:4566/000000000000/q"),
        (
            "dynamic",
            "",
            "http://sqs.us-east-1.some.host:4566",
            "/",
            ABROAD,
            "http://sqs.eu-west-1.some.host:4566/000000000000/q",
        ),
        ("dynamic", "", "http://queue.some.host", "/", ABROAD, "http://eu-west-1.queue.some.host/000000000000/q"),
        (
            "dynamic",
            "",
            LOCAL,
            "/queue/us-east-1/000000000000/q",
            ABROAD,
            "http://localhost:4566/queue/eu-west-1/000000000000/q",
        ),
    ],
)
def test_writing(strategy: str, localstack_host: str, endpoint: str, path: str, queue: QueueAddress, url: str) -> None:
    assert QueueUrls(strategy, localstack_host).write(endpoint, path, queue) == url
    region = queue.region
    assert read_queue_url(url, queue.account_id, region) == queue


def test_a_strategy_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="SQS_ENDPOINT_STRATEGY: 'nonsense' is none of"):
        QueueUrls("nonsense")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("q", HOME),
        ("/000000000000/q", HOME),
        ("http://anything/111122223333/q", HOME._replace(account_id="111122223333")),
        ("https://sqs.eu-west-1.amazonaws.com/111122223333/q", ABROAD._replace(account_id="111122223333")),
        ("https://queue.amazonaws.com/000000000000/q", HOME),
        ("https://eu-west-1.queue.amazonaws.com/000000000000/q", ABROAD),
        ("http://localhost:4566/queue/eu-west-1/000000000000/q", ABROAD),
        ("http://localhost:4566/queue/q", HOME),
        ("http://localhost:9324/queue/q.fifo", HOME._replace(name="q.fifo")),
        ("http://localhost:4566/q", HOME),
        ("http://localhost:4566/000000000000/q.fifo", HOME._replace(name="q.fifo")),
    ],
)
def test_reading(url: str, address: QueueAddress) -> None:
    assert read_queue_url(url, "000000000000", "us-east-1") == address


@pytest.mark.parametrize("url", ["", "http://localhost:4566/", "http://localhost:4566"])
def test_what_is_no_queue_url(url: str) -> None:
    with pytest.raises(AwsError) as raised:
        read_queue_url(url, "000000000000", "us-east-1")
    assert raised.value.code == "InvalidAddress"


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/000000000000/q", True),
        ("/000000000000/q.fifo", True),
        ("/000000000000/q/", True),
        ("/queue/eu-west-1/000000000000/q", True),
        ("/queue/q.fifo", True),
        ("/", False),
        ("/bucket/key", False),
        ("/000000000000/q/more", False),
    ],
)
def test_paths(path: str, is_one: bool) -> None:
    assert is_queue_path(path) is is_one


def test_arns() -> None:
    assert parse_queue_arn(ABROAD.arn) == ABROAD
    assert QueueAddress("1", "cn-north-1", "q").arn == "arn:aws-cn:sqs:cn-north-1:1:q"
    for text in ("", "arn:aws:sns:us-east-1:000000000000:q", "arn:aws:sqs:us-east-1:000000000000", "arn:aws:sqs::1:q"):
        assert parse_queue_arn(text) is None


async def test_urls_mirror_the_callers_host(sqs_on_sqlite: Sqs) -> None:
    await sqs_on_sqlite.queue()
    within = sqs_on_sqlite.caller(host="ruststack:4566")
    url = "http://ruststack:4566/000000000000/queue"
    assert await within.get_queue_url(QueueName="queue") == {"QueueUrl": url}
    assert await within.list_queues() == {"QueueUrls": [url]}
    await within.send(url, "x")
    assert await sqs_on_sqlite.bodies("http://localhost:4566/000000000000/queue") == ["x"]


async def test_a_strategy_is_a_setting(started_sqs: Callable[..., Any]) -> None:
    sqs = await started_sqs(endpoint_strategy="path", localstack_host="stack")
    url = await sqs.queue()
    assert url == "http://stack:4566/queue/us-east-1/000000000000/queue"
    await sqs.caller(region="eu-west-1").send(url, "x")
    assert await sqs.bodies(url) == ["x"]
