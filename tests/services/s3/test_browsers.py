"""What browsers do: cross-origin requests, forms, websites."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.processes import Running
from tests.services.s3.conftest import read


@pytest.fixture
def browser(s3_service: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=s3_service.url, follow_redirects=False) as client:
        yield client


def test_preflights_and_answers(s3: Any, bucket: str, browser: httpx.Client) -> None:
    asked = {"origin": "http://a.example", "access-control-request-method": "PUT"}
    assert browser.options(f"/{bucket}/key", headers=asked).status_code == 403
    rules = [
        {
            "AllowedMethods": ["PUT", "GET"],
            "AllowedOrigins": ["http://*.example"],
            "AllowedHeaders": ["x-amz-*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 60,
        }
    ]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    answer = browser.options(f"/{bucket}/key", headers={**asked, "access-control-request-headers": "x-amz-date"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "http://a.example"
    assert answer.headers["access-control-allow-headers"] == "x-amz-date"
    assert answer.headers["access-control-max-age"] == "60"
    for wrong in (
        {**asked, "origin": "http://evil.test"},
        {**asked, "access-control-request-method": "DELETE"},
        {**asked, "access-control-request-headers": "x-other"},
    ):
        assert browser.options(f"/{bucket}/key", headers=wrong).status_code == 403
    put = browser.put(f"/{bucket}/key", content=b"x", headers={"origin": "http://a.example"})
    assert put.headers["access-control-expose-headers"] == "ETag"
    missing = browser.get(f"/{bucket}/none", headers={"origin": "http://a.example"})
    assert (missing.status_code, missing.headers["access-control-allow-origin"]) == (404, "http://a.example")
    assert (
        "access-control-allow-origin" not in browser.get(f"/{bucket}/key", headers={"origin": "http://b.test"}).headers
    )


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
    return {**names, "policy": policy_of(bucket, *listed, *conditions, minutes=minutes), "x-amz-signature": "0"}


def test_forms_upload_files(s3: Any, bucket: str, browser: httpx.Client) -> None:
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
    answer = browser.post(f"/{bucket}", data=fields, files={"file": ("a b.txt", content)})
    assert answer.status_code == 201
    assert "<Key>up/a b.txt</Key>" in answer.text
    got = s3.get_object(Bucket=bucket, Key="up/a b.txt")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (content, "text/plain", {"colour": "blue"})


def test_forms_redirect(bucket: str, browser: httpx.Client) -> None:
    target = "http://app.example/done?x=1"
    fields = {"key": "up/k", "success_action_redirect": target, **signed(bucket, {"success_action_redirect": target})}
    answer = browser.post(f"/{bucket}", data=fields, files={"file": ("f", b"x")})
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
        ({"policy": "bm90IGpzb24="}, [], 10, 400),
    ],
)
def test_forms_that_their_policy_refuses(
    s3: Any,
    bucket: str,
    browser: httpx.Client,
    change: dict[str, str],
    conditions: list[Any],
    minutes: int,
    status: int,
) -> None:
    fields = {"key": "up/k", **signed(bucket, *conditions, minutes=minutes), **change}
    assert browser.post(f"/{bucket}", data=fields, files={"file": ("f", b"x")}).status_code == status
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_websites(s3: Any, bucket: str, browser: httpx.Client) -> None:
    hosts = [f"{bucket}.s3-website.localhost.localstack.cloud:4566", f"{bucket}.s3-website-us-east-1.amazonaws.com"]

    def get(path: str, host: str = hosts[0]) -> httpx.Response:
        return browser.get(path, headers={"host": host})

    assert "NoSuchWebsiteConfiguration" in get("/").text
    configuration = {
        "IndexDocument": {"Suffix": "index.html"},
        "ErrorDocument": {"Key": "error.html"},
        "RoutingRules": [
            {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}},
            {
                "Condition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "gone/"},
                "Redirect": {"HostName": "else.example", "HttpRedirectCode": "302", "Protocol": "https"},
            },
        ],
    }
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)
    for key in ("index.html", "docs/index.html", "error.html"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode(), ContentType="text/html")
    s3.put_object(Bucket=bucket, Key="moved", WebsiteRedirectLocation="/docs/")
    for host in hosts:
        assert get("/", host).text == "index.html"
    assert get("/docs/").text == "docs/index.html"
    assert (get("/docs").status_code, get("/docs").headers["location"]) == (302, "/docs/")
    assert (get("/none").status_code, get("/none").text) == (404, "error.html")
    assert (get("/moved").status_code, get("/moved").headers["location"]) == (301, "/docs/")
    assert get("/old/page").headers["location"] == f"http://{hosts[0]}/new/page"
    assert get("/gone/x").headers["location"] == "https://else.example/gone/x"
    assert browser.post("/", headers={"host": hosts[0]}).status_code == 405
    s3.put_bucket_website(
        Bucket=bucket, WebsiteConfiguration={"RedirectAllRequestsTo": {"HostName": "all.example", "Protocol": "https"}}
    )
    assert get("/a/b").headers["location"] == "https://all.example/a/b"


def test_presigned_urls(s3: Any, bucket: str, browser: httpx.Client) -> None:
    for method, operation, content in (("PUT", "put_object", b"x"), ("GET", "get_object", None)):
        url = s3.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": "a b"})
        answer = browser.request(method, url, content=content)
        assert answer.status_code == 200
    assert answer.content == b"x" == read(s3, bucket, "a b")
