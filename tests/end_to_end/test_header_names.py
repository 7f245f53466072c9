"""Header names as AWS writes them: HTTP's have no case, but programs that look them up by case exist."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest

from tests.end_to_end.raw_http import Answer, exchange, request
from tests.processes import ACCOUNT_ID, Running

CORS = b"""<CORSConfiguration><CORSRule><AllowedOrigin>http://a.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>
<AllowedHeader>*</AllowedHeader><ExposeHeader>x-amz-request-id</ExposeHeader><MaxAgeSeconds>9</MaxAgeSeconds></CORSRule>
</CORSConfiguration>"""
OBJECT_HEADERS = {
    "Content-Type": "text/plain",
    "Cache-Control": "no-cache",
    "Content-Disposition": "inline",
    "Content-Encoding": "identity",
    "Content-Language": "en",
    "Expires": "Thu, 01 Dec 2050 16:00:00 GMT",
    "X-Amz-Meta-Colour": "red",
    "x-amz-tagging": "a=b",
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-website-redirect-location": "/other",
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "x-amz-server-side-encryption-customer-key-MD5": "KYvwGXoFFJ42a2u2GDWhwQ==",
}
KEY = {name: value for name, value in OBJECT_HEADERS.items() if "customer" in name}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def as_aws_writes(name: str) -> str:
    """`ETag`, `Content-Type`; `x-amz-...` in lower case but for a few."""
    own = {"etag": "ETag", "x-amzn-requestid": "x-amzn-RequestId"}
    own["x-amz-server-side-encryption-customer-key-md5"] = "x-amz-server-side-encryption-customer-key-MD5"
    lowered = name.lower()
    return own.get(lowered) or (lowered if lowered.startswith(("x-amz-", "x-amzn-")) else lowered.title())


def checked(answer: Answer | None, status: int, server: str | None) -> Answer:
    assert answer is not None
    assert answer.status == status, answer
    assert answer.names == tuple(as_aws_writes(name) for name in answer.names)
    assert answer.headers.get("server") == server
    assert len(set(map(str.lower, answer.names))) == len(answer.names)
    assert answer.headers["date"].endswith(" GMT")
    return answer


def signed(service: str, **headers: str) -> dict[str, str]:
    scope = f"Credential=test/20260101/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0", **headers}


@pytest.fixture
def bucket(fleet: Running, unique_name: str) -> Iterator[str]:
    assert exchange(fleet, request("PUT", f"/{unique_name}", signed("s3"))) is not None
    assert exchange(fleet, request("PUT", f"/{unique_name}?cors", signed("s3"), CORS)) is not None
    yield f"/{unique_name}"


def test_s3(fleet: Running, bucket: str) -> None:
    steps = [
        (200, request("PUT", f"{bucket}/k", signed("s3", **OBJECT_HEADERS), b"abc"), "ETag Content-Length"),
        (
            200,
            request("GET", f"{bucket}/k", signed("s3", **KEY)),
            "Last-Modified Accept-Ranges Content-Type ETag Expires",
        ),
        (206, request("GET", f"{bucket}/k", signed("s3", Range="bytes=1-", **KEY)), "Content-Range x-amz-meta-colour"),
        (200, request("HEAD", f"{bucket}/k", signed("s3", **KEY)), "Cache-Control x-amz-storage-class Connection"),
        (304, request("GET", f"{bucket}/k", signed("s3", **KEY, **{"If-None-Match": "*"})), "ETag"),
        (200, request("GET", f"{bucket}?list-type=2", signed("s3")), "x-amz-bucket-region Content-Type"),
        (
            404,
            request("GET", f"{bucket}/none", signed("s3", Origin="http://a.example")),
            "Access-Control-Expose-Headers",
        ),
        (
            200,
            request(
                "OPTIONS",
                f"{bucket}/k",
                {
                    "Origin": "http://a.example",
                    "Access-Control-Request-Method": "GET",
                    "Access-Control-Request-Headers": "x-a",
                },
            ),
            "Access-Control-Allow-Origin Access-Control-Allow-Headers Access-Control-Max-Age Vary",
        ),
        (403, request("OPTIONS", f"{bucket}/k", {"Origin": "http://b", "Access-Control-Request-Method": "GET"}), ""),
        (204, request("DELETE", f"{bucket}/k", signed("s3")), ""),
        (404, request("GET", "/no-such-bucket-anywhere", signed("s3")), "x-amz-request-id x-amz-id-2 Content-Type"),
    ]
    for status, sent, expected in steps:
        answer = checked(exchange(fleet, sent), status, "AmazonS3")
        assert set(expected.split()) <= set(answer.names)


def test_dynamodb(fleet: Running) -> None:
    for target, status in (("ListTables", 200), ("GetItem", 400), ("Nope", 400)):
        headers = signed("dynamodb", **{"X-Amz-Target": f"DynamoDB_20120810.{target}"})
        sent = request("POST", "/", {**headers, "Content-Type": "application/x-amz-json-1.0"}, b"{}")
        answer = checked(exchange(fleet, sent), status, "Server")
        assert {"x-amzn-RequestId", "x-amz-crc32", "Content-Type", "Content-Length"} <= set(answer.names)
        assert "x-amzn-errortype" not in answer.headers


def test_sqs(fleet: Running) -> None:
    for target, status in (("ListQueues", 200), ("GetQueueUrl", 400)):
        headers = signed("sqs", **{"X-Amz-Target": f"AmazonSQS.{target}"})
        body = b'{"QueueName": "none"}'
        sent = request("POST", "/", {**headers, "Content-Type": "application/x-amz-json-1.0"}, body)
        answer = checked(exchange(fleet, sent), status, None)
        assert {"x-amzn-RequestId", "Content-Type", "Content-Length"} <= set(answer.names)
        assert ("x-amzn-query-error" in answer.names) == (status == 400)
        assert "x-amzn-errortype" not in answer.headers


@pytest.mark.parametrize(
    ("service", "body", "status"),
    [
        ("sqs", b"Action=ListQueues&Version=2012-11-05", 200),
        ("sqs", b"Action=GetQueueUrl&QueueName=none", 400),
        ("sns", b"Action=ListTopics&Version=2010-03-31", 200),
        ("sns", b"Action=GetTopicAttributes&TopicArn=arn:aws:sns:us-east-1:%b:none" % ACCOUNT_ID.encode(), 404),
        ("sts", b"Action=GetCallerIdentity&Version=2011-06-15", 200),
        ("sts", b"Action=Nope", 400),
    ],
)
def test_the_query_protocol(fleet: Running, service: str, body: bytes, status: int) -> None:
    answer = checked(exchange(fleet, request("POST", "/", signed(service, **FORM), body)), status, None)
    assert {"x-amzn-RequestId", "Content-Type", "Content-Length"} <= set(answer.names)


def test_preflights_of_the_other_services(fleet: Running) -> None:
    asked = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    for service, server in (("dynamodb", "Server"), ("sqs", None)):
        sent = request("OPTIONS", "/", {"Host": f"{service}.localhost", **asked})
        answer = checked(exchange(fleet, sent), 200, server)
        assert "Access-Control-Allow-Origin" in answer.names


def test_what_the_gateway_answers_itself(fleet: Running) -> None:
    checked(exchange(fleet, request("POST", "/", signed("lambda"), b"")), 400, None)


def test_request_ids_have_their_services_form(fleet: Running) -> None:
    answers = [exchange(fleet, request("GET", f"/{name}", signed("s3"))) for name in ("", "no-such-bucket", "x/y")]
    ids = [answer.headers["x-amz-request-id"] for answer in answers if answer is not None]
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[0-9A-Z]{16}", found) for found in ids)
    failed = answers[1]
    assert failed is not None
    assert f"<RequestId>{ids[1]}</RequestId><HostId>{failed.headers['x-amz-id-2']}</HostId>".encode() in failed.body
    assert len(base64.b64decode(failed.headers["x-amz-id-2"], validate=True)) == 56
    json = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    answer = exchange(fleet, request("POST", "/", signed("dynamodb", **json), b"{}"))
    assert answer is not None
    assert re.fullmatch("[0-9A-V]{52}", answer.headers["x-amzn-requestid"])
    for service in ("sqs", "sns", "sts"):
        answer = exchange(fleet, request("POST", "/", signed(service, **FORM), b"Action=Nope"))
        assert answer is not None
        assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.headers["x-amzn-requestid"])
