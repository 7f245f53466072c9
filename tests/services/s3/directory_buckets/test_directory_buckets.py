"""Directory buckets: made, shown, listed, and what they refuse."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from botocore.config import Config

from tests.processes import Running
from tests.services.s3.conftest import error_of, refusal
from tests.services.s3.directory_buckets.conftest import CONFIGURATION, ZONE, new_name

POLICY = {"Version": "2012-10-17", "Statement": []}


def test_what_is_created_is_shown(express: Any, directory: str) -> None:
    head = express.head_bucket(Bucket=directory)
    account = head["BucketArn"].split(":")[4]
    assert head["BucketArn"] == f"arn:aws:s3express:us-east-1:{account}:bucket/{directory}"
    assert (head["BucketLocationType"], head["BucketLocationName"]) == ("AvailabilityZone", ZONE)
    assert (head["BucketRegion"], head["AccessPointAlias"]) == ("us-east-1", False)
    (listed,) = express.list_directory_buckets()["Buckets"]
    assert (listed["Name"], listed["BucketArn"], listed["BucketRegion"]) == (directory, head["BucketArn"], "us-east-1")
    assert express.list_buckets()["Buckets"] == []
    assert refusal(express.create_bucket, Bucket=directory, CreateBucketConfiguration=CONFIGURATION) == (
        409,
        "BucketAlreadyOwnedByYou",
    )
    express.delete_bucket(Bucket=directory)
    assert express.list_directory_buckets()["Buckets"] == []
    assert refusal(express.head_bucket, Bucket=directory)[0] == 404


def test_a_name_without_a_zone_is_no_directory_buckets(express: Any) -> None:
    for name in ("location-of-a-plain-bucket", "plain--x-s3-not"):
        given = {"Bucket": name, "CreateBucketConfiguration": CONFIGURATION}
        assert refusal(express.create_bucket, **given) == (400, "InvalidBucketName")
        assert refusal(express.head_bucket, Bucket=name)[0] == 404


def test_lists_have_pages(express: Any) -> None:
    names = sorted(new_name() for _ in range(3))
    for name in names:
        express.create_bucket(Bucket=name, CreateBucketConfiguration=CONFIGURATION)
    pages = express.get_paginator("list_directory_buckets").paginate(PaginationConfig={"PageSize": 2})
    assert [[found["Name"] for found in page["Buckets"]] for page in pages] == [names[:2], names[2:]]


def test_a_local_zone(express: Any) -> None:
    name = "local--usw2-lax1-az1--x-s3"
    location = {"Type": "LocalZone", "Name": "usw2-lax1-az1"}
    redundancy = {"Type": "Directory", "DataRedundancy": "SingleLocalZone"}
    express.create_bucket(Bucket=name, CreateBucketConfiguration={"Location": location, "Bucket": redundancy})
    assert express.head_bucket(Bucket=name)["BucketLocationType"] == "LocalZone"
    express.delete_bucket(Bucket=name)


@pytest.mark.parametrize(
    ("name", "configuration", "code"),
    [
        ("no-zone--x-s3", CONFIGURATION, "InvalidBucketName"),
        (f"UPPER--{ZONE}--x-s3", CONFIGURATION, "InvalidBucketName"),
        (f"with.dot--{ZONE}--x-s3", CONFIGURATION, "InvalidBucketName"),
        (f"plain--{ZONE}--x-s3", None, "InvalidRequest"),
        ("other--use1-az5--x-s3", CONFIGURATION, "InvalidRequest"),
        (f"twice--{ZONE}--x-s3", {**CONFIGURATION, "LocationConstraint": "eu-west-1"}, "InvalidRequest"),
    ],
)
def test_what_cannot_be_created(express: Any, name: str, configuration: dict[str, Any] | None, code: str) -> None:
    given = {} if configuration is None else {"CreateBucketConfiguration": configuration}
    assert refusal(express.create_bucket, Bucket=name, **given) == (400, code)


def test_a_policy_and_encryption(express: Any, directory: str) -> None:
    arn = express.head_bucket(Bucket=directory)["BucketArn"]
    statement = {"Effect": "Allow", "Principal": {"AWS": arn.split(":")[4]}, "Resource": arn}
    text = json.dumps({**POLICY, "Statement": [{**statement, "Action": "s3express:CreateSession"}]})
    express.put_bucket_policy(Bucket=directory, Policy=text)
    assert express.get_bucket_policy(Bucket=directory)["Policy"] == text
    for wrong in ({"Action": "s3:GetObject"}, {"Action": "s3express:CreateSession", "Resource": f"{arn}/*"}):
        bad = json.dumps({**POLICY, "Statement": [{**statement, **wrong}]})
        assert refusal(express.put_bucket_policy, Bucket=directory, Policy=bad) == (400, "MalformedPolicy")
    express.delete_bucket_policy(Bucket=directory)
    rules = express.get_bucket_encryption(Bucket=directory)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


@pytest.mark.parametrize(
    "given",
    [
        {"Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]},
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
        {"Expiration": {"Date": "2030-01-01T00:00:00Z"}},
        {"Expiration": {"ExpiredObjectDeleteMarker": True}},
        {"Filter": {"Tag": {"Key": "a", "Value": "b"}}},
        {"Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "a", "Value": "b"}]}}},
    ],
)
def test_lifecycle_rules_that_it_does_not_take(express: Any, directory: str, given: dict[str, Any]) -> None:
    rule = {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 70}}

    def put(rule: dict[str, Any]) -> Any:
        return express.put_bucket_lifecycle_configuration(Bucket=directory, LifecycleConfiguration={"Rules": [rule]})

    assert refusal(put, rule={**rule, **given}) == (400, "InvalidRequest")
    assert "TransitionDefaultMinimumObjectSize" not in put(rule)
    kept = express.get_bucket_lifecycle_configuration(Bucket=directory)
    assert (kept["Rules"], "TransitionDefaultMinimumObjectSize" in kept) == ([rule], False)


def test_it_has_no_object_lock(express: Any) -> None:
    given = {"CreateBucketConfiguration": CONFIGURATION, "ObjectLockEnabledForBucket": True}
    assert refusal(express.create_bucket, Bucket=new_name(), **given) == (501, "NotImplemented")


def test_tags_by_its_arn(s3_service: Running, express: Any, directory: str) -> None:
    arn = express.head_bucket(Bucket=directory)["BucketArn"]
    account = arn.split(":")[4]
    endpoint = f"http://localhost.localstack.cloud:{s3_service.port}"
    proxied = Config(proxies={"http": s3_service.url})
    control = s3_service.client("s3control", account_id=account, endpoint_url=endpoint, config=proxied)
    given = {"AccountId": account, "ResourceArn": arn}
    control.tag_resource(**given, Tags=[{"Key": "a", "Value": "1"}])
    assert control.list_tags_for_resource(**given)["Tags"] == [{"Key": "a", "Value": "1"}]


@pytest.mark.parametrize(
    ("operation", "given", "root"),
    [
        (
            "put_bucket_versioning",
            {"VersioningConfiguration": {"Status": "Enabled"}},
            "VersioningConfiguration",
        ),
        (
            "put_public_access_block",
            {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
            "PublicAccessBlockConfiguration",
        ),
        ("put_bucket_logging", {"BucketLoggingStatus": {}}, "BucketLoggingStatus"),
        ("put_bucket_notification_configuration", {"NotificationConfiguration": {}}, "NotificationConfiguration"),
    ],
)
def test_configurations_that_it_has_not(
    express: Any, directory: str, operation: str, given: dict[str, Any], root: str
) -> None:
    refused = error_of(getattr(express, operation), Bucket=directory, **given)
    assert refused["Code"] == "InvalidArgument"
    assert refused["Message"] == f"{root} is not valid, expected CreateBucketConfiguration"


@pytest.mark.parametrize(
    ("operation", "given", "code"),
    [
        ("get_bucket_versioning", {}, "MethodNotAllowed"),
        ("get_bucket_acl", {}, "MethodNotAllowed"),
        ("list_object_versions", {}, "MethodNotAllowed"),
        ("list_objects", {}, "MethodNotAllowed"),
        ("get_bucket_tagging", {}, "MethodNotAllowed"),
        ("get_object_tagging", {"Key": "key"}, "NotImplemented"),
        ("put_object_acl", {"Key": "key", "ACL": "private"}, "NotImplemented"),
    ],
)
def test_what_it_does_not_answer(
    express: Any, directory: str, operation: str, given: dict[str, Any], code: str
) -> None:
    assert refusal(getattr(express, operation), Bucket=directory, **given)[1] == code


def test_hosts(http: httpx.Client, express: Any, directory: str) -> None:
    express.put_object(Bucket=directory, Key="key", Body=b"x")
    for domain in ("amazonaws.com", "localhost.localstack.cloud:4566"):
        host = f"{directory}.s3express-{ZONE}.us-east-1.{domain}"
        assert http.get("/key", headers={"host": host}).content == b"x"
        regional = {"host": f"s3express-control.us-east-1.{domain}"}
        assert http.head(f"/{directory}", headers=regional).headers["x-amz-bucket-location-name"] == ZONE
        assert "<ListAllMyDirectoryBucketsResult" in http.get("/", headers=regional).text
        wrong = http.get("/key", headers={"host": f"{directory}.s3express-{ZONE}.eu-west-1.{domain}"})
        assert wrong.status_code == 301


def test_general_purpose_buckets_do_not_have_it(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    assert refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"y", WriteOffsetBytes=1) == (400, "InvalidRequest")
    assert refusal(s3.rename_object, Bucket=bucket, Key="new", RenameSource="key") == (400, "InvalidRequest")
    assert refusal(s3.create_session, Bucket=bucket) == (400, "InvalidRequest")
    refused = refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"y", StorageClass="EXPRESS_ONEZONE")
    assert refused == (400, "InvalidStorageClass")
