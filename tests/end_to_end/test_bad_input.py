"""What no client should send: each gets AWS's error or a plain 400, none a 500, and nothing that was there is lost."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.raw_http import exchange, request
from tests.processes import ACCOUNT_ID, Running

_FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.fixture(autouse=True)
def nothing_breaks(fleet: Running) -> Iterator[None]:
    """Whatever a test here sends, the same processes go on, and no trace is in the log."""
    pids, log = fleet.service_pids(), len(fleet.log.read_text())
    yield
    assert fleet.service_pids() == pids
    assert "Traceback" not in fleet.log.read_text()[log:]


def signed(service: str, **headers: str) -> dict[str, str]:
    scope = f"Credential=test/20260101/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0", **headers}


def json_call(target: str, version: str = "1.0") -> dict[str, str]:
    service = "sqs" if target.startswith("AmazonSQS") else "dynamodb"
    return signed(service, **{"X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{version}"})


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"nonsense", b'{"TableName": }', b'"text"', b"\xff\xfe", b'{"A":' * 5000]
)
@pytest.mark.parametrize("target", ["DynamoDB_20120810.GetItem", "AmazonSQS.SendMessage"])
def test_malformed_json_is_a_serialization_exception(fleet: Running, target: str, body: bytes) -> None:
    answer = exchange(fleet, request("POST", "/", json_call(target), body))
    assert answer is not None
    assert (answer.status, answer.error_code) == (400, "SerializationException")


@pytest.mark.parametrize(
    "body",
    [b'{"TableName": 7}', b'{"TableName": "t", "Key": []}', b'{"TableName": "t", "Key": {"a": {"S": {"S": "x"}}}}'],
)
def test_json_of_the_wrong_types_is_a_serialization_exception(fleet: Running, body: bytes) -> None:
    answer = exchange(fleet, request("POST", "/", json_call("DynamoDB_20120810.GetItem"), body))
    assert answer is not None
    assert (answer.status, answer.error_code) == (400, "SerializationException")


@pytest.mark.parametrize("target", ["DynamoDB_20120810.Nope", "DynamoDB_20120810.", "AmazonSQS.Nope"])
def test_unknown_target_is_an_unknown_operation(fleet: Running, target: str) -> None:
    answer = exchange(fleet, request("POST", "/", json_call(target), b"{}"))
    assert answer is not None
    assert (answer.status, answer.error_code) == (400, "UnknownOperationException")


@pytest.mark.parametrize("service", ["sqs", "sns", "sts"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"Action=Nope&Version=2012-11-05", "InvalidAction"),
        (b"Version=2012-11-05", "MissingAction"),
        (b"", "MissingAction"),
        (b"Action", "MissingAction"),
        (b"&&&==&%%%=%zz", "MissingAction"),
        (b"\xff\xfe\x00", "MissingAction"),
    ],
)
def test_a_query_without_a_known_action_is_said_to_be_so(fleet: Running, service: str, body: bytes, code: str) -> None:
    answer = exchange(fleet, request("POST", "/", signed(service, **_FORM), body))
    assert answer is not None
    assert (answer.status, answer.error_code) == (400, code)


@pytest.mark.parametrize(
    "body",
    [
        b"Action=SetQueueAttributes&Attribute.1.Name=VisibilityTimeout",
        b"Action=SendMessageBatch&SendMessageBatchRequestEntry.x.Id=a",
        b"Action=SendMessageBatch&SendMessageBatchRequestEntry.99999999999999999999.Id=a",
        b"Action=ReceiveMessage&MaxNumberOfMessages=many",
    ],
)
def test_query_members_that_make_no_sense_are_the_callers_error(fleet: Running, body: bytes) -> None:
    form = body + f"&QueueUrl=http://localhost/{ACCOUNT_ID}/none".encode()
    answer = exchange(fleet, request("POST", "/", signed("sqs", **_FORM), form))
    assert answer is not None
    assert answer.status == 400
    assert answer.error_code


@pytest.mark.parametrize(
    "body", [b"", b"<", b"<Delete><Object>", b"not xml", b"<a/>", b"<!DOCTYPE x [<!ENTITY e 'e'>]><x/>"]
)
def test_malformed_xml_is_malformed(fleet: Running, s3_client: Any, unique_name: str, body: bytes) -> None:
    s3_client.create_bucket(Bucket=unique_name)
    answer = exchange(fleet, request("POST", f"/{unique_name}?delete", signed("s3"), body))
    assert answer is not None
    assert answer.status == 400
    assert answer.error_code in ("MalformedXML", "MissingRequestBodyError", "InvalidRequest")


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=////, SignedHeaders=, Signature=",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f/g/h, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA512 Credential=test/20260101/us-east-1/s3/aws4_request",
        "AWS",
        "AWS :",
        "Bearer token",
        "Basic dXNlcjpwYXNz",
        "\xff\xfe",
        "x" * 20_000,
    ],
)
def test_a_bad_authorization_header_is_never_a_failure(fleet: Running, authorization: str) -> None:
    answer = exchange(fleet, request("GET", "/no-such-bucket", {"Authorization": authorization}))
    assert answer is not None
    assert 400 <= answer.status < 500
    assert answer.error_code or answer.status in (400, 431)


@pytest.mark.parametrize("date", ["X-Amz-Date=never", "X-Amz-Expires=soon", "X-Amz-Expires=-1", "X-Amz-Credential=%zz"])
def test_a_bad_presigned_query_is_never_a_failure(fleet: Running, date: str) -> None:
    query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20260101/us-east-1/s3/aws4_request&X-Amz-Signature=0"
    answer = exchange(fleet, request("GET", f"/no-such-bucket/key?{date}&{query}"))
    assert answer is not None
    assert 400 <= answer.status < 500


@pytest.mark.parametrize(
    "path",
    [
        "/%zz",
        "/%",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/../../etc/passwd",
        "/no-such-bucket/../../etc/passwd",
        "/%00",
        "/no-such-bucket/%00",
        "/%ff%fe",
        "/no-such-bucket/%ff%fe",
        "//",
        "///a//b",
        "/no-such-bucket/" + "k" * 2_000,
        "/" + "b" * 30_000,
        "/" + "a/" * 5_000,
        "/a?" + "b=c&" * 5_000,
        "/no-such-bucket?versionId=%zz&&&==",
        "/no-such-bucket?list-type=2&max-keys=many",
        "/no-such-bucket/k?partNumber=x&uploadId=%ff",
        "http://localhost/no-such-bucket",
        "*",
        "no-slash",
        "/_ruststack/../x",
        "/_ruststack/nope",
        "/_aws/nope",
        "/_localstack/nope",
    ],
)
def test_an_absurd_path_is_never_a_failure(fleet: Running, path: str) -> None:
    answer = exchange(fleet, request("GET", path))
    assert answer is None or 400 <= answer.status < 500


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
)
def test_what_is_not_http_gets_a_400_or_a_closed_connection(fleet: Running, head: bytes) -> None:
    answer = exchange(fleet, head, half_close=True)
    assert answer is None or 400 <= answer.status < 500


def test_an_object_whose_body_ends_early_is_not_stored(fleet: Running, s3_client: Any, unique_name: str) -> None:
    s3_client.create_bucket(Bucket=unique_name)
    s3_client.put_object(Bucket=unique_name, Key="kept", Body=b"as it was")
    for size in (10, 100_000):
        for key in ("new", "kept"):
            short = request("PUT", f"/{unique_name}/{key}", signed("s3"), b"x" * size, length=size + 1)
            answer = exchange(fleet, short, half_close=True)
            assert answer is None or answer.status == 400
    assert [found["Key"] for found in s3_client.list_objects_v2(Bucket=unique_name)["Contents"]] == ["kept"]
    assert s3_client.get_object(Bucket=unique_name, Key="kept")["Body"].read() == b"as it was"


def test_clients_that_go_away_in_the_midst_of_a_download_harm_nobody(
    fleet: Running, s3_client: Any, unique_name: str
) -> None:
    content = b"x" * 8 * 1024 * 1024
    s3_client.create_bucket(Bucket=unique_name)
    s3_client.put_object(Bucket=unique_name, Key="large", Body=content)
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", fleet.port), timeout=10) as connection:
            connection.sendall(request("GET", f"/{unique_name}/large", signed("s3")))
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    assert s3_client.get_object(Bucket=unique_name, Key="large")["Body"].read() == content


def test_a_message_whose_body_ends_early_is_not_sent(fleet: Running, sqs_client: Any, unique_name: str) -> None:
    url = sqs_client.create_queue(QueueName=unique_name)["QueueUrl"]
    body = b'{"QueueUrl": "%s", "MessageBody": "half"}' % url.encode()
    short = request("POST", "/", json_call("AmazonSQS.SendMessage"), body, length=len(body) + 10)
    answer = exchange(fleet, short, half_close=True)
    assert answer is None or answer.status == 400
    attributes = sqs_client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert attributes["Attributes"] == {"ApproximateNumberOfMessages": "0"}


def test_a_service_that_is_not_here_is_said_to_be_so(fleet: Running) -> None:
    headers = signed("lambda", **{"Content-Type": "application/json"})
    answer = exchange(fleet, request("GET", "/2015-03-31/functions/", headers))
    assert answer is not None
    assert answer.status == 400
    assert b"lambda" in answer.body
