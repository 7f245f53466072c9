"""Multipart uploads."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest

from tests.services.s3.conftest import read, refusal

PART = 5 * 1024 * 1024
Uploaded = tuple[str, list[dict[str, Any]]]


def start(s3: Any, bucket: str, bodies: list[bytes], **given: Any) -> Uploaded:
    """An upload of `bodies` as its parts, not yet complete."""
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="key", **given)["UploadId"]
    parts = []
    for number, body in enumerate(bodies, 1):
        answer = s3.upload_part(Bucket=bucket, Key="key", UploadId=upload_id, PartNumber=number, Body=body)
        # An upload that chose no algorithm takes no checksums of its parts.
        chosen = [name for name in answer if name.startswith("Checksum")] if "ChecksumAlgorithm" in given else []
        checksums = {name: answer[name] for name in chosen if name != "ChecksumType"}
        parts.append({"PartNumber": number, "ETag": answer["ETag"], **checksums})
    return upload_id, parts


def complete(s3: Any, bucket: str, uploaded: Uploaded, **given: Any) -> Any:
    upload_id, parts = uploaded
    return s3.complete_multipart_upload(
        Bucket=bucket, Key="key", UploadId=upload_id, MultipartUpload={"Parts": parts}, **given
    )


def test_parts_become_the_object(s3: Any, bucket: str) -> None:
    body = os.urandom(2 * PART + 100)
    uploaded = start(s3, bucket, [body[:PART], body[PART : 2 * PART], body[2 * PART :]], Metadata={"m": "1"})
    assert refusal(s3.head_object, Bucket=bucket, Key="key") == (404, "404")
    done = complete(s3, bucket, uploaded)
    assert done["ETag"].endswith('-3"')
    got = s3.get_object(Bucket=bucket, Key="key")
    assert (got["Body"].read(), got["Metadata"], got["ETag"]) == (body, {"m": "1"}, done["ETag"])
    assert read(s3, bucket, "key", Range=f"bytes={PART - 10}-{2 * PART + 9}") == body[PART - 10 : 2 * PART + 10]
    second = s3.get_object(Bucket=bucket, Key="key", PartNumber=2)
    assert (second["Body"].read(), second["PartsCount"]) == (body[PART : 2 * PART], 3)
    assert complete(s3, bucket, uploaded)["ETag"] == done["ETag"]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")
    s3.delete_object(Bucket=bucket, Key="key")
    assert read(s3, bucket, "copy") == body


def test_parts_are_replaced_and_left_out(s3: Any, bucket: str) -> None:
    upload_id, parts = start(s3, bucket, [b"a" * PART, b"b" * PART, b"c"])
    again = s3.upload_part(Bucket=bucket, Key="key", UploadId=upload_id, PartNumber=1, Body=b"A" * PART)
    stale = complete_refusal(s3, bucket, (upload_id, parts))
    assert stale == (400, "InvalidPart")
    parts[0] = {"PartNumber": 1, "ETag": again["ETag"]}
    complete(s3, bucket, (upload_id, [parts[0], parts[2]]))
    assert read(s3, bucket, "key") == b"A" * PART + b"c"


def complete_refusal(s3: Any, bucket: str, uploaded: Uploaded, **given: Any) -> tuple[int, str]:
    return refusal(lambda: complete(s3, bucket, uploaded, **given))


def test_completions_that_are_refused(s3: Any, bucket: str) -> None:
    upload_id, parts = start(s3, bucket, [b"small", b"small too"])
    assert complete_refusal(s3, bucket, (upload_id, parts)) == (400, "EntityTooSmall")
    assert complete_refusal(s3, bucket, (upload_id, parts[::-1])) == (400, "InvalidPartOrder")
    assert complete_refusal(s3, bucket, (upload_id, [{"PartNumber": 9, "ETag": '"x"'}])) == (400, "InvalidPart")
    assert complete_refusal(s3, bucket, (upload_id, [])) == (400, "MalformedXML")
    assert complete_refusal(s3, bucket, ("none", parts)) == (404, "NoSuchUpload")
    complete(s3, bucket, (upload_id, parts[:1]), IfNoneMatch="*")
    upload_id, parts = start(s3, bucket, [b"other"])
    assert complete_refusal(s3, bucket, (upload_id, parts), IfNoneMatch="*") == (412, "PreconditionFailed")
    assert read(s3, bucket, "key") == b"small"


def test_aborted_uploads_are_gone(s3: Any, bucket: str) -> None:
    upload_id, parts = start(s3, bucket, [b"x" * PART])
    assert [upload["UploadId"] for upload in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload_id]
    s3.abort_multipart_upload(Bucket=bucket, Key="key", UploadId=upload_id)
    assert complete_refusal(s3, bucket, (upload_id, parts)) == (404, "NoSuchUpload")
    assert refusal(s3.list_parts, Bucket=bucket, Key="key", UploadId=upload_id) == (404, "NoSuchUpload")


def test_parts_are_listed_by_page(s3: Any, bucket: str) -> None:
    upload_id, parts = start(s3, bucket, [b"1", b"22", b"333"])
    first = s3.list_parts(Bucket=bucket, Key="key", UploadId=upload_id, MaxParts=2)
    assert ([part["Size"] for part in first["Parts"]], first["IsTruncated"]) == ([1, 2], True)
    rest = s3.list_parts(Bucket=bucket, Key="key", UploadId=upload_id, PartNumberMarker=first["NextPartNumberMarker"])
    assert [part["ETag"] for part in rest["Parts"]] == [parts[2]["ETag"]]
    none = s3.list_parts(Bucket=bucket, Key="key", UploadId=upload_id, MaxParts=0)
    assert (none.get("Parts", []), none["MaxParts"], none["IsTruncated"]) == ([], 0, False)


def test_parts_are_copied_from_objects(s3: Any, bucket: str) -> None:
    body = os.urandom(PART + 10)
    s3.put_object(Bucket=bucket, Key="source", Body=body)
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    given = {"Bucket": bucket, "Key": "key", "UploadId": upload_id, "CopySource": f"{bucket}/source"}
    first = s3.upload_part_copy(**given, PartNumber=1, CopySourceRange=f"bytes=10-{PART + 9}")
    second = s3.upload_part_copy(**given, PartNumber=2)
    parts = [
        {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}
        for number, answer in enumerate((first, second), 1)
    ]
    complete(s3, bucket, (upload_id, parts))
    assert read(s3, bucket, "key") == body[10:] + body
    beyond = refusal(s3.upload_part_copy, **given, PartNumber=3, CopySourceRange=f"bytes=0-{PART + 10}")
    assert beyond[0] == 404  # the upload is complete


@pytest.mark.parametrize(
    ("algorithm", "checksum_type"),
    [("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("CRC64NVME", "FULL_OBJECT"), ("SHA256", "COMPOSITE")],
)
def test_checksums_of_parts_and_whole(s3: Any, bucket: str, algorithm: str, checksum_type: str) -> None:
    body = os.urandom(PART + 5)
    whole = s3.put_object(Bucket=bucket, Key="whole", Body=body, ChecksumAlgorithm=algorithm)[f"Checksum{algorithm}"]
    upload_id = s3.create_multipart_upload(
        Bucket=bucket, Key="key", ChecksumAlgorithm=algorithm, ChecksumType=checksum_type
    )["UploadId"]
    parts = []
    for number, part in enumerate((body[:PART], body[PART:]), 1):
        answer = s3.upload_part(
            Bucket=bucket, Key="key", UploadId=upload_id, PartNumber=number, Body=part, ChecksumAlgorithm=algorithm
        )
        member = f"Checksum{algorithm}"
        parts.append({"PartNumber": number, "ETag": answer["ETag"], member: answer[member]})
    done = complete(s3, bucket, (upload_id, parts))
    assert done["ChecksumType"] == checksum_type
    if checksum_type == "FULL_OBJECT":
        assert done[f"Checksum{algorithm}"] == whole
    else:
        assert done[f"Checksum{algorithm}"].endswith("-2")
    assert (
        s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")[f"Checksum{algorithm}"]
        == (done[f"Checksum{algorithm}"])
    )


def test_managed_transfers(s3: Any, bucket: str) -> None:
    body = os.urandom(20 * 1024 * 1024)
    s3.upload_fileobj(io.BytesIO(body), bucket, "key")
    back = io.BytesIO()
    s3.download_fileobj(bucket, "key", back)
    assert back.getvalue() == body
    s3.copy({"Bucket": bucket, "Key": "key"}, bucket, "copy")
    assert read(s3, bucket, "copy") == body


def test_a_stated_checksum_that_cannot_be_is_a_wrong_one(s3: Any, bucket: str) -> None:
    names = {"Bucket": bucket, "Key": "key"}
    names["UploadId"] = s3.create_multipart_upload(**names, ChecksumAlgorithm="SHA256")["UploadId"]
    part = s3.upload_part(**names, PartNumber=1, Body=b"x", ChecksumAlgorithm="SHA256")
    bare = {"PartNumber": 1, "ETag": part["ETag"]}
    for listed in ({**bare, "ChecksumSHA256": part["ChecksumSHA256"]}, bare):
        parts = {"Parts": [listed]}
        assert refusal(s3.complete_multipart_upload, **names, MultipartUpload=parts, ChecksumSHA256="bad") == (
            400,
            "BadDigest",
        )


def test_a_conditional_completion_conflicts_with_what_was_done_since_it_began(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="key", Body=b"1")["ETag"]
    overwritten = start(s3, bucket, [b"x"])
    newer = s3.put_object(Bucket=bucket, Key="key", Body=b"2")["ETag"]
    assert complete_refusal(s3, bucket, overwritten, IfMatch=etag) == (412, "PreconditionFailed")
    assert complete_refusal(s3, bucket, overwritten, IfMatch=newer) == (409, "ConditionalRequestConflict")
    deleted = start(s3, bucket, [b"x"])
    s3.delete_object(Bucket=bucket, Key="key")
    assert complete_refusal(s3, bucket, deleted, IfNoneMatch="*") == (409, "ConditionalRequestConflict")
    assert complete_refusal(s3, bucket, deleted, IfMatch=newer) == (404, "NoSuchKey")
    complete(s3, bucket, deleted)
    undisturbed = start(s3, bucket, [b"y"])
    complete(s3, bucket, undisturbed, IfMatch=s3.head_object(Bucket=bucket, Key="key")["ETag"])
    assert read(s3, bucket, "key") == b"y"


def test_parts_are_numbered_from_one(s3: Any, bucket: str) -> None:
    upload_id, parts = start(s3, bucket, [b"x"])
    assert complete_refusal(s3, bucket, (upload_id, [{**parts[0], "PartNumber": 0}])) == (400, "InvalidArgument")


@pytest.mark.parametrize("checksum_type", ["COMPOSITE", "FULL_OBJECT"])
def test_parts_tell_their_checksums_where_the_objects_is_made_of_them(s3: Any, bucket: str, checksum_type: str) -> None:
    given = {"ChecksumAlgorithm": "CRC32", "ChecksumType": checksum_type}
    uploaded = start(s3, bucket, [b"a" * PART, b"b"], **given)
    complete(s3, bucket, uploaded)
    parts = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=["ObjectParts"])["ObjectParts"]
    second = s3.head_object(Bucket=bucket, Key="key", PartNumber=2, ChecksumMode="ENABLED")
    assert (parts["TotalPartsCount"], second["PartsCount"]) == (2, 2)
    if checksum_type == "FULL_OBJECT":
        assert set(parts) == {"TotalPartsCount"}
        assert "ChecksumCRC32" not in second
    else:
        assert [part["ChecksumCRC32"] for part in parts["Parts"]] == [part["ChecksumCRC32"] for part in uploaded[1]]
        none = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=["ObjectParts"], MaxParts=0)
        assert none["ObjectParts"]["IsTruncated"] is False
        assert second["ChecksumCRC32"] == uploaded[1][1]["ChecksumCRC32"]
