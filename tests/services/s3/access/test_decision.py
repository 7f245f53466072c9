"""How policies, block public access, ownership and ACLs decide together."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from awskit.policy import ANONYMOUS, Principal
from services.s3.access.actions import ACTIONS
from services.s3.access.bucket_policies import read_policy
from services.s3.access.decision import Attempt, BucketFacts, ObjectFacts, decide
from services.s3.ownership.access_control import of_canned
from services.s3.ownership.canonical_ids import canonical_id

OWNER = Principal("111122223333", "arn:aws:iam::111122223333:root", canonical_id("111122223333"))
OTHER = Principal("444455556666", "arn:aws:iam::444455556666:root", canonical_id("444455556666"))
ENFORCED = BucketFacts("bucket", "111122223333", canonical_id("111122223333"), "BucketOwnerEnforced")
WRITER = dataclasses.replace(ENFORCED, ownership="ObjectWriter")


def policy(effect: str, principal: Any, action: str, resource: str = "arn:aws:s3:::bucket/*", **condition: Any) -> Any:
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **condition}
    return read_policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def may(who: Principal, operation: str, bucket: BucketFacts, existing: ObjectFacts | None = None, **given: Any) -> bool:
    action = ACTIONS[operation]
    key = "key" if action.level == "object" else ""
    return decide(Attempt(who, action, key=key, existing=existing, **given), bucket).allowed


def object_of(who: Principal, canned: str = "private") -> ObjectFacts:
    owner = str(who.canonical_user_id)
    return ObjectFacts("key", owner, of_canned(canned, owner, ENFORCED.owner_id))


def test_by_default_only_the_owner_may() -> None:
    for operation, action in ACTIONS.items():
        if action.level != "service":
            assert may(OWNER, operation, ENFORCED, object_of(OWNER)), operation
            assert not may(OTHER, operation, ENFORCED, object_of(OWNER)), operation
            assert not may(ANONYMOUS, operation, ENFORCED, object_of(OWNER)), operation


def test_a_policy_allows_what_it_names() -> None:
    bucket = dataclasses.replace(ENFORCED, policy=policy("Allow", "*", "s3:GetObject"))
    assert may(ANONYMOUS, "GetObject", bucket, object_of(OWNER))
    assert may(OTHER, "HeadObject", bucket, object_of(OWNER))
    assert not may(OTHER, "PutObject", bucket)
    assert not may(OTHER, "GetObject", bucket, object_of(OWNER), version_id="v")


def test_a_policy_s_deny_stops_the_owner_except_from_the_policy() -> None:
    bucket = dataclasses.replace(ENFORCED, policy=policy("Deny", "*", "s3:*", "*"))
    assert not may(OWNER, "GetObject", bucket, object_of(OWNER))
    assert not may(OWNER, "ListObjectsV2", bucket)
    for operation in ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"):
        assert may(OWNER, operation, bucket)
        assert not may(OTHER, operation, bucket)


def test_conditions_decide() -> None:
    condition = {"StringEquals": {"s3:prefix": "home/"}}
    allowed = policy("Allow", "*", "s3:ListBucket", "arn:aws:s3:::bucket", Condition=condition)
    bucket = dataclasses.replace(ENFORCED, policy=allowed)
    assert may(OTHER, "ListObjects", bucket, conditions={"s3:prefix": ("home/",)})
    assert not may(OTHER, "ListObjects", bucket, conditions={"s3:prefix": ("other/",)})


def test_restrict_public_buckets_keeps_others_out_of_a_public_policy() -> None:
    public = dataclasses.replace(ENFORCED, policy=policy("Allow", "*", "s3:GetObject"), restrict_public_buckets=True)
    assert not may(OTHER, "GetObject", public, object_of(OWNER))
    assert may(OWNER, "GetObject", public, object_of(OWNER))
    named = dataclasses.replace(public, policy=policy("Allow", {"AWS": "444455556666"}, "s3:GetObject"))
    assert may(OTHER, "GetObject", named, object_of(OWNER))


@pytest.mark.parametrize(
    ("canned", "operation", "anonymous", "other"),
    [
        ("private", "ListObjects", False, False),
        ("public-read", "ListObjects", True, True),
        ("public-read", "PutObject", False, False),
        ("public-read-write", "PutObject", True, True),
        ("public-read-write", "DeleteObject", True, True),
        ("authenticated-read", "ListObjectVersions", False, True),
        ("public-read", "GetBucketAcl", False, False),
        ("public-read", "GetBucketPolicy", False, False),
    ],
)
def test_a_bucket_s_acl(canned: str, operation: str, anonymous: bool, other: bool) -> None:
    bucket = dataclasses.replace(WRITER, acl=of_canned(canned, WRITER.owner_id, None))
    assert may(ANONYMOUS, operation, bucket) is anonymous
    assert may(OTHER, operation, bucket) is other
    without_acls = dataclasses.replace(bucket, ownership="BucketOwnerEnforced")
    assert not may(OTHER, operation, without_acls)
    assert not may(OTHER, operation, dataclasses.replace(bucket, ignore_public_acls=True))


@pytest.mark.parametrize(
    ("canned", "anonymous", "bucket_owner"),
    [
        ("private", False, False),
        ("public-read", True, True),
        ("authenticated-read", False, True),
        ("bucket-owner-read", False, True),
        ("bucket-owner-full-control", False, True),
    ],
)
def test_an_object_s_acl_and_its_writer(canned: str, anonymous: bool, bucket_owner: bool) -> None:
    existing = object_of(OTHER, canned)
    assert may(OTHER, "GetObject", WRITER, existing)
    assert may(ANONYMOUS, "GetObject", WRITER, existing) is anonymous
    assert may(OWNER, "GetObject", WRITER, existing) is bucket_owner
    assert may(OWNER, "DeleteObject", WRITER, existing)
    assert may(OWNER, "PutObjectAcl", WRITER, existing) is (canned == "bucket-owner-full-control")
    assert may(OWNER, "GetObject", ENFORCED, existing)
    assert not may(OTHER, "GetObject", ENFORCED, existing)
