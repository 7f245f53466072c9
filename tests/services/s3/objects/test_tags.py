"""Tags of buckets and objects."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.processes import Running
from tests.services.s3.conftest import error_of, refusal


def test_tags(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key")
    tag_set = [{"Key": "z", "Value": "1"}, {"Key": "a", "Value": ""}]
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging={"TagSet": tag_set})
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == tag_set
    s3.delete_object_tagging(Bucket=bucket, Key="key")
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == []
    twice = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}
    assert refusal(s3.put_object_tagging, Bucket=bucket, Key="key", Tagging=twice) == (400, "InvalidTag")
    eleven = {"TagSet": [{"Key": str(number), "Value": ""} for number in range(11)]}
    assert refusal(s3.put_object_tagging, Bucket=bucket, Key="key", Tagging=eleven) == (400, "BadRequest")


def test_tags_by_arn(s3: Any, s3_service: Running, bucket: str) -> None:
    base = f"{s3_service.url}/v20180820/tags/arn%3Aaws%3As3%3A%3A%3A{bucket}"
    headers = {"x-amz-account-id": "000000000000"}
    body = (
        '<TagResourceRequest xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Tags>'
        "<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag></Tags></TagResourceRequest>"
    )
    assert httpx.post(base, content=body, headers=headers).status_code == 204
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert httpx.delete(base, params={"tagKeys": "a"}, headers=headers).status_code == 204
    assert "<Tag><Key>b</Key><Value>2</Value></Tag>" in httpx.get(base, headers=headers).text


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("a&b", "", "The TagKey you have provided is invalid"),
        ("a", "b<c", "The TagValue you have provided is invalid"),
        ("aws:a", "", "Your TagKey cannot be prefixed with aws:"),
    ],
)
def test_tags_that_are_none(s3: Any, bucket: str, key: str, value: str, message: str) -> None:
    s3.put_object(Bucket=bucket, Key="key")
    error = error_of(
        s3.put_object_tagging, Bucket=bucket, Key="key", Tagging={"TagSet": [{"Key": key, "Value": value}]}
    )
    assert (error["Code"], error["Message"], error["TagKey"]) == ("InvalidTag", message, key)


def test_an_empty_set_of_tags_is_none(s3: Any, bucket: str) -> None:
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "größe", "Value": "1 + 1 = 2 @ a:b/c-d_e."}]})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": []})
    assert refusal(s3.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")
    system = error_of(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": [{"Key": "aws:a", "Value": ""}]})
    assert system["Message"] == "System tags cannot be added/updated by requester"


def test_a_bucket_has_fifty_tags_at_most(s3: Any, bucket: str) -> None:
    tag_set = [{"Key": str(number), "Value": ""} for number in range(51)]
    error = error_of(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": tag_set})
    assert error == {"Code": "BadRequest", "Message": "Bucket tag count cannot be greater than 50"}
