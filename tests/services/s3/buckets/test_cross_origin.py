"""Cross-origin requests of browsers: preflights, and the headers of answers."""

from __future__ import annotations

from typing import Any

import httpx


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
