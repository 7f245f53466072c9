"""Bucket policies: put, shown, deleted, and public ones that are blocked."""

from __future__ import annotations

import json
from typing import Any

from tests.services.s3.conftest import error_of, refusal

POLICY = {"Version": "2012-10-17", "Statement": []}


def test_policies(s3: Any, bucket: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "111122223333"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    text = json.dumps({**POLICY, "Statement": [statement]})
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    answer = s3.get_bucket_policy(Bucket=bucket)
    assert answer["Policy"] == text
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False
    public = json.dumps({**POLICY, "Statement": [{**statement, "Principal": "*"}]})
    assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy=public) == (403, "AccessDenied")
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True
    assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy="{") == (400, "MalformedPolicy")
    s3.delete_bucket_policy(Bucket=bucket)
    assert refusal(s3.get_bucket_policy, Bucket=bucket) == (404, "NoSuchBucketPolicy")


def test_what_is_public_is_refused_by_the_settings_name(s3: Any, bucket: str) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    user, resource = "arn:aws:iam::000000000000:root", f'"arn:aws:s3:::{bucket}"'
    assert error_of(s3.put_bucket_policy, Bucket=bucket, Policy=policy)["Message"] == (
        f"User: {user} is not authorized to perform: s3:PutBucketPolicy on resource: {resource} because public policies"
        " are blocked by the BlockPublicPolicy block public access setting."
    )
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    assert error_of(s3.put_bucket_acl, Bucket=bucket, ACL="public-read")["Message"] == (
        f"User: {user} is not authorized to perform: s3:PutBucketAcl on resource: {resource} because public access"
        " control lists (ACLs) are blocked by the BlockPublicAcls block public access setting."
    )
