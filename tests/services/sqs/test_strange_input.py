"""Whatever an operation is asked with, the answer is its output or a client error; the service goes on."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awskit.wire.model import Shape, load_model
from tests.services.sqs.conftest import Sqs, running_services

URL = "http://localhost:4566/000000000000/"
ARN = "arn:aws:sqs:us-east-1:000000000000:"
MODEL = load_model("sqs")
STRINGS = st.sampled_from(
    [
        *(URL + name for name in ("q", "q.fifo", "dead", "none", "q\x00", "")),
        *(ARN + name for name in ("q", "q.fifo", "dead", "none", "\x00")),
        *(
            "q",
            "q.fifo",
            "",
            "\x00",
            "a\x00b",
            "ä",
            "All",
            "x" * 200,
            "0",
            "-1",
            "true",
            "{}",
            "[]",
            "null",
            "http://[::1",
        ),
        *(
            "String",
            "Number",
            "Binary",
            "AWSTraceHeader",
            "SendMessage",
            "VisibilityTimeout",
            "RedrivePolicy",
            "Policy",
        ),
        json.dumps({"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": 1}),
        json.dumps({"Statement": "x"}),
        json.dumps({"Statement": [1]}),
        base64.b64encode(b'{"taskId": "\\u0000"}').decode(),
        base64.urlsafe_b64encode(b"\x00").decode(),
        base64.b64encode(b"\x01" + b"\xff" * 24).decode(),
        base64.b64encode(b"\x01" + b"\x00" * 24).decode(),
    ]
)
KEPT = frozenset({"DeleteQueue"})


def _values(shape: Shape) -> st.SearchStrategy[Any]:
    match shape.type:
        case "structure":
            members = {name: _values(member.shape) for name, member in shape.members.items()}
            required = {name: members.pop(name) for name in shape.required}
            return st.fixed_dictionaries(required, optional=members)
        case "list":
            return st.lists(_values(shape.member.shape), max_size=3)
        case "map":
            return st.dictionaries(_values(shape.key.shape), _values(shape.value.shape), max_size=3)
        case "integer" | "long":
            return st.sampled_from([0, 1, 2, 10, -1, 11, 901, 43_201, 2**31, 2**63, 2**70])
        case "boolean":
            return st.booleans()
        case "blob":
            return st.sampled_from(["", "AP8="])
        case _:
            return STRINGS


def _calls() -> st.SearchStrategy[tuple[str, Any]]:
    operations = [operation for name, operation in MODEL.operations.items() if name not in KEPT]
    return st.one_of([st.tuples(st.just(each.name), _values(each.input)) for each in operations if each.input])


def _quick(calls: Any) -> list[tuple[str, Any]]:
    """Without the waiting that long polls would do."""
    return [
        (name, {**input, "WaitTimeSeconds": 0} if input.get("WaitTimeSeconds", 1) in (1, 2, 10, 11) else input)
        if name == "ReceiveMessage"
        else (name, input)
        for name, input in calls
    ]


async def _answer_all(database_url: str, calls: list[tuple[str, Any]]) -> None:
    async with running_services(database_url) as start:
        sqs: Sqs = await start()
        policy = {"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": 2}
        await sqs.queue("dead")
        await sqs.queue("q", RedrivePolicy=policy)
        await sqs.queue("q.fifo", ContentBasedDeduplication="true")
        for name, input in calls:
            headers = {"x-amz-target": f"AmazonSQS.{name}", "content-type": "application/x-amz-json-1.0"}
            answer = await sqs.request("POST", "/", headers, json.dumps(input).encode())
            assert answer.status < 500, (name, input, answer.body)
        await sqs.send(await sqs.queue("still-there"), "x")
        assert await sqs.bodies(f"{URL}still-there") == ["x"]


def test_no_input_is_an_internal_failure(migrated_database_url: Callable[[str], str]) -> None:
    database_url = migrated_database_url("sqs")
    examples = 40 if database_url.startswith("sqlite") else 15

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_calls(), min_size=15, max_size=30))
    def holds(calls: Any) -> None:
        asyncio.run(_answer_all(database_url, _quick(calls)))

    holds()


@pytest.mark.parametrize(
    "path", ["/000000000000/q", "/", "//", "/%00", "/000000000000/q%00", "/queue/x/000000000000/q"]
)
async def test_strange_query_requests(sqs_on_sqlite: Sqs, path: str) -> None:
    for parameters in (
        {"Action": "ReceiveMessage", "QueueUrl": "http://[::1"},
        {"Action": "SendMessage", "MessageBody": "x", "MessageAttribute.1": "x", "MessageAttribute.x.Name": "y"},
        {"Action": "SendMessageBatch", "SendMessageBatchRequestEntry": "x"},
        {"Action": "CreateQueue", "QueueName": "\x00", "Attribute.1.Name": "\ud7ff"},
        {"Action": "ListQueues", "QueueNamePrefix": "\x00"},
    ):
        for method in ("GET", "POST"):
            assert (await sqs_on_sqlite.query(path, parameters, method)).status < 500
