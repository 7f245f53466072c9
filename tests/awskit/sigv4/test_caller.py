"""Whose request it is, from each way of signing."""

import pytest

from awskit.sigv4.caller import caller_of
from awskit.wire.http import HttpRequest

V4 = "AWS4-HMAC-SHA256 Credential={}, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(
    ("authorization", "query", "expected"),
    [
        (V4.format("AKIA/20260101/eu-west-1/sqs/aws4_request"), "", ("AKIA", "000000000000", "eu-west-1")),
        (
            V4.format("123456789012/20260101/us-west-2/s3/aws4_request"),
            "",
            ("123456789012", "123456789012", "us-west-2"),
        ),
        (V4.format("a/b/20260101/us-west-2/s3/aws4_request"), "", ("a/b", "000000000000", "us-west-2")),
        (V4.format("nonsense"), "", ("nonsense", "000000000000", "us-east-1")),
        ("AWS 123456789012:c2ln", "", ("123456789012", "123456789012", "us-east-1")),
        ("Bearer x", "", (None, "000000000000", "us-east-1")),
        (
            "",
            "X-Amz-Credential=AKIA%2F20260101%2Fap-south-1%2Fs3%2Faws4_request&b=1",
            ("AKIA", "000000000000", "ap-south-1"),
        ),
        ("", "AWSAccessKeyId=AKIA&Signature=x", ("AKIA", "000000000000", "us-east-1")),
        ("", "", (None, "000000000000", "us-east-1")),
    ],
)
def test_caller(authorization: str, query: str, expected: tuple[str | None, str, str]) -> None:
    headers = {"authorization": authorization} if authorization else {}
    caller = caller_of(HttpRequest("GET", "/", query, headers))
    assert (caller.access_key_id, caller.account_id, caller.region) == expected
