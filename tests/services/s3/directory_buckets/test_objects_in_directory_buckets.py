"""Objects in directory buckets: by sessions, out of order, renamed, appended to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.s3.conftest import error_of, read, refusal

BIG = b"x" * 100_000  # more than lies in a row


def test_a_life_of_objects(express: Any, directory: str) -> None:
    put = express.put_object(Bucket=directory, Key="a/key", Body=b"content", Metadata={"k": "v"})
    assert put["ChecksumCRC32"]
    assert read(express, directory, "a/key") == b"content"
    head = express.head_object(Bucket=directory, Key="a/key")
    assert (head["StorageClass"], head["Metadata"], "VersionId" in head) == ("EXPRESS_ONEZONE", {"k": "v"}, False)
    express.copy_object(Bucket=directory, Key="copy", CopySource={"Bucket": directory, "Key": "a/key"})
    assert read(express, directory, "copy") == b"content"
    (listed,) = express.list_objects_v2(Bucket=directory, Prefix="a/")["Contents"]
    assert (listed["Key"], listed["StorageClass"]) == ("a/key", "EXPRESS_ONEZONE")
    assert express.list_objects_v2(Bucket=directory, Delimiter="/")["CommonPrefixes"] == [{"Prefix": "a/"}]
    assert refusal(express.delete_bucket, Bucket=directory) == (409, "BucketNotEmpty")
    gone = express.delete_objects(Bucket=directory, Delete={"Objects": [{"Key": "a/key"}, {"Key": "copy"}]})
    assert len(gone["Deleted"]) == 2
    express.delete_bucket(Bucket=directory)


def test_copies_go_both_ways(s3: Any, bucket: str, express: Any, directory: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=BIG)
    express.copy_object(Bucket=directory, Key="in", CopySource={"Bucket": bucket, "Key": "key"})
    s3.copy_object(Bucket=bucket, Key="out", CopySource={"Bucket": directory, "Key": "in"})
    assert read(s3, bucket, "out") == BIG
    assert express.head_object(Bucket=directory, Key="in")["StorageClass"] == "EXPRESS_ONEZONE"
    assert "StorageClass" not in s3.head_object(Bucket=bucket, Key="out")


def test_parts(express: Any, directory: str) -> None:
    given = {"Bucket": directory, "Key": "parts"}
    upload = {**given, "UploadId": express.create_multipart_upload(**given)["UploadId"]}
    parts = [
        {"PartNumber": number, "ETag": express.upload_part(**upload, PartNumber=number, Body=body)["ETag"]}
        for number, body in ((1, b"x" * 5 * 1024 * 1024), (3, b"y"), (2, b"z"))
    ]
    gap = {"Parts": [parts[0], parts[1]]}
    assert refusal(express.complete_multipart_upload, **upload, MultipartUpload=gap) == (400, "InvalidPart")
    express.complete_multipart_upload(**upload, MultipartUpload={"Parts": [parts[0], parts[2]]})
    assert read(express, directory, "parts")[-1:] == b"z"
    assert express.head_object(**given)["StorageClass"] == "EXPRESS_ONEZONE"


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_prefixes_of_uploads_in_progress_are_listed(express: Any, directory: str, size: int) -> None:
    for key in ("a/object", "d/object", "plain", "z/object"):
        express.put_object(Bucket=directory, Key=key, Body=b"x")
    for key in ("a/upload", "b/upload", "c", "e/upload", "e/upload", "y"):
        express.create_multipart_upload(Bucket=directory, Key=key)
    keys, prefixes, more = [], [], {}
    while True:
        page = express.list_objects_v2(Bucket=directory, Delimiter="/", MaxKeys=size, **more)
        assert page["KeyCount"] <= size
        keys += [each["Key"] for each in page.get("Contents", ())]
        prefixes += [each["Prefix"] for each in page.get("CommonPrefixes", ())]
        if not page["IsTruncated"]:
            break
        more = {"ContinuationToken": page["NextContinuationToken"]}
    assert (keys, prefixes) == (["plain"], ["a/", "b/", "d/", "e/", "z/"])
    assert express.list_objects_v2(Bucket=directory, Prefix="b/")["KeyCount"] == 0


def test_listings_are_in_no_order(express: Any, directory: str) -> None:
    keys = [f"{number:03}" for number in range(40)]
    for key in keys:
        express.put_object(Bucket=directory, Key=key, Body=b"")
    pages = list(express.get_paginator("list_objects_v2").paginate(Bucket=directory, PaginationConfig={"PageSize": 15}))
    found = [entry["Key"] for page in pages for entry in page["Contents"]]
    assert (sorted(found), [page["KeyCount"] for page in pages]) == (keys, [15, 15, 10])
    assert found != keys


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"Prefix": "a"}, 400, "InvalidRequest"),
        ({"Prefix": "a", "Delimiter": "/"}, 400, "InvalidRequest"),
        ({"Delimiter": "-"}, 400, "InvalidRequest"),
        ({"StartAfter": "a"}, 501, "NotImplemented"),
        ({"FetchOwner": True}, 501, "NotImplemented"),
    ],
)
def test_listings_that_it_does_not_have(
    express: Any, directory: str, given: dict[str, Any], status: int, code: str
) -> None:
    assert refusal(express.list_objects_v2, Bucket=directory, **given) == (status, code)


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"StorageClass": "STANDARD"}, 400, "InvalidStorageClass"),
        ({"Tagging": "a=1"}, 501, "NotImplemented"),
        ({"ACL": "public-read"}, 400, "AccessControlListNotSupported"),
        ({"WebsiteRedirectLocation": "/x"}, 501, "NotImplemented"),
        ({"ObjectLockLegalHoldStatus": "ON"}, 501, "NotImplemented"),
        ({"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "x" * 32}, 501, "NotImplemented"),
    ],
)
def test_uploads_that_it_does_not_take(
    express: Any, directory: str, given: dict[str, Any], status: int, code: str
) -> None:
    assert refusal(express.put_object, Bucket=directory, Key="key", Body=b"x", **given) == (status, code)


def test_a_rename(express: Any, directory: str) -> None:
    for key, body in (("old", BIG), ("there", b"there")):
        express.put_object(Bucket=directory, Key=key, Body=body, Metadata={"of": key})
    etag = express.head_object(Bucket=directory, Key="old")["ETag"]
    express.rename_object(Bucket=directory, Key="a/new", RenameSource="old")
    assert read(express, directory, "a/new") == BIG
    found = express.head_object(Bucket=directory, Key="a/new")
    assert (found["ETag"], found["Metadata"]) == (etag, {"of": "old"})
    assert refusal(express.get_object, Bucket=directory, Key="old") == (404, "NoSuchKey")
    given = {"Bucket": directory, "Key": "there", "RenameSource": f"/{directory}/a/new"}
    assert refusal(express.rename_object, **given, DestinationIfNoneMatch="*") == (412, "PreconditionFailed")
    assert refusal(express.rename_object, **given, SourceIfMatch='"other"') == (412, "PreconditionFailed")
    express.rename_object(**given, SourceIfMatch=etag)
    assert read(express, directory, "there") == BIG
    assert refusal(express.rename_object, Bucket=directory, Key="x", RenameSource="/none") == (404, "NoSuchKey")
    assert refusal(express.rename_object, Bucket=directory, Key="x/", RenameSource="/there")[0] == 400


def test_a_rename_that_is_sent_again(express: Any, directory: str) -> None:
    express.put_object(Bucket=directory, Key="a", Body=b"x")
    given = {"Bucket": directory, "Key": "b", "ClientToken": "token"}
    express.rename_object(**given, RenameSource="a")
    express.rename_object(**given, RenameSource="a")
    assert read(express, directory, "b") == b"x"
    refused = refusal(express.rename_object, **given, RenameSource="other")
    assert refused == (400, "IdempotencyParameterMismatch")


def test_appends(express: Any, directory: str) -> None:
    given = {"Bucket": directory, "Key": "log"}
    first = express.put_object(**given, Body=b"one\n", WriteOffsetBytes=0, Metadata={"kept": "yes"})
    assert first["Size"] == 4
    second = express.put_object(**given, Body=BIG, WriteOffsetBytes=4)
    assert second["Size"] == 4 + len(BIG)
    third = express.put_object(**given, Body=b"end", WriteOffsetBytes=4 + len(BIG))
    assert read(express, directory, "log") == b"one\n" + BIG + b"end"
    head = express.head_object(**given, ChecksumMode="ENABLED")
    assert (head["ETag"], head["Metadata"]) == (third["ETag"], {"kept": "yes"})
    assert head["ChecksumCRC32"] == third["ChecksumCRC32"]
    whole = express.put_object(Bucket=directory, Key="whole", Body=b"one\n" + BIG + b"end")
    assert whole["ChecksumCRC32"] == third["ChecksumCRC32"]


def test_appends_that_do_not_fit(express: Any, directory: str) -> None:
    given = {"Bucket": directory, "Key": "log", "Body": b"x"}
    assert refusal(express.put_object, **given, WriteOffsetBytes=3) == (404, "NoSuchKey")
    express.put_object(**given, WriteOffsetBytes=0)
    for offset in (0, 2):
        assert error_of(express.put_object, **given, WriteOffsetBytes=offset)["Code"] == "InvalidWriteOffset"
    assert refusal(express.put_object, **given, WriteOffsetBytes=1, IfMatch='"other"') == (412, "PreconditionFailed")
    assert read(express, directory, "log") == b"x"


def test_deletes_with_conditions(express: Any, directory: str) -> None:
    given = {"Bucket": directory, "Key": "key"}
    express.put_object(**given, Body=b"abc")
    modified = express.head_object(**given)["LastModified"]
    assert refusal(express.delete_object, **given, IfMatchSize=2) == (412, "PreconditionFailed")
    express.delete_object(**given, IfMatchSize=3, IfMatchLastModifiedTime=modified)
    assert refusal(express.delete_object, **given, IfMatchSize=3) == (404, "NoSuchKey")
