"""The settings that give new buckets what they had before 2023."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes import running_service
from tests.services.s3.conftest import read, refusal

SETTINGS = {
    "RUSTSTACK_S3_DEFAULT_OWNERSHIP": "ObjectWriter",
    "RUSTSTACK_S3_BLOCK_PUBLIC_ACCESS": "0",
    "RUSTSTACK_S3_DEFAULT_ENCRYPTION": "0",
}
MISSING = (404, "ServerSideEncryptionConfigurationNotFoundError")


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with running_service("s3", tmp_path_factory.mktemp("older"), environment=SETTINGS) as service:
        client = service.client("s3")
        yield client
        client.close()


def test_buckets_are_not_encrypted_until_they_are_told_to(older: Any) -> None:
    older.create_bucket(Bucket="encryption")
    assert refusal(older.get_bucket_encryption, Bucket="encryption") == MISSING
    assert "ServerSideEncryption" not in older.put_object(Bucket="encryption", Key="key", Body=b"x")
    assert "ServerSideEncryption" not in older.head_object(Bucket="encryption", Key="key")
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    older.put_bucket_encryption(Bucket="encryption", ServerSideEncryptionConfiguration={"Rules": rules})
    assert older.put_object(Bucket="encryption", Key="key")["ServerSideEncryption"] == "AES256"
    older.delete_bucket_encryption(Bucket="encryption")
    assert refusal(older.get_bucket_encryption, Bucket="encryption") == MISSING
    assert "ServerSideEncryption" not in older.put_object(Bucket="encryption", Key="key")


def test_acls_and_public_access(older: Any) -> None:
    older.create_bucket(Bucket="acls", ACL="public-read")
    older.put_object(Bucket="acls", Key="key", Body=b"x", ACL="public-read")
    assert read(older, "acls", "key") == b"x"
    assert refusal(older.get_public_access_block, Bucket="acls") == (404, "NoSuchPublicAccessBlockConfiguration")


def test_creating_a_bucket_again_resets_its_acl(older: Any) -> None:
    older.create_bucket(Bucket="again", ACL="public-read")
    older.put_object(Bucket="again", Key="key", Body=b"x")
    older.create_bucket(Bucket="again")
    assert [grant["Permission"] for grant in older.get_bucket_acl(Bucket="again")["Grants"]] == ["FULL_CONTROL"]
    assert read(older, "again", "key") == b"x"
    older.create_bucket(Bucket="again", ACL="authenticated-read")
    assert len(older.get_bucket_acl(Bucket="again")["Grants"]) == 2
