"""Presigned URLs: both ways, and their end."""

from __future__ import annotations

import datetime
from typing import Any

import httpx

from tests.services.s3.conftest import read


def test_presigned_urls(s3: Any, bucket: str, http: httpx.Client) -> None:
    for method, operation, content in (("PUT", "put_object", b"x"), ("GET", "get_object", None)):
        url = s3.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": "a b"})
        answer = http.request(method, url, content=content)
        assert answer.status_code == 200
    assert answer.content == b"x" == read(s3, bucket, "a b")


def test_presigned_urls_end(s3: Any, http: httpx.Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"}, ExpiresIn=60)
    assert httpx.get(url).content == b"x"
    day = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    version_4 = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"test/{day:%Y%m%d}/us-east-1/s3/aws4_request",
        "X-Amz-Date": f"{day:%Y%m%dT%H%M%SZ}",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": "0",
    }
    assert http.get(f"/{bucket}/key", params={**version_4, "X-Amz-Expires": "604800"}).content == b"x"
    version_2 = {"AWSAccessKeyId": "test", "Signature": "0", "Expires": "1"}
    for params in ({**version_4, "X-Amz-Expires": "60"}, version_2):
        ended = http.get(f"/{bucket}/key", params=params)
        assert (ended.status_code, "<Message>Request has expired</Message>" in ended.text) == (403, True)
