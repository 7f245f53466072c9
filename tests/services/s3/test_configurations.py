"""Bucket configurations: put, get, delete, defaults, and what is refused."""

from __future__ import annotations

import datetime
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.s3.conftest import read, refusal

CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["http://*.example"], "MaxAgeSeconds": 30}]}
WEBSITE = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
LIFECYCLE = {
    "Rules": [{"ID": "one", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}],
}
KMS = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}}]}
POLICY = {"Version": "2012-10-17", "Statement": []}


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
    own = s3.put_object(Bucket=bucket, Key="own", ServerSideEncryption="aws:kms")["SSEKMSKeyId"]
    assert re.fullmatch(r"arn:aws:kms:us-east-1:\d{12}:key/[0-9a-f-]{36}", own)
    s3.delete_bucket_encryption(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="key")
    assert s3.head_object(Bucket=bucket, Key="key")["ServerSideEncryption"] == "AES256"


def test_a_bucket_may_refuse_keys_of_customers(s3: Any, bucket: str) -> None:
    customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    s3.put_object(Bucket=bucket, Key="key", **customer)
    rule = {"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert refusal(s3.put_object, Bucket=bucket, Key="key", **customer) == (403, "AccessDenied")
    kept = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert kept["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert kept["BlockedEncryptionTypes"] == rule["BlockedEncryptionTypes"]


def test_lifecycle_rules_come_back_as_they_are(s3: Any, bucket: str) -> None:
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=LIFECYCLE)
    answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert answer["Rules"] == LIFECYCLE["Rules"]
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    put = s3.put_object(Bucket=bucket, Key="logs/1")
    assert 'rule-id="one"' in put["Expiration"]
    assert "Expiration" not in s3.put_object(Bucket=bucket, Key="other")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Status": "enabled"}, "MalformedXML"),
        ({"Expiration": {"Days": 0}}, "InvalidArgument"),
        ({"Expiration": {"Date": datetime.datetime(2030, 1, 1, 5, tzinfo=datetime.UTC)}}, "InvalidArgument"),
        ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, "MalformedXML"),
        ({"ID": "x" * 256}, "InvalidArgument"),
        ({"Transitions": [{"Days": 3, "StorageClass": "STANDARD_IA"}]}, "InvalidArgument"),
        ({"Filter": {"And": {"Prefix": "a"}}}, "MalformedXML"),
        ({"Prefix": "a"}, "MalformedXML"),
    ],
)
def test_lifecycle_rules_that_are_refused(s3: Any, bucket: str, change: dict[str, Any], code: str) -> None:
    rules = {"Rules": [{**LIFECYCLE["Rules"][0], **change}]}
    refused = refusal(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration=rules)
    assert refused == (400, code)


@pytest.mark.parametrize(
    ("kind", "configuration"),
    [
        (
            "inventory",
            {
                "Id": "one",
                "IsEnabled": True,
                "IncludedObjectVersions": "All",
                "Schedule": {"Frequency": "Daily"},
                "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::target", "Format": "CSV"}},
            },
        ),
        ("analytics", {"Id": "one", "Filter": {"Prefix": "a"}, "StorageClassAnalysis": {}}),
        ("metrics", {"Id": "one", "Filter": {"Prefix": "a"}}),
        (
            "intelligent_tiering",
            {"Id": "one", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]},
        ),
    ],
)
def test_named_configurations(s3: Any, bucket: str, kind: str, configuration: dict[str, Any]) -> None:
    member = "".join(part.capitalize() for part in kind.split("_")) + "Configuration"
    for name in ("one", "two"):
        getattr(s3, f"put_bucket_{kind}_configuration")(
            Bucket=bucket, Id=name, **{member: {**configuration, "Id": name}}
        )
    assert getattr(s3, f"get_bucket_{kind}_configuration")(Bucket=bucket, Id="one")[member] == configuration
    listed = getattr(s3, f"list_bucket_{kind}_configurations")(Bucket=bucket)
    assert [entry["Id"] for entry in listed[f"{member}List"]] == ["one", "two"]
    getattr(s3, f"delete_bucket_{kind}_configuration")(Bucket=bucket, Id="one")
    get = getattr(s3, f"get_bucket_{kind}_configuration")
    assert refusal(get, Bucket=bucket, Id="one") == (404, "NoSuchConfiguration")
    s3.head_bucket(Bucket=bucket)


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


def test_acls_exist_only_where_ownership_allows_them(s3: Any, bucket: str) -> None:
    assert refusal(s3.put_bucket_acl, Bucket=bucket, ACL="private") == (400, "AccessControlListNotSupported")
    put: Callable[..., Any] = s3.put_object
    assert refusal(put, Bucket=bucket, Key="key", ACL="public-read") == (400, "AccessControlListNotSupported")
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", ACL="bucket-owner-full-control")
    controls = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls)
    assert refusal(put, Bucket=bucket, Key="key", ACL="public-read") == (403, "AccessDenied")
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", ACL="public-read")
    grants = s3.get_object_acl(Bucket=bucket, Key="key")["Grants"]
    assert sorted(grant["Permission"] for grant in grants) == ["FULL_CONTROL", "READ"]
    s3.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")
    assert len(s3.get_bucket_acl(Bucket=bucket)["Grants"]) == 3


def test_logging_needs_a_target(s3: Any, bucket: str) -> None:
    status = {"LoggingEnabled": {"TargetBucket": bucket, "TargetPrefix": "log/"}}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == status["LoggingEnabled"]
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    nowhere = {"LoggingEnabled": {"TargetBucket": "nowhere-at-all", "TargetPrefix": ""}}
    refused = refusal(s3.put_bucket_logging, Bucket=bucket, BucketLoggingStatus=nowhere)
    assert refused == (400, "InvalidTargetBucketForLogging")


def test_object_lock(s3: Any) -> None:
    bucket = f"test-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    default = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=default)
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == default
    version = s3.put_object(Bucket=bucket, Key="key", Body=b"1")["VersionId"]
    named = {"Bucket": bucket, "Key": "key", "VersionId": version}
    assert s3.get_object_retention(**named)["Retention"]["Mode"] == "GOVERNANCE"
    assert refusal(s3.delete_object, **named) == (403, "AccessDenied")
    s3.delete_object(Bucket=bucket, Key="key")
    s3.put_object_legal_hold(**named, LegalHold={"Status": "ON"})
    assert refusal(s3.delete_object, **named, BypassGovernanceRetention=True) == (403, "AccessDenied")
    s3.put_object_legal_hold(**named, LegalHold={"Status": "OFF"})
    until = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)
    s3.put_object_retention(
        **named, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until}, BypassGovernanceRetention=True
    )
    assert refusal(s3.delete_object, **named, BypassGovernanceRetention=True) == (403, "AccessDenied")
    refused = refusal(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert refused == (409, "InvalidBucketState")


def test_replication_is_carried_out(s3: Any, versioned: str) -> None:
    target = f"test-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=target)
    rule = {
        "ID": "all",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": "a/"},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{target}"},
    }
    given = {"Role": "arn:aws:iam::000000000000:role/r", "Rules": [rule]}
    refused = refusal(s3.put_bucket_replication, Bucket=versioned, ReplicationConfiguration=given)
    assert refused == (400, "InvalidRequest")
    s3.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_replication(Bucket=versioned, ReplicationConfiguration=given)
    assert s3.get_bucket_replication(Bucket=versioned)["ReplicationConfiguration"] == given
    put = s3.put_object(Bucket=versioned, Key="a/1", Body=b"x" * 100_000, Metadata={"m": "1"})
    s3.put_object(Bucket=versioned, Key="b/1", Body=b"y")
    s3.get_waiter("object_exists").wait(Bucket=target, Key="a/1", WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    head = s3.head_object(Bucket=target, Key="a/1")
    assert (head["VersionId"], head["ReplicationStatus"], head["Metadata"]) == (put["VersionId"], "REPLICA", {"m": "1"})
    assert read(s3, target, "a/1") == b"x" * 100_000
    assert s3.head_object(Bucket=versioned, Key="a/1")["ReplicationStatus"] == "COMPLETED"
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=target)["Contents"]] == ["a/1"]
