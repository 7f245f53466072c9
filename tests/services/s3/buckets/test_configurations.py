"""Bucket configurations: what is put is shown until it is deleted."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.services.s3.conftest import refusal

CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["http://*.example"], "MaxAgeSeconds": 30}]}
WEBSITE = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
KMS = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/k"}}]}


@pytest.mark.parametrize(
    ("stem", "given", "answered", "missing"),
    [
        ("bucket_cors", {"CORSConfiguration": CORS}, CORS, "NoSuchCORSConfiguration"),
        ("bucket_website", {"WebsiteConfiguration": WEBSITE}, WEBSITE, "NoSuchWebsiteConfiguration"),
        (
            "bucket_tagging",
            {"Tagging": {"TagSet": [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}]}},
            {"TagSet": [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}]},
            "NoSuchTagSet",
        ),
        (
            "public_access_block",
            {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
            {
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": True,
                    "IgnorePublicAcls": False,
                    "BlockPublicPolicy": False,
                    "RestrictPublicBuckets": False,
                }
            },
            "NoSuchPublicAccessBlockConfiguration",
        ),
        (
            "bucket_ownership_controls",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
            "OwnershipControlsNotFoundError",
        ),
    ],
)
def test_what_is_put_is_shown_until_it_is_deleted(
    s3: Any, bucket: str, stem: str, given: dict[str, Any], answered: dict[str, Any], missing: str
) -> None:
    def call(verb: str, **arguments: Any) -> Any:
        return getattr(s3, f"{verb}_{stem}")(Bucket=bucket, **arguments)

    call("put", **given)
    answer = call("get")
    assert {name: answer[name] for name in answered} == answered
    call("delete")
    assert refusal(getattr(s3, f"get_{stem}"), Bucket=bucket) == (404, missing)
    call("delete")


def test_defaults_of_a_new_bucket(s3: Any, bucket: str) -> None:
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert [grant["Permission"] for grant in s3.get_bucket_acl(Bucket=bucket)["Grants"]] == ["FULL_CONTROL"]
    for call, code in (
        (s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration"),
        (s3.get_bucket_replication, "ReplicationConfigurationNotFoundError"),
        (s3.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError"),
        (s3.get_bucket_policy, "NoSuchBucketPolicy"),
        (s3.get_bucket_tagging, "NoSuchTagSet"),
    ):
        assert refusal(call, Bucket=bucket) == (404, code)


def test_small_settings(s3: Any, bucket: str) -> None:
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Enabled"
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=KMS)
    s3.put_object(Bucket=bucket, Key="key")
    assert s3.head_object(Bucket=bucket, Key="key")["ServerSideEncryption"] == "aws:kms"
    aliased = s3.head_object(Bucket=bucket, Key="key")["SSEKMSKeyId"]
    own = s3.put_object(Bucket=bucket, Key="own", ServerSideEncryption="aws:kms")["SSEKMSKeyId"]
    assert own != aliased
    for key in (own, aliased):
        assert re.fullmatch(r"arn:aws:kms:us-east-1:\d{12}:key/[0-9a-f-]{36}", key)
    s3.delete_bucket_encryption(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="key")
    assert s3.head_object(Bucket=bucket, Key="key")["ServerSideEncryption"] == "AES256"
