"""Browsers' forms: uploads, redirects, what a policy refuses."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest


def policy_of(bucket: str, *conditions: Any, minutes: int = 10) -> str:
    expiration = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
    stated = {
        "expiration": expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "conditions": [{"bucket": bucket}, ["starts-with", "$key", "up/"], *conditions],
    }
    return base64.b64encode(json.dumps(stated).encode()).decode()


def signed(bucket: str, *conditions: Any, minutes: int = 10) -> dict[str, str]:
    names = {"x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": "test/20260101/us-east-1/s3/aws4_request"}
    names["x-amz-date"] = "20260101T000000Z"
    listed = [{name: value} for name, value in names.items()]
    policy = policy_of(bucket, *listed, *conditions, minutes=minutes)
    return {**names, "policy": policy, "x-amz-signature": signature_of(policy)}


def signature_of(policy: str) -> str:
    key = b"AWS4test"
    for part in ("20260101", "us-east-1", "s3", "aws4_request", policy):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("x-amz-algorithm", "AWS5", "Unsupported authorization type: AWS5."),
        ("x-amz-credential", "test", 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/'),
    ],
)
def test_a_signature_that_cannot_be_read(bucket: str, http: httpx.Client, field: str, value: str, message: str) -> None:
    fields = {"key": "up/a", **signed(bucket), field: value}
    answer = http.post(f"/{bucket}", data=fields, files={"file": b"x"})
    error = ElementTree.fromstring(answer.content)
    assert (answer.status_code, error.findtext("Code")) == (400, "InvalidRequest")
    assert error.findtext("Message", "").startswith(message)


def test_forms_upload_files(s3: Any, bucket: str, http: httpx.Client) -> None:
    content = b"line\r\n--not a boundary\r\n" * 100_000
    fields = {
        "key": "up/${filename}",
        "Content-Type": "text/plain",
        "x-amz-meta-colour": "blue",
        "success_action_status": "201",
        **signed(
            bucket,
            ["starts-with", "$Content-Type", "text/"],
            {"x-amz-meta-colour": "blue"},
            {"success_action_status": "201"},
            ["content-length-range", 1, 10_000_000],
        ),
    }
    answer = http.post(f"/{bucket}", data=fields, files={"file": ("a b.txt", content)})
    assert answer.status_code == 201
    assert "<Key>up/a b.txt</Key>" in answer.text
    got = s3.get_object(Bucket=bucket, Key="up/a b.txt")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (content, "text/plain", {"colour": "blue"})


def test_forms_redirect(bucket: str, http: httpx.Client) -> None:
    target = "http://app.example/done?x=1"
    fields = {"key": "up/k", "success_action_redirect": target, **signed(bucket, {"success_action_redirect": target})}
    answer = http.post(f"/{bucket}", data=fields, files={"file": ("f", b"x")})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{target}&bucket={bucket}&key=up%2Fk&etag=")


@pytest.mark.parametrize(
    ("change", "conditions", "minutes", "status"),
    [
        ({"key": "elsewhere/k"}, [], 10, 403),
        ({"x-amz-meta-extra": "1"}, [], 10, 403),
        ({}, [], -10, 403),
        ({}, [["content-length-range", 5, 10]], 10, 400),
        ({}, [["content-length-range", 0, 0]], 10, 400),
        ({"policy": "bm90IGpzb24=", "x-amz-signature": signature_of("bm90IGpzb24=")}, [], 10, 400),
        ({"x-amz-signature": "0"}, [], 10, 403),
    ],
)
def test_forms_that_their_policy_refuses(
    s3: Any,
    bucket: str,
    http: httpx.Client,
    change: dict[str, str],
    conditions: list[Any],
    minutes: int,
    status: int,
) -> None:
    fields = {"key": "up/k", **signed(bucket, *conditions, minutes=minutes), **change}
    assert http.post(f"/{bucket}", data=fields, files={"file": ("f", b"x")}).status_code == status
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_text_that_no_header_holds(s3: Any, bucket: str, http: httpx.Client) -> None:
    fields = {"key": "k", "x-amz-meta-a": "a\r\nb", "Cache-Control": "a—b", "x-amz-website-redirect-location": "/—"}
    assert http.post(f"/{bucket}", data=fields, files={"file": ("f", b"x")}).status_code == 204
    got = s3.head_object(Bucket=bucket, Key="k")
    assert (got["Metadata"], got["CacheControl"], got["WebsiteRedirectLocation"]) == ({"a": "a  b"}, "a b", "/ ")
    nameless = {"key": "k", "x-amz-meta-é": "1"}
    assert http.post(f"/{bucket}", data=nameless, files={"file": ("f", b"x")}).status_code == 400
