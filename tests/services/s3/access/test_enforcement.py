"""With `RUSTSTACK_AUTH=enforce`: signatures, policies, ACLs and public access decide."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from services.s3.ownership.canonical_ids import canonical_id
from tests.processes import Running, running_service
from tests.services.s3.conftest import read, refusal

OWNER, OTHER = "111111111111", "222222222222"
CREDENTIALS = f"""
[owner]
aws_access_key_id = AKIAOWNER
aws_secret_access_key = owner/secret+
aws_account_id = {OWNER}

[other]
aws_access_key_id = AKIAOTHER
aws_secret_access_key = other
aws_account_id = {OTHER}
email = other@example.com
"""


@dataclass
class Guarded:
    """A service that enforces, and its callers."""

    service: Running
    owner: Any
    other: Any
    anonymous: Any

    def bucket(self, **given: Any) -> str:
        name = f"test-{uuid.uuid4().hex}"
        self.owner.create_bucket(Bucket=name, **given)
        self.owner.delete_public_access_block(Bucket=name)
        return name

    def client(self, key: str, secret: str, **config: Any) -> Any:
        merged = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}).merge(Config(**config))
        session = boto3.session.Session(aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1")
        return session.client("s3", endpoint_url=self.service.url, config=merged)

    def allow(self, bucket: str, action: str | list[str], principal: Any = None, **further: Any) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": principal if principal is not None else {"AWS": OTHER},
            "Action": action,
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            **further,
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        self.owner.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder: Path = tmp_path_factory.mktemp("guarded")
    (folder / "credentials").write_text(CREDENTIALS)
    environment = {"RUSTSTACK_AUTH": "enforce", "RUSTSTACK_CREDENTIALS": str(folder / "credentials")}
    with running_service("s3", folder, environment=environment) as service:
        made = Guarded(service, None, None, None)
        made.owner = made.client("AKIAOWNER", "owner/secret+")
        made.other = made.client("AKIAOTHER", "other")
        made.anonymous = made.client("x", "x", signature_version=UNSIGNED)
        yield made


def test_signatures_are_verified(guarded: Guarded) -> None:
    bucket = guarded.bucket()
    guarded.owner.put_object(Bucket=bucket, Key="ä b/+%", Body=b"x")
    assert read(guarded.owner, bucket, "ä b/+%") == b"x"
    wrong = guarded.client("AKIAOWNER", "wrong")
    assert refusal(wrong.list_objects_v2, Bucket=bucket) == (403, "SignatureDoesNotMatch")
    unknown = guarded.client("AKIANOBODY", "x")
    assert refusal(unknown.list_objects_v2, Bucket=bucket) == (403, "InvalidAccessKeyId")
    assert refusal(guarded.anonymous.list_buckets) == (403, "AccessDenied")
    old = guarded.client("AKIAOWNER", "owner/secret+", signature_version="s3")
    old.put_object(Bucket=bucket, Key="old", Body=b"y")
    assert read(old, bucket, "old") == b"y"


def test_signed_chunks_are_verified(guarded: Guarded) -> None:
    bucket = guarded.bucket()
    body = b"x" * 200_000
    guarded.owner.put_object(Bucket=bucket, Key="key", Body=io.BytesIO(body), ChecksumAlgorithm="SHA256")
    assert read(guarded.owner, bucket, "key") == body


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_urls_run_out(guarded: Guarded, version: str) -> None:
    bucket = guarded.bucket()
    client = guarded.client("AKIAOWNER", "owner/secret+", signature_version=version)
    client.put_object(Bucket=bucket, Key="a b", Body=b"x")
    parameters = {"Bucket": bucket, "Key": "a b"}
    url = client.generate_presigned_url("get_object", Params=parameters)
    assert httpx.get(url).content == b"x"
    assert httpx.get(url.replace("a%20b", "a%20c")).status_code == 403
    assert httpx.delete(url).status_code == 403


def test_strangers_are_refused(guarded: Guarded) -> None:
    bucket = guarded.bucket()
    guarded.owner.put_object(Bucket=bucket, Key="key", Body=b"x")
    for stranger in (guarded.other, guarded.anonymous):
        assert refusal(stranger.get_object, Bucket=bucket, Key="key") == (403, "AccessDenied")
        assert refusal(stranger.get_object, Bucket=bucket, Key="none") == (403, "AccessDenied")
        assert refusal(stranger.put_object, Bucket=bucket, Key="key") == (403, "AccessDenied")
        assert refusal(stranger.list_objects_v2, Bucket=bucket) == (403, "AccessDenied")
        assert refusal(stranger.get_bucket_cors, Bucket=bucket) == (403, "AccessDenied")
        assert refusal(stranger.delete_bucket, Bucket=bucket) == (403, "AccessDenied")
    source = {"Bucket": bucket, "Key": "key"}
    mine = f"test-{uuid.uuid4().hex}"
    guarded.other.create_bucket(Bucket=mine)
    assert refusal(guarded.other.copy_object, Bucket=mine, Key="k", CopySource=source) == (403, "AccessDenied")


def test_policies_allow_and_deny(guarded: Guarded) -> None:
    bucket = guarded.bucket()
    guarded.owner.put_object(Bucket=bucket, Key="home/key", Body=b"x")
    guarded.allow(bucket, ["s3:GetObject", "s3:ListBucket"])
    assert read(guarded.other, bucket, "home/key") == b"x"
    assert refusal(guarded.other.get_object, Bucket=bucket, Key="none") == (404, "NoSuchKey")
    assert refusal(guarded.other.put_object, Bucket=bucket, Key="key") == (403, "AccessDenied")
    assert refusal(guarded.anonymous.get_object, Bucket=bucket, Key="home/key") == (403, "AccessDenied")
    guarded.allow(bucket, "s3:ListBucket", Condition={"StringEquals": {"s3:prefix": "home/"}})
    guarded.other.list_objects_v2(Bucket=bucket, Prefix="home/")
    assert refusal(guarded.other.list_objects_v2, Bucket=bucket) == (403, "AccessDenied")
    guarded.allow(bucket, "s3:GetObject", principal="*", Effect="Deny")
    assert refusal(guarded.owner.get_object, Bucket=bucket, Key="home/key") == (403, "AccessDenied")
    guarded.owner.delete_bucket_policy(Bucket=bucket)
    assert read(guarded.owner, bucket, "home/key") == b"x"


def test_public_buckets_and_their_restriction(guarded: Guarded) -> None:
    bucket = guarded.bucket()
    guarded.owner.put_object(Bucket=bucket, Key="key", Body=b"x")
    guarded.allow(bucket, "s3:GetObject", principal="*")
    assert httpx.get(f"{guarded.service.url}/{bucket}/key").content == b"x"
    guarded.owner.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert refusal(guarded.anonymous.get_object, Bucket=bucket, Key="key") == (403, "AccessDenied")
    assert refusal(guarded.other.get_object, Bucket=bucket, Key="key") == (403, "AccessDenied")


def test_acls_grant(guarded: Guarded) -> None:
    bucket = guarded.bucket(ObjectOwnership="ObjectWriter")
    guarded.owner.put_object(Bucket=bucket, Key="key", Body=b"x", ACL="public-read")
    assert read(guarded.anonymous, bucket, "key") == b"x"
    guarded.owner.put_object(Bucket=bucket, Key="key", Body=b"x", GrantRead=f'id="{canonical_id(OTHER)}"')
    assert read(guarded.other, bucket, "key") == b"x"
    assert refusal(guarded.anonymous.get_object, Bucket=bucket, Key="key") == (403, "AccessDenied")
    assert refusal(guarded.other.get_object_acl, Bucket=bucket, Key="key") == (403, "AccessDenied")
    guarded.owner.put_bucket_acl(Bucket=bucket, GrantWrite="emailAddress=other@example.com")
    guarded.other.put_object(Bucket=bucket, Key="theirs", Body=b"y")
    assert refusal(guarded.owner.get_object, Bucket=bucket, Key="theirs") == (403, "AccessDenied")
    guarded.owner.delete_object(Bucket=bucket, Key="theirs")
    guarded.owner.put_bucket_acl(Bucket=bucket, ACL="private")
    assert refusal(guarded.other.put_object, Bucket=bucket, Key="theirs") == (403, "AccessDenied")
    assert refusal(guarded.owner.put_bucket_acl, Bucket=bucket, GrantRead="emailAddress=nobody@example.com") == (
        400,
        "UnresolvableGrantByEmailAddress",
    )


def test_deleting_many_is_decided_key_by_key(guarded: Guarded) -> None:
    bucket = guarded.bucket()
    for key in ("mine/1", "theirs/1"):
        guarded.owner.put_object(Bucket=bucket, Key=key)
    guarded.allow(bucket, "s3:DeleteObject", Resource=f"arn:aws:s3:::{bucket}/theirs/*")
    entries = [{"Key": "mine/1"}, {"Key": "theirs/1"}]
    answer = guarded.other.delete_objects(Bucket=bucket, Delete={"Objects": entries})
    assert [entry["Key"] for entry in answer["Deleted"]] == ["theirs/1"]
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("mine/1", "AccessDenied")]


def test_anybody_deletes_what_is_theirs_out_of_a_public_bucket(guarded: Guarded) -> None:
    """AWS's recorded answer s3-018."""
    bucket = guarded.bucket(ObjectOwnership="ObjectWriter")
    guarded.owner.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    guarded.owner.put_object(Bucket=bucket, Key="key-created-by-owner", ACL="public-read-write")
    guarded.anonymous.put_object(Bucket=bucket, Key="key-created-by-anonymous", ACL="public-read-write")
    entries = [{"Key": "key-created-by-owner"}, {"Key": "key-created-by-anonymous"}]
    answer = guarded.anonymous.delete_objects(Bucket=bucket, Delete={"Objects": entries})
    assert answer["Deleted"] == [{"Key": "key-created-by-anonymous"}]
    assert answer["Errors"] == [{"Code": "AccessDenied", "Key": "key-created-by-owner", "Message": "Access Denied"}]


def test_forms_are_verified(guarded: Guarded) -> None:
    bucket = guarded.bucket()
    form = guarded.owner.generate_presigned_post(bucket, "up/${filename}", Conditions=[["starts-with", "$key", "up/"]])
    files = {"file": ("name", b"x")}
    assert httpx.post(form["url"], data=form["fields"], files=files).status_code == 204
    assert read(guarded.owner, bucket, "up/name") == b"x"
    forged = {**form["fields"], "signature": "0" * 28}
    assert httpx.post(form["url"], data=forged, files=files).status_code == 403
    assert httpx.post(form["url"], data={"key": "up/anonymous"}, files=files).status_code == 403


def test_an_upload_for_the_buckets_owner_needs_no_permission_for_acls(guarded: Guarded) -> None:
    bucket = guarded.bucket(ObjectOwnership="ObjectWriter")
    owner = f"id={canonical_id(OWNER)}"
    guarded.allow(bucket, "s3:PutObject", Condition={"StringEquals": {"s3:x-amz-grant-full-control": owner}})
    put = guarded.other.put_object
    put(Bucket=bucket, Key="key", Body=b"x", GrantFullControl=owner)
    assert read(guarded.owner, bucket, "key") == b"x"
    assert refusal(put, Bucket=bucket, Key="key") == (403, "AccessDenied")
    guarded.allow(bucket, "s3:PutObject", Condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}})
    put(Bucket=bucket, Key="key", Body=b"y", ACL="bucket-owner-full-control")
    assert read(guarded.owner, bucket, "key") == b"y"
    guarded.allow(bucket, "s3:PutObject")
    assert refusal(put, Bucket=bucket, Key="key", ACL="public-read") == (403, "AccessDenied")


def test_tags_are_the_buckets_owners_matter(guarded: Guarded) -> None:
    bucket = guarded.bucket(ObjectOwnership="ObjectWriter")
    guarded.owner.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    guarded.anonymous.put_object(Bucket=bucket, Key="key", Body=b"x", Tagging="a=b")
    assert refusal(guarded.owner.get_object, Bucket=bucket, Key="key") == (403, "AccessDenied")
    assert guarded.owner.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == [{"Key": "a", "Value": "b"}]
    for stranger in (guarded.other, guarded.anonymous):
        assert refusal(stranger.get_object_tagging, Bucket=bucket, Key="key") == (403, "AccessDenied")
    guarded.owner.delete_object_tagging(Bucket=bucket, Key="key")
