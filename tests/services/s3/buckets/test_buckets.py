"""Buckets: created, found, listed, deleted."""

from __future__ import annotations

import uuid
from typing import Any

from tests.processes import Running
from tests.services.s3.conftest import refusal


def test_a_bucket_is_created_found_and_deleted(s3: Any, unique_name: str) -> None:
    assert s3.create_bucket(Bucket=unique_name)["Location"] == f"/{unique_name}"
    assert s3.head_bucket(Bucket=unique_name)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=unique_name)["LocationConstraint"] is None
    assert unique_name in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    s3.delete_bucket(Bucket=unique_name)
    assert refusal(s3.head_bucket, Bucket=unique_name) == (404, "404")
    assert refusal(s3.delete_bucket, Bucket=unique_name) == (404, "NoSuchBucket")


def test_creating_again_succeeds_only_in_us_east_1_and_for_the_owner(s3: Any, s3_service: Running, bucket: str) -> None:
    s3.create_bucket(Bucket=bucket)
    other = s3_service.client("s3", account_id="111122223333")
    assert refusal(other.create_bucket, Bucket=bucket) == (409, "BucketAlreadyExists")
    abroad = f"test-{uuid.uuid4().hex}"
    constraint = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket=abroad, CreateBucketConfiguration=constraint)
    again = refusal(s3.create_bucket, Bucket=abroad, CreateBucketConfiguration=constraint)
    assert again == (409, "BucketAlreadyOwnedByYou")
    assert s3.get_bucket_location(Bucket=abroad)["LocationConstraint"] == "eu-west-1"
    assert s3.head_bucket(Bucket=abroad)["BucketRegion"] == "eu-west-1"


def test_location_constraints_have_to_fit_the_endpoint(s3: Any, unique_name: str) -> None:
    for constraint in ("us-east-1", "mars-north-1"):
        code = refusal(
            s3.create_bucket, Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": constraint}
        )
        assert code == (400, "InvalidLocationConstraint")


def test_a_bucket_with_objects_is_not_deleted(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key")
    assert refusal(s3.delete_bucket, Bucket=bucket) == (409, "BucketNotEmpty")


def test_buckets_are_listed_by_prefix_and_page(s3_service: Running, account_id: str) -> None:
    mine = s3_service.client("s3", account_id=account_id)
    stem = uuid.uuid4().hex
    for number in range(3):
        mine.create_bucket(Bucket=f"b{number}-{stem}")
    first = mine.list_buckets(MaxBuckets=2)
    assert [bucket["Name"] for bucket in first["Buckets"]] == [f"b0-{stem}", f"b1-{stem}"]
    second = mine.list_buckets(MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    assert [bucket["Name"] for bucket in second["Buckets"]] == [f"b2-{stem}"]
    assert "ContinuationToken" not in second
    assert [bucket["Name"] for bucket in mine.list_buckets(Prefix="b1")["Buckets"]] == [f"b1-{stem}"]


def test_the_constraint_eu_is_given_back(s3: Any, unique_name: str) -> None:
    s3.create_bucket(Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": "EU"})
    assert s3.get_bucket_location(Bucket=unique_name)["LocationConstraint"] == "EU"
    assert s3.head_bucket(Bucket=unique_name)["BucketRegion"] == "eu-west-1"
