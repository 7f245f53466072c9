"""Requests that hold much, or much in much: each is refused or carried out within bounds of time and memory.

Time is the service's own on the processor, so that a busy machine does not matter; the margins are wide.
"""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from tests.end_to_end.raw_http import exchange, request
from tests.processes import Running, running_fleet

SECONDS = 1.0
MEGABYTE = 1024 * 1024
TOPIC = b"TopicArn=arn:aws:sns:us-east-1:000000000000:t&"
QUEUE = b'"QueueUrl":"http://localhost/000000000000/q"'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def signed(service: str, **headers: str) -> dict[str, str]:
    scope = f"Credential=test/20260101/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0", **headers}


def form(service: str, body: bytes) -> bytes:
    return request("POST", "/", signed(service, **FORM), body)


def json(target: str, body: bytes) -> bytes:
    service = "sqs" if target.startswith("AmazonSQS") else "dynamodb"
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"}
    return request("POST", "/", signed(service, **headers), body)


def item(content: bytes) -> bytes:
    return json("DynamoDB_20120810.PutItem", b'{"TableName":"tab","Item":{"k":{"S":"a"},"a":' + content + b"}}")


def document(query: str, body: bytes) -> bytes:
    return request("PUT", f"/bounds-bucket?{query}", signed("s3"), body)


def some(size: int, part: bytes) -> bytes:
    return part * (size // len(part))


CASES = {
    "form of small parameters": ("sns", lambda: form("sns", b"Action=Publish&" + some(3 * MEGABYTE, b"a=&"))),
    "form, 32 MB": ("sns", lambda: form("sns", b"Action=Publish&" + some(32 * MEGABYTE, b"a=&"))),
    "form of one deep name": ("sns", lambda: form("sns", b"Action=Publish&" + some(2 * MEGABYTE, b"a.") + b"=1")),
    "form of many attributes": (
        "sns",
        lambda: form(
            "sns",
            b"Action=Publish&Message=a&"
            + TOPIC
            + b"&".join(b"MessageAttributes.entry.%d.Name=%d" % (n, n) for n in range(49_000)),
        ),
    ),
    "form of escapes": ("sns", lambda: form("sns", b"Action=Publish&" + TOPIC + b"Message=" + b"%41" * MEGABYTE)),
    "a long topic ARN": (
        "sns",
        lambda: form("sns", b"Action=Publish&Message=a&TopicArn=arn:aws:sns:us-east-1:1:" + b"t" * 3 * MEGABYTE),
    ),
    "form of many entries": (
        "sqs",
        lambda: form(
            "sqs",
            b"Action=SendMessageBatch&QueueUrl=http://localhost/000000000000/q&"
            + b"&".join(b"SendMessageBatchRequestEntry.%d.Id=%d" % (n, n) for n in range(49_000)),
        ),
    ),
    "lists, 60 MB": ("sqs", lambda: json("AmazonSQS.SendMessage", b"[" + some(60 * MEGABYTE, b"[],") + b"[]]")),
    "lists, 7 MB": ("sqs", lambda: json("AmazonSQS.SendMessage", b"[" + some(7 * MEGABYTE, b"[],") + b"[]]")),
    "a message of JSON": (
        "sqs",
        lambda: json("AmazonSQS.SendMessage", b"{" + QUEUE + b',"MessageBody":"' + b"[],{}," * 170_000 + b'"}'),
    ),
    "empty entries": (
        "sqs",
        lambda: json("AmazonSQS.SendMessageBatch", b"{" + QUEUE + b',"Entries":[' + b"{}," * 74_000 + b"{}]}"),
    ),
    "a deep policy": (
        "sqs",
        lambda: json("AmazonSQS.SetQueueAttributes", b'{"Attributes":{"Policy":"' + b"[" * MEGABYTE + b'"}}'),
    ),
    "values, 15 MB": ("dynamodb", lambda: item(b'{"L":[' + some(15 * MEGABYTE, b'{"S":""},') + b'{"S":""}]}')),
    "values, as many as are taken": ("dynamodb", lambda: item(b'{"L":[' + b'{"S":""},' * 70_000 + b'{"S":""}]}')),
    "members, as many as are taken": (
        "dynamodb",
        lambda: item(b'{"M":{' + b",".join(b'"%d":{"N":"1"}' % n for n in range(70_000)) + b"}}"),
    ),
    "a text, 15 MB": ("dynamodb", lambda: item(b'{"S":"' + b"a" * 15 * MEGABYTE + b'"}')),
    "a text of quotes": ("dynamodb", lambda: item(b'{"S":"' + b',[\\"' * 3 * MEGABYTE + b'"}')),
    "a text without an end": ("dynamodb", lambda: item(b'{"S":"' + b',[\\"' * 3 * MEGABYTE)),
    "deep values": ("dynamodb", lambda: item(b'{"L":[' * 300 + b"]}" * 300)),
    "deeper values": ("dynamodb", lambda: item(b'{"L":[' * 5000 + b"]}" * 5000)),
    "elements, 8 MB": ("s3", lambda: document("tagging", b"<Tagging>" + some(8 * MEGABYTE, b"<a/>") + b"</Tagging>")),
    "elements, as many as are taken": (
        "s3",
        lambda: document("tagging", b"<Tagging>" + b"<a/>" * 190_000 + b"</Tagging>"),
    ),
    "deep elements": ("s3", lambda: document("tagging", b"<a>" * 90_000 + b"</a>" * 90_000)),
    "attributes": (
        "s3",
        lambda: document("tagging", b"<Tagging " + b" ".join(b'a%d=""' % n for n in range(400_000)) + b"></Tagging>"),
    ),
    "a deep bucket policy": ("s3", lambda: document("policy", b'{"Version":' + b"[" * 5000 + b"]" * 5000 + b"}")),
    "a bucket policy, 60 MB": ("s3", lambda: document("policy", b"[" + some(60 * MEGABYTE, b"[],") + b"[]]")),
    "a bucket policy of stars": (
        "s3",
        lambda: document(
            "policy",
            b'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*Get*Object*",'
            b'"Resource":"arn:aws:s3:::bounds-bucket/' + b"*a" * 2000 + b'"}]}',
        ),
    ),
}


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A fleet whose memory no other test has stretched."""
    with running_fleet(tmp_path_factory.mktemp("bounded")) as fleet:
        for sent in (
            request("PUT", "/bounds-bucket", signed("s3")),
            form("sns", b"Action=CreateTopic&Name=t"),
            json("AmazonSQS.CreateQueue", b'{"QueueName":"q"}'),
        ):
            answer = exchange(fleet, sent)
            assert answer is not None
            assert answer.status == 200
        yield fleet


@pytest.mark.parametrize("name", CASES)
def test_time_and_memory(bounded: Running, name: str) -> None:
    service, make = CASES[name]
    process = psutil.Process(bounded.service_pids()[service])
    sent = make()
    memory, times = process.memory_info().rss, process.cpu_times()
    answer = exchange(bounded, sent)
    taken = sum(process.cpu_times()[:2]) - sum(times[:2])
    grown = process.memory_info().rss - memory
    assert answer is not None
    assert answer.status < 500, answer
    assert taken < SECONDS
    assert grown < 64 * MEGABYTE
    assert "Traceback" not in bounded.log.read_text()


def test_the_errors_of_what_is_too_large(bounded: Running) -> None:
    expected = {
        "form, 32 MB": (413, "RequestEntityTooLarge"),
        "form of small parameters": (400, "MalformedQueryString"),
        "lists, 7 MB": (413, "RequestEntityTooLarge"),
        "values, 15 MB": (413, "RequestEntityTooLarge"),
        "deep values": (400, "ValidationException"),
        "elements, 8 MB": (400, "MaxMessageLengthExceeded"),
        "deep elements": (400, "MalformedXML"),
        "a deep bucket policy": (400, "MalformedPolicy"),
        "a bucket policy of stars": (204, ""),
    }
    for name, (status, code) in expected.items():
        answer = exchange(bounded, CASES[name][1]())
        assert answer is not None
        assert (answer.status, answer.error_code) == (status, code), name
