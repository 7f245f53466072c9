"""Encryption of directory buckets: S3's own keys, or one customer managed key for the bucket's lifetime."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.s3.conftest import refusal

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY_ID = "5678abcd-12ab-34cd-56ef-1234567890ab"
INVALID = (400, "InvalidRequest")


def encrypt(express: Any, directory: str, algorithm: str, key_id: str | None = None) -> None:
    applied = {"SSEAlgorithm": algorithm, **({} if key_id is None else {"KMSMasterKeyID": key_id})}
    express.put_bucket_encryption(
        Bucket=directory,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": applied}]},
    )


def arn_of(express: Any, directory: str) -> str:
    account = express.head_bucket(Bucket=directory)["BucketArn"].split(":")[4]
    return f"arn:aws:kms:us-east-1:{account}:key/{KEY_ID}"


def test_the_default_is_what_sessions_and_objects_have(express: Any, directory: str) -> None:
    plain = express.create_session(Bucket=directory)
    assert plain["ServerSideEncryption"] == "AES256"
    assert "SSEKMSKeyId" not in plain
    encrypt(express, directory, "aws:kms", KEY_ID)
    (rule,) = express.get_bucket_encryption(Bucket=directory)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["BucketKeyEnabled"] is True
    arn = arn_of(express, directory)
    express.put_object(Bucket=directory, Key="key", Body=b"x", ServerSideEncryption="aws:kms")
    for answer in (
        express.create_session(Bucket=directory),
        express.create_session(Bucket=directory, ServerSideEncryption="aws:kms", SSEKMSKeyId=KEY_ID),
        express.put_object(Bucket=directory, Key="key", Body=b"x"),
        express.put_object(Bucket=directory, Key="key", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=arn),
        express.head_object(Bucket=directory, Key="key"),
    ):
        assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", arn)
        assert answer["BucketKeyEnabled"] is True


def test_a_bucket_has_one_customer_managed_key(express: Any, directory: str) -> None:
    for key_id in (None, "alias/mine", "arn:aws:kms:us-east-1:000000000000:alias/mine"):
        assert refusal(encrypt, express=express, directory=directory, algorithm="aws:kms", key_id=key_id) == INVALID
    assert refusal(encrypt, express=express, directory=directory, algorithm="aws:kms:dsse", key_id=KEY_ID) == (
        400,
        "InvalidArgument",
    )
    encrypt(express, directory, "aws:kms", KEY_ID)
    encrypt(express, directory, "aws:kms", arn_of(express, directory))
    express.delete_bucket_encryption(Bucket=directory)
    assert express.create_session(Bucket=directory)["ServerSideEncryption"] == "AES256"
    assert refusal(encrypt, express=express, directory=directory, algorithm="aws:kms", key_id=OTHER_KEY_ID) == INVALID
    encrypt(express, directory, "aws:kms", KEY_ID)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ServerSideEncryption": "aws:kms:dsse"}, "InvalidArgument"),
        ({"ServerSideEncryption": "aws:kms"}, "InvalidRequest"),
        ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY_ID}, "InvalidRequest"),
    ],
)
def test_what_is_not_the_default_is_refused(express: Any, directory: str, given: dict[str, str], code: str) -> None:
    target = {"Bucket": directory, "Key": "key", **given}
    express.put_object(Bucket=directory, Key="source", Body=b"x", ServerSideEncryption="AES256")
    assert refusal(express.put_object, **target, Body=b"x") == (400, code)
    assert refusal(express.create_multipart_upload, **target) == (400, code)
    assert refusal(express.copy_object, **target, CopySource=f"{directory}/source") == (400, code)
    assert refusal(express.create_session, Bucket=directory, **given) == (400, code)


def test_another_key_than_the_defaults_is_refused(express: Any, directory: str) -> None:
    encrypt(express, directory, "aws:kms", KEY_ID)
    target = {"Bucket": directory, "Key": "key", "Body": b"x"}
    assert refusal(express.put_object, **target, ServerSideEncryption="AES256") == INVALID
    assert refusal(express.put_object, **target, ServerSideEncryption="aws:kms", SSEKMSKeyId=OTHER_KEY_ID) == INVALID
    express.put_object(**target)
    plain = {"Bucket": directory, "Key": "copy", "CopySource": f"{directory}/key", "ServerSideEncryption": "AES256"}
    assert express.copy_object(**plain)["ServerSideEncryption"] == "AES256"


def test_an_append_is_encrypted_as_its_object(express: Any, directory: str) -> None:
    target = {"Bucket": directory, "Key": "log"}
    express.put_object(**target, Body=b"one")
    encrypt(express, directory, "aws:kms", KEY_ID)
    append = {**target, "Body": b"two", "WriteOffsetBytes": 3}
    assert refusal(express.put_object, **append) == (400, "EncryptionTypeMismatch")
    encrypt(express, directory, "AES256")
    assert express.put_object(**append)["Size"] == 6
