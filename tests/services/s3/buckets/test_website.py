"""Bucket websites: documents, redirects, their own pages."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.services.s3.conftest import read


def test_websites(s3: Any, bucket: str, http: httpx.Client) -> None:
    hosts = [f"{bucket}.s3-website.localhost.localstack.cloud:4566", f"{bucket}.s3-website-us-east-1.amazonaws.com"]

    def get(path: str, host: str = hosts[0]) -> httpx.Response:
        return http.get(path, headers={"host": host})

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
    assert http.post("/", headers={"host": hosts[0]}).status_code == 405
    s3.put_bucket_website(
        Bucket=bucket, WebsiteConfiguration={"RedirectAllRequestsTo": {"HostName": "all.example", "Protocol": "https"}}
    )
    assert get("/a/b").headers["location"] == "https://all.example/a/b"


def test_a_websites_own_pages(s3: Any, http: httpx.Client, bucket: str) -> None:
    host = {"host": f"{bucket}.s3-website.localhost.localstack.cloud"}
    configuration: dict[str, Any] = {"IndexDocument": {"Suffix": "index.html"}}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)
    page = http.get("/none", headers=host)
    assert page.status_code == 404
    request_id = page.headers["x-amz-request-id"]
    assert f"<li>Key: none</li>\n<li>RequestId: {request_id}</li>\n<li>HostId: " in page.text
    assert page.headers["x-amz-error-detail-Key"] == "none"
    assert "<li>Key: index.html</li>" in http.get("/", headers=host).text
    configuration["ErrorDocument"] = {"Key": "error.html"}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)
    page = http.get("/none", headers=host)
    assert "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>" in page.text
    assert "<li>Key: error.html</li>" in page.text
    s3.put_object(Bucket=bucket, Key="error.html", Body=b"ours")
    page = http.get("/none", headers=host)
    assert (page.status_code, page.content) == (404, b"ours")
    assert read(s3, bucket, "error.html") == b"ours"


def test_websites_answer_other_origins(s3: Any, http: httpx.Client, bucket: str) -> None:
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.put_object(Bucket=bucket, Key="index.html", Body=b"x")
    host = {"host": f"{bucket}.s3-website.localhost.localstack.cloud", "origin": "http://a.example"}
    assert "access-control-allow-origin" not in http.get("/", headers=host).headers
    s3.put_bucket_cors(
        Bucket=bucket, CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
    )
    assert http.options("/", headers={**host, "access-control-request-method": "GET"}).status_code == 200
    answer = http.get("/", headers=host)
    assert (answer.content, answer.headers["access-control-allow-origin"]) == (b"x", "*")


@pytest.mark.parametrize("path", ["/_ruststack/reset", "/_ruststack/clock?advance=1", "/_aws/s3/health"])
def test_a_website_has_no_control_paths(s3: Any, http: httpx.Client, bucket: str, path: str) -> None:
    host = {"host": f"{bucket}.s3-website.localhost.localstack.cloud"}
    assert http.post(path, headers=host).status_code == 405
    assert http.get(path, headers=host).status_code == 404
    assert bucket in [found["Name"] for found in s3.list_buckets()["Buckets"]]


@pytest.mark.parametrize(
    ("host_name", "location"),
    [
        ("\u202e.example", "http://%E2%80%AE.example/a"),
        ("a\nX-Injected", "http://a%0AX-Injected/a"),
        ("é b", "http://%C3%A9%20b/a"),
    ],
)
def test_a_redirect_to_what_no_header_can_say(
    s3: Any, http: httpx.Client, bucket: str, host_name: str, location: str
) -> None:
    rules = [{"Condition": {"KeyPrefixEquals": "a"}, "Redirect": {"HostName": host_name}}]
    given = {"IndexDocument": {"Suffix": "index.html"}, "RoutingRules": rules}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=given)
    answer = http.get("/a", headers={"host": f"{bucket}.s3-website.localhost"})
    assert (answer.status_code, answer.headers["location"]) == (301, location)
    assert "x-injected" not in answer.headers
