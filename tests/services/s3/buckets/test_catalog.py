"""Finding buckets: names that none ever had, expected owners, regions."""

from __future__ import annotations

from typing import Any

import httpx

from tests.processes import Running
from tests.services.s3.conftest import refusal


def test_another_owner_than_expected_is_refused(s3: Any, bucket: str) -> None:
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner="000000000000")
    assert refusal(s3.list_objects_v2, Bucket=bucket, ExpectedBucketOwner="111122223333") == (403, "AccessDenied")


def test_another_regions_endpoint_redirects(s3: Any, s3_service: Running, unique_name: str) -> None:
    import httpx

    s3.create_bucket(Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    hosts = {f"{unique_name}.s3.eu-west-1.amazonaws.com": 200, f"{unique_name}.s3.us-west-2.amazonaws.com": 301}
    for host, status in hosts.items():
        answer = httpx.get(s3_service.url, headers={"host": host})
        assert answer.status_code == status
    assert answer.headers["x-amz-bucket-region"] == "eu-west-1"
    assert f"<Endpoint>{unique_name}.s3.eu-west-1.amazonaws.com</Endpoint>" in answer.text


def test_names_that_no_bucket_ever_had(http: httpx.Client) -> None:
    for name in ("ab", "a$b", "a" * 256):
        assert "<Code>InvalidBucketName</Code>" in http.get(f"/{name}").text
    assert "<Code>NoSuchBucket</Code>" in http.get("/Old_Name").text


def test_an_expected_owner_is_an_account(s3: Any, bucket: str) -> None:
    refused = refusal(s3.get_bucket_acl, Bucket=bucket, ExpectedBucketOwner="someone")
    assert refused == (400, "InvalidBucketOwnerAWSAccountID")
