"""Cross-origin requests of browsers: who is let in, preflights, the headers of answers, and the sandbox of pages."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from tests.processes import Running


def test_preflights_and_answers(s3: Any, bucket: str, http: httpx.Client) -> None:
    asked = {"origin": "http://a.example", "access-control-request-method": "PUT"}
    assert http.options(f"/{bucket}/key", headers=asked).status_code == 403
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
    answer = http.options(f"/{bucket}/key", headers={**asked, "access-control-request-headers": "x-amz-date"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "http://a.example"
    assert answer.headers["access-control-allow-headers"] == "x-amz-date"
    assert answer.headers["access-control-max-age"] == "60"
    for wrong in (
        {**asked, "origin": "http://evil.test"},
        {**asked, "access-control-request-method": "DELETE"},
        {**asked, "access-control-request-headers": "x-other"},
    ):
        assert http.options(f"/{bucket}/key", headers=wrong).status_code == 403
    put = http.put(f"/{bucket}/key", content=b"x", headers={"origin": "http://a.example"})
    assert put.headers["access-control-expose-headers"] == "ETag"
    missing = http.get(f"/{bucket}/none", headers={"origin": "http://a.example"})
    assert (missing.status_code, missing.headers["access-control-allow-origin"]) == (404, "http://a.example")
    assert "access-control-allow-origin" not in http.get(f"/{bucket}/key", headers={"origin": "http://b.test"}).headers


def test_a_preflight_to_no_bucket(http: httpx.Client, unique_name: str) -> None:
    asked = {"origin": "http://a.example", "access-control-request-method": "GET"}
    answer = http.options(f"/{unique_name}/key", headers=asked)
    assert answer.status_code == 403
    assert "<Message>CORSResponse: Bucket not found</Message>" in answer.text


STRANGERS = ["http://evil.test", "null", "http://bucket.s3-website.localhost:4566"]
CHANGES = [
    ("PUT", "/{bucket}/key", {}),
    ("PUT", "/{bucket}/copy", {"x-amz-copy-source": "/{bucket}/key"}),
    ("PUT", "/{bucket}?tagging", {}),
    ("PUT", "/{bucket}-other", {}),
    ("PUT", "/v20180820/configuration/publicAccessBlock", {"x-amz-account-id": "000000000000"}),
    ("POST", "/{bucket}/key?uploads", {}),
    ("POST", "/{bucket}?delete", {}),
    ("POST", "/{bucket}", {"content-type": "multipart/form-data; boundary=x"}),
    ("DELETE", "/{bucket}/key", {}),
    ("DELETE", "/{bucket}", {}),
]


@pytest.mark.parametrize("origin", STRANGERS)
@pytest.mark.parametrize(("method", "path", "headers"), CHANGES)
def test_a_page_of_elsewhere_changes_nothing(
    s3: Any, bucket: str, http: httpx.Client, method: str, path: str, headers: dict[str, str], origin: str
) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    given = {name: value.format(bucket=bucket) for name, value in headers.items()}
    answer = http.request(method, path.format(bucket=bucket), headers={**given, "origin": origin}, content=b"y" * 100)
    assert (answer.status_code, "<Code>AccessForbidden</Code>" in answer.text) == (403, True)
    assert "access-control-allow-origin" not in answer.headers
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["key"]
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"x"


def test_a_rule_lets_a_page_of_elsewhere_in(s3: Any, bucket: str, http: httpx.Client) -> None:
    rules = [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["http://*.example"]}]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    origin = {"origin": "http://a.example"}
    assert http.put(f"/{bucket}/key", headers=origin, content=b"x").status_code == 200
    assert http.put(f"/{bucket}/key", headers={"origin": "http://b.test"}, content=b"y").status_code == 403
    assert http.delete(f"/{bucket}/key", headers=origin).status_code == 403
    # what is copied could be read: the source has to allow it
    copied = {**origin, "x-amz-copy-source": f"/{bucket}/key"}
    assert http.put(f"/{bucket}/copy", headers=copied).status_code == 403
    rules[0]["AllowedMethods"].append("GET")
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    assert http.put(f"/{bucket}/copy", headers=copied).status_code == 200


def test_a_refused_body_is_not_read(s3_service: Running, bucket: str) -> None:
    with socket.create_connection(("127.0.0.1", s3_service.port), timeout=10) as connection:
        head = f"PUT /{bucket}/key HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nContent-Length: 1000000000\r\n"
        connection.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 403 ")


def test_pages_of_this_machine_may_do_anything_in_a_bucket_without_rules(
    s3: Any, bucket: str, http: httpx.Client, unique_name: str
) -> None:
    origin = "http://localhost:3000"
    asked = {"origin": origin, "access-control-request-method": "PUT", "access-control-request-headers": "x-amz-date"}
    for path in ("/", f"/{bucket}/key", f"/{unique_name}"):
        preflight = http.options(path, headers=asked)
        assert preflight.status_code == 200, path
        assert preflight.headers["access-control-allow-headers"] == "x-amz-date"
        assert preflight.headers["access-control-allow-methods"] == "PUT"
    put = http.put(f"/{bucket}/key", headers={"origin": origin}, content=b"x")
    assert (put.status_code, put.headers["access-control-allow-origin"]) == (200, origin)
    assert "ETag" in put.headers["access-control-expose-headers"]
    # a bucket that has rules is as on AWS
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["http://a.example"]}]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    assert http.options(f"/{bucket}/key", headers=asked).status_code == 403
    put = http.put(f"/{bucket}/key", headers={"origin": origin}, content=b"x")
    assert put.status_code == 200
    assert "access-control-allow-origin" not in put.headers


def test_what_is_opened_as_a_page_is_in_a_sandbox(s3: Any, bucket: str, http: httpx.Client) -> None:
    s3.put_object(Bucket=bucket, Key="page.html", Body=b"<script></script>", ContentType="text/html")
    opened = http.get(f"/{bucket}/page.html", headers={"sec-fetch-dest": "document", "sec-fetch-site": "none"})
    assert opened.headers["content-security-policy"] == "sandbox allow-scripts"
    by_host = http.get("/page.html", headers={"host": f"{bucket}.localhost", "sec-fetch-dest": "iframe"})
    assert by_host.headers["content-security-policy"] == "sandbox allow-scripts"
    again = {"sec-fetch-dest": "document", "if-none-match": opened.headers["etag"]}
    assert http.get(f"/{bucket}/page.html", headers=again).headers["content-security-policy"]
    for plain in ({"sec-fetch-dest": "image"}, {}):
        assert "content-security-policy" not in http.get(f"/{bucket}/page.html", headers=plain).headers


def test_a_host_that_could_be_rebound_is_refused(http: httpx.Client, bucket: str) -> None:
    answer = http.get(f"/{bucket}", headers={"host": "evil.test:4566"})
    assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True)
