"""Pages of listings: sizes, markers and tokens, possible and not."""

from __future__ import annotations

from typing import Any

from tests.services.s3.conftest import argument_error, error_of, refusal


def test_pages_of_impossible_sizes(s3: Any, bucket: str) -> None:
    wanted = argument_error("Argument maxKeys must be an integer between 0 and 2147483647", "maxKeys", "-1")
    for listing in (s3.list_objects, s3.list_objects_v2):
        assert error_of(listing, Bucket=bucket, MaxKeys=-1) == wanted
    # AWS says it in other words there.
    assert error_of(s3.list_object_versions, Bucket=bucket, MaxKeys=-1)["Message"] == "max-keys cannot be negative"


def test_markers_that_mark_nothing(s3: Any, bucket: str) -> None:
    empty = error_of(s3.list_object_versions, Bucket=bucket, KeyMarker="a", VersionIdMarker="")
    assert empty["Message"] == "A version-id marker cannot be empty."
    unknown = error_of(s3.list_multipart_uploads, Bucket=bucket, KeyMarker="a", UploadIdMarker="x")
    assert unknown == argument_error("Invalid uploadId marker", "upload-id-marker", "x")
    assert s3.list_multipart_uploads(Bucket=bucket, UploadIdMarker="x")["UploadIdMarker"] == ""
    assert error_of(s3.list_objects_v2, Bucket=bucket, ContinuationToken="?") == {
        "Code": "InvalidArgument",
        "Message": "The continuation token provided is incorrect",
        "ArgumentName": "continuation-token",
    }


def test_a_listing_of_uploads_ends_with_its_last(s3: Any, bucket: str) -> None:
    ids = [s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in ("a", "b")]
    answer = s3.list_multipart_uploads(Bucket=bucket)
    assert "Prefix" not in answer
    assert (answer["IsTruncated"], answer["NextKeyMarker"], answer["NextUploadIdMarker"]) == (False, "b", ids[1])
    assert s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")["Prefix"] == ""
    first = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=1)
    assert (first["IsTruncated"], first["NextKeyMarker"], first["NextUploadIdMarker"]) == (True, "a", ids[0])


def test_a_listing_tells_its_buckets_region(s3: Any, unique_name: str) -> None:
    s3.create_bucket(Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for listing in (s3.list_objects, s3.list_objects_v2):
        assert listing(Bucket=unique_name)["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "eu-west-1"


def test_version_ids_and_tokens_that_are_none(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key")
    empty = error_of(s3.get_object, Bucket=bucket, Key="key", VersionId="")
    assert (empty["Message"], empty["ArgumentName"]) == ("Version id cannot be the empty string", "versionId")
    unknown = error_of(s3.get_object, Bucket=bucket, Key="key", VersionId="x")
    assert unknown == argument_error("Invalid version id specified", "versionId", "x")
    assert refusal(s3.list_buckets, ContinuationToken="?")[1] == "InvalidArgument"


def test_pages_of_parts_of_impossible_sizes(s3: Any, bucket: str) -> None:
    given = {
        "Bucket": bucket,
        "Key": "key",
        "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"],
    }
    for parameter, member in (("max-parts", "MaxParts"), ("part-number-marker", "PartNumberMarker")):
        wanted = argument_error(f"Argument {parameter} must be an integer between 0 and 2147483647", parameter, "-1")
        assert error_of(s3.list_parts, **given, **{member: -1}) == wanted
