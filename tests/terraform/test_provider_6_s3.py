"""What version 6 of the provider asks of S3 and S3 Control, in its order and with its members, shown by boto3.

Version 6 is not to be had from a package index; its requests were recorded once. It waits until a change is seen: what
was put has to be read back equal, and what was deleted has to be gone, at each of several reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.processes import Running

SEEN = 3  # reads that have to agree
ABSENT = {
    "get_bucket_policy": "NoSuchBucketPolicy",
    "get_bucket_cors": "NoSuchCORSConfiguration",
    "get_bucket_website": "NoSuchWebsiteConfiguration",
    "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
    "get_bucket_replication": "ReplicationConfigurationNotFoundError",
    "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
}


@pytest.fixture
def s3(fleet: Running, account_id: str) -> Any:
    return fleet.client("s3", account_id=account_id)


@pytest.fixture
def control(fleet: Running, account_id: str) -> Any:
    """S3 Control at `ACCOUNT.localhost.localstack.cloud`: no resolver need know it, for the fleet is the proxy."""
    config = Config(proxies={"http": fleet.url})
    endpoint = f"http://localhost.localstack.cloud:{fleet.port}"
    return fleet.client("s3control", account_id=account_id, endpoint_url=endpoint, config=config)


@pytest.fixture
def bucket(s3: Any, unique_name: str) -> Iterator[str]:
    s3.create_bucket(Bucket=unique_name)
    yield unique_name


def seen(read: Callable[[], Any], wanted: Any) -> None:
    assert [read() for _ in range(SEEN)] == [wanted] * SEEN


def gone(read: Callable[[], Any], *codes: str) -> None:
    for _ in range(SEEN):
        with pytest.raises(ClientError) as refused:
            read()
        assert refused.value.response["Error"]["Code"] in codes
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_bucket(s3: Any, control: Any, account_id: str, unique_name: str) -> None:
    whole = {"Bucket": unique_name}
    gone(lambda: s3.head_bucket(**whole), "404")
    tags = [{"Key": "Project", "Value": "music"}]
    s3.create_bucket(**whole, CreateBucketConfiguration={"Tags": tags})
    for _ in range(2):
        s3.head_bucket(**whole)
    for operation, code in ABSENT.items():
        gone(lambda operation=operation: getattr(s3, operation)(**whole), code)
    assert s3.get_bucket_acl(**whole)["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert "Status" not in s3.get_bucket_versioning(**whole)
    assert "Status" not in s3.get_bucket_accelerate_configuration(**whole)
    assert s3.get_bucket_request_payment(**whole)["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(**whole)
    rules = s3.get_bucket_encryption(**whole)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"

    resource = {"AccountId": account_id, "ResourceArn": f"arn:aws:s3:::{unique_name}"}
    assert control.list_tags_for_resource(**resource)["Tags"] == tags
    control.untag_resource(**resource, TagKeys=["Project"])
    control.tag_resource(**resource, Tags=[{"Key": "Team", "Value": "dance"}])
    seen(lambda: control.list_tags_for_resource(**resource)["Tags"], [{"Key": "Team", "Value": "dance"}])

    s3.put_object(**whole, Key="a", Body=b"a")
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(**whole)
    versions = s3.list_object_versions(**whole)["Versions"]
    objects = [{"Key": found["Key"], "VersionId": found["VersionId"]} for found in versions]
    assert objects == [{"Key": "a", "VersionId": "null"}]
    assert "Errors" not in s3.delete_objects(**whole, Delete={"Objects": objects, "Quiet": True})
    assert "Versions" not in s3.list_object_versions(**whole)
    s3.delete_bucket(**whole)
    gone(lambda: s3.head_bucket(**whole), "404")


CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 60}]}
WEBSITE = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
BLOCK = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
OWNER = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
AES = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}


@pytest.mark.parametrize(
    ("name", "member", "value", "code"),
    [
        ("bucket_cors", "CORSConfiguration", CORS, "NoSuchCORSConfiguration"),
        ("bucket_website", "WebsiteConfiguration", WEBSITE, "NoSuchWebsiteConfiguration"),
        ("public_access_block", "PublicAccessBlockConfiguration", BLOCK, "NoSuchPublicAccessBlockConfiguration"),
        ("bucket_ownership_controls", "OwnershipControls", OWNER, "OwnershipControlsNotFoundError"),
    ],
)
def test_a_setting_that_can_be_deleted(s3: Any, bucket: str, name: str, member: str, value: Any, code: str) -> None:
    getattr(s3, f"put_{name}")(Bucket=bucket, **{member: value})

    def read() -> Any:
        answer = getattr(s3, f"get_{name}")(Bucket=bucket)
        return answer.get(member) or {key: answer[key] for key in value}

    seen(read, value)
    getattr(s3, f"delete_{name}")(Bucket=bucket)
    gone(read, code)


@pytest.mark.parametrize(
    ("name", "member", "value", "neutral"),
    [
        ("bucket_accelerate_configuration", "AccelerateConfiguration", {"Status": "Enabled"}, {"Status": "Suspended"}),
        ("bucket_versioning", "VersioningConfiguration", {"Status": "Enabled"}, {"Status": "Suspended"}),
        ("bucket_request_payment", "RequestPaymentConfiguration", {"Payer": "Requester"}, {"Payer": "BucketOwner"}),
        ("bucket_logging", "BucketLoggingStatus", {"LoggingEnabled": {"TargetPrefix": "log/"}}, {}),
        ("bucket_notification_configuration", "NotificationConfiguration", {"EventBridgeConfiguration": {}}, {}),
        ("bucket_encryption", "ServerSideEncryptionConfiguration", AES, None),
        ("bucket_abac", "AbacStatus", {"Status": "Enabled"}, {"Status": "Disabled"}),
    ],
)
def test_a_setting_that_has_a_neutral_value(
    s3: Any, bucket: str, name: str, member: str, value: Any, neutral: Any
) -> None:
    if "LoggingEnabled" in value:
        value["LoggingEnabled"]["TargetBucket"] = bucket

    def read() -> Any:
        answer = getattr(s3, f"get_{name}")(Bucket=bucket)
        answer.pop("ResponseMetadata")
        return answer.get(member, answer)

    getattr(s3, f"put_{name}")(Bucket=bucket, **{member: value})
    seen(read, value)
    if neutral is None:
        getattr(s3, f"delete_{name}")(Bucket=bucket)
        seen(read, AES)  # since 2023 a bucket is never without
    else:
        getattr(s3, f"put_{name}")(Bucket=bucket, **{member: neutral})
        seen(read, neutral)


def test_lifecycle(s3: Any, bucket: str) -> None:
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 30}}
    size = "varies_by_storage_class"
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [rule]}, TransitionDefaultMinimumObjectSize=size
    )

    def read() -> tuple[Any, str]:
        answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
        return answer["Rules"], answer["TransitionDefaultMinimumObjectSize"]

    seen(read, ([rule], size))
    s3.delete_bucket_lifecycle(Bucket=bucket)
    gone(read, "NoSuchLifecycleConfiguration")


@pytest.mark.parametrize(
    ("name", "member", "value"),
    [
        ("metrics", "MetricsConfiguration", {"Id": "all", "Filter": {"Prefix": "a/"}}),
        ("analytics", "AnalyticsConfiguration", {"Id": "all", "StorageClassAnalysis": {}}),
        (
            "intelligent_tiering",
            "IntelligentTieringConfiguration",
            {"Id": "all", "Status": "Enabled", "Tierings": [{"Days": 125, "AccessTier": "ARCHIVE_ACCESS"}]},
        ),
        (
            "inventory",
            "InventoryConfiguration",
            {
                "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::elsewhere", "Format": "CSV"}},
                "IsEnabled": True,
                "Id": "all",
                "IncludedObjectVersions": "All",
                "Schedule": {"Frequency": "Weekly"},
            },
        ),
    ],
)
def test_configurations_by_id(s3: Any, bucket: str, name: str, member: str, value: Any) -> None:
    whole = {"Bucket": bucket, "Id": "all"}

    def read() -> Any:
        return getattr(s3, f"get_bucket_{name}_configuration")(**whole)[member]

    getattr(s3, f"put_bucket_{name}_configuration")(**whole, **{member: value})
    seen(read, value)
    getattr(s3, f"delete_bucket_{name}_configuration")(**whole)
    gone(read, "NoSuchConfiguration")


def test_object_lock(s3: Any, unique_name: str) -> None:
    whole = {"Bucket": unique_name}
    s3.create_bucket(**whole, ObjectLockEnabledForBucket=True)
    enabled = {"ObjectLockEnabled": "Enabled"}
    locked = {**enabled, "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    for value in (locked, enabled):
        s3.put_object_lock_configuration(**whole, ObjectLockConfiguration=value)
        seen(lambda: s3.get_object_lock_configuration(**whole)["ObjectLockConfiguration"], value)


def test_an_object_and_its_copy(s3: Any, bucket: str) -> None:
    whole = {"Bucket": bucket, "Key": "a folder/key"}
    s3.put_object(**whole, Body=b"content", ChecksumAlgorithm="CRC32", Tagging="Kind=letter")
    head = s3.head_object(**whole, ChecksumMode="ENABLED")
    assert head["ChecksumCRC32"]
    assert s3.get_object_tagging(**whole)["TagSet"] == [{"Key": "Kind", "Value": "letter"}]
    s3.put_object_tagging(**whole, Tagging={"TagSet": [{"Key": "Kind", "Value": "card"}]})
    source = f"{bucket}%2Fa%20folder%2Fkey"  # the slash between bucket and key, too; boto3 would not

    def as_the_provider(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["x-amz-copy-source"] = source

    s3.meta.events.register("before-call.s3.CopyObject", as_the_provider)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == [{"Key": "Kind", "Value": "card"}]
    for key in (whole["Key"], "copy"):
        s3.delete_object(Bucket=bucket, Key=key)
        gone(lambda key=key: s3.head_object(Bucket=bucket, Key=key), "404")


def test_the_account(control: Any, account_id: str) -> None:
    whole = {"AccountId": account_id}
    control.put_public_access_block(**whole, PublicAccessBlockConfiguration=BLOCK)
    seen(lambda: control.get_public_access_block(**whole)["PublicAccessBlockConfiguration"], BLOCK)
    control.delete_public_access_block(**whole)
    gone(lambda: control.get_public_access_block(**whole), "NoSuchPublicAccessBlockConfiguration")


def test_an_access_point(control: Any, s3: Any, account_id: str, bucket: str) -> None:
    named = {"AccountId": account_id, "Name": f"point-{account_id}"}
    tags = [{"Key": "Project", "Value": "music"}]
    made = control.create_access_point(**named, Bucket=bucket, PublicAccessBlockConfiguration=BLOCK, Tags=tags)
    arn = made["AccessPointArn"]
    found = control.get_access_point(**named)
    assert (found["AccessPointArn"], found["Alias"], found["Bucket"]) == (arn, made["Alias"], bucket)
    assert found["PublicAccessBlockConfiguration"] == BLOCK
    gone(lambda: control.get_access_point_policy(**named), "NoSuchAccessPointPolicy")
    gone(lambda: control.get_access_point_policy_status(**named), "NoSuchAccessPointPolicy")
    seen(lambda: control.list_tags_for_resource(AccountId=account_id, ResourceArn=arn)["Tags"], tags)
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"}, "Action": "s3:GetObject"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": f"{arn}/object/*"}]})
    control.put_access_point_policy(**named, Policy=policy)
    seen(lambda: control.get_access_point_policy(**named)["Policy"], policy)
    seen(lambda: control.get_access_point_policy_status(**named)["PolicyStatus"], {"IsPublic": False})
    control.tag_resource(AccountId=account_id, ResourceArn=arn, Tags=[{"Key": "Project", "Value": "dance"}])
    seen(lambda: control.list_tags_for_resource(AccountId=account_id, ResourceArn=arn)["Tags"][0]["Value"], "dance")
    s3.put_object(Bucket=made["Alias"], Key="key", Body=b"x")  # aws_s3_object by an access point's alias or ARN
    seen(lambda: s3.head_object(Bucket=made["Alias"], Key="key")["ContentLength"], 1)
    s3.delete_object(Bucket=made["Alias"], Key="key")
    control.delete_access_point_policy(**named)
    gone(lambda: control.get_access_point_policy(**named), "NoSuchAccessPointPolicy")
    control.delete_access_point(**named)
    gone(lambda: control.get_access_point(**named), "NoSuchAccessPoint")


def test_a_directory_bucket(s3: Any, account_id: str) -> None:
    zone = "use1-az4"
    name = f"directory-{account_id}--{zone}--x-s3"
    place = {"Location": {"Type": "AvailabilityZone", "Name": zone}}
    kind = {"Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"}}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={**place, **kind})
    arn = f"arn:aws:s3express:us-east-1:{account_id}:bucket/{name}"
    head = s3.head_bucket(Bucket=name)
    assert (head["BucketArn"], head["BucketLocationName"], head["BucketRegion"]) == (arn, zone, "us-east-1")
    seen(lambda: [found["BucketArn"] for found in s3.list_directory_buckets()["Buckets"]], [arn])
    s3.put_object(Bucket=name, Key="a/key", Body=b"x")
    with pytest.raises(ClientError) as refused:
        s3.delete_bucket(Bucket=name)
    assert refused.value.response["Error"]["Code"] == "BucketNotEmpty"
    keys = [{"Key": found["Key"]} for found in s3.list_objects_v2(Bucket=name)["Contents"]]  # force_destroy
    s3.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})
    s3.delete_bucket(Bucket=name)
    gone(lambda: s3.head_bucket(Bucket=name), "404")
