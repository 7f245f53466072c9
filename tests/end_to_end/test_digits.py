"""Numbers of more digits than anything has, wherever a client may write one: refused, or as good as absent."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.end_to_end.raw_http import exchange, request
from tests.processes import Running

MANY = "9" * 5000
ARABIC = "٣".encode().decode("latin-1")


def signed(service: str, **headers: str) -> dict[str, str]:
    scope = f"Credential=test/20260101/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0", **headers}


def status_of(fleet: Running, sent: bytes) -> int:
    answer = exchange(fleet, sent)
    assert answer is not None
    assert answer.status < 500, answer
    return answer.status


@pytest.mark.parametrize("digits", [MANY, "²", "1_0", "-1"])
def test_queries_and_headers_of_s3(fleet: Running, unique_name: str, digits: str) -> None:
    bucket = f"/{unique_name}"
    status_of(fleet, request("PUT", bucket, signed("s3")))
    status_of(fleet, request("PUT", f"{bucket}/k", signed("s3"), b"abc"))
    number = urlencode({"n": digits})[2:]
    for parameter in ("max-keys", "partNumber", "max-parts", "part-number-marker"):
        status_of(fleet, request("GET", f"{bucket}?{parameter}={number}", signed("s3")))
        status_of(fleet, request("GET", f"{bucket}/k?uploadId=x&{parameter}={number}", signed("s3")))
        status_of(fleet, request("GET", f"{bucket}/k?{parameter}={number}", signed("s3")))
    written = digits.encode().decode("latin-1")
    for value in (f"bytes={written}-", f"bytes=0-{written}", f"bytes=-{written}"):
        status_of(fleet, request("GET", f"{bucket}/k", signed("s3", Range=value)))
    copied = {"x-amz-copy-source": f"{bucket}/k", "x-amz-copy-source-range": f"bytes=0-{written}"}
    status_of(fleet, request("PUT", f"{bucket}/l?partNumber=1&uploadId=x", signed("s3", **copied)))
    streamed = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "Content-Encoding": "aws-chunked",
        "x-amz-decoded-content-length": written,
    }
    assert status_of(fleet, request("PUT", f"{bucket}/m", signed("s3", **streamed), b"3\r\nabc\r\n0\r\n\r\n")) >= 400
    rules = f"<RoutingRule><Redirect><HttpRedirectCode>{digits}</HttpRedirectCode></Redirect></RoutingRule>"
    website = (
        "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument>"
        f"<RoutingRules>{rules}</RoutingRules></WebsiteConfiguration>"
    )
    assert status_of(fleet, request("PUT", f"{bucket}?website", signed("s3"), website.encode())) == 400


@pytest.mark.parametrize("size", ["-40", "+3", "0x3", "1_0", " ", "9" * 5000, "g"])
def test_sizes_of_chunks(fleet: Running, unique_name: str, size: str) -> None:
    """A negative one once hung S3 for good."""
    status_of(fleet, request("PUT", f"/{unique_name}", signed("s3")))
    headers = signed("s3", **{"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"})
    for length in ("0", "3"):
        sent = {**headers, "x-amz-decoded-content-length": length}
        body = size.encode() + b"\r\nabc\r\n0\r\n\r\n"
        assert status_of(fleet, request("PUT", f"/{unique_name}/k", sent, body)) == 400
    assert fleet.is_healthy()


@pytest.mark.parametrize("digits", [MANY, "²", "٣", "1_0"])
@pytest.mark.parametrize("name", ["VisibilityTimeout", "DelaySeconds", "MaximumMessageSize"])
def test_attributes_of_queues(fleet: Running, unique_name: str, name: str, digits: str) -> None:
    form = {"Action": "CreateQueue", "QueueName": unique_name, "Attribute.1.Name": name, "Attribute.1.Value": digits}
    headers = signed("sqs", **{"Content-Type": "application/x-www-form-urlencoded"})
    assert status_of(fleet, request("POST", "/", headers, urlencode(form).encode())) == 400
    policy = f'{{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:d","maxReceiveCount":"{digits}"}}'
    form |= {"Attribute.1.Name": "RedrivePolicy", "Attribute.1.Value": policy}
    assert status_of(fleet, request("POST", "/", headers, urlencode(form).encode())) == 400


@pytest.mark.parametrize("service", ["sqs", "sns", "sts"])
def test_numbers_of_lists_in_the_query_protocol(fleet: Running, service: str) -> None:
    headers = signed(service, **{"Content-Type": "application/x-www-form-urlencoded"})
    for action, name in (("CreateTopic", "Tags.member"), ("SendMessageBatch", "SendMessageBatchRequestEntry")):
        for digits in (MANY, "²", "٣", "-1"):
            form = {"Action": action, "Name": "t", "QueueUrl": "q", f"{name}.{digits}.Key": "a", "RoleArn": "a" * 20}
            status_of(fleet, request("POST", "/", headers, urlencode(form).encode()))


@pytest.mark.parametrize("digits", [MANY, "²"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SignatureVersion", "{}"),
        ("ArchivePolicy", '{{"MessageRetentionPeriod":"{}"}}'),
        ("SQSSuccessFeedbackSampleRate", "{}"),
    ],
)
def test_attributes_of_topics(fleet: Running, unique_name: str, name: str, value: str, digits: str) -> None:
    form = {
        "Action": "CreateTopic",
        "Name": f"{unique_name}.fifo",
        "Attributes.entry.1.key": "FifoTopic",
        "Attributes.entry.1.value": "true",
        "Attributes.entry.2.key": name,
        "Attributes.entry.2.value": value.format(digits),
    }
    headers = signed("sns", **{"Content-Type": "application/x-www-form-urlencoded"})
    assert status_of(fleet, request("POST", "/", headers, urlencode(form).encode())) == 400


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("ExecuteStatement", f'{{"Statement":"SELECT a[{MANY}] FROM t WHERE a = {MANY}"}}'),
        ("ListContributorInsights", f'{{"NextToken":"{MANY}"}}'),
        ("ListContributorInsights", '{"NextToken":"²"}'),
        ("ListTables", '{"Limit":1e400}'),
        ("ListTables", f'{{"Limit":{MANY}}}'),
        ("GetItem", f'{{"TableName":"tab","Key":{{"a":{{"N":"{MANY}"}}}}}}'),
        (
            "GetItem",
            f'{{"TableName":"tab","Key":{{"a":{{"S":"a"}}}},"ProjectionExpression":"a[{MANY[:4000]}]"}}',
        ),
    ],
)
def test_dynamodb(fleet: Running, target: str, body: str) -> None:
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{target}", "Content-Type": "application/x-amz-json-1.0"}
    assert status_of(fleet, request("POST", "/", signed("dynamodb", **headers), body.encode())) in (200, 400)
