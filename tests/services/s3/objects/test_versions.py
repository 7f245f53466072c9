"""Versions and delete markers."""

from __future__ import annotations

from typing import Any

from tests.services.s3.conftest import read, refusal


def versions(s3: Any, bucket: str, **given: Any) -> list[tuple[str, str, bool, bool]]:
    """(key, id, is latest, is a delete marker) of a bucket, newest first within a key."""
    answer = s3.list_object_versions(Bucket=bucket, **given)
    entries = [(entry, False) for entry in answer.get("Versions", [])]
    entries += [(entry, True) for entry in answer.get("DeleteMarkers", [])]
    return sorted((entry["Key"], entry["VersionId"], entry["IsLatest"], marker) for entry, marker in entries)


def test_every_write_is_kept(s3: Any, versioned: str) -> None:
    first = s3.put_object(Bucket=versioned, Key="key", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=versioned, Key="key", Body=b"2")["VersionId"]
    assert read(s3, versioned, "key") == b"2"
    assert read(s3, versioned, "key", VersionId=first) == b"1"
    assert versions(s3, versioned) == sorted([("key", first, False, False), ("key", second, True, False)])
    assert refusal(s3.get_object, Bucket=versioned, Key="other", VersionId=first) == (404, "NoSuchVersion")
    for foreign in ("0" * 32, "short", first[:-4] + "ABCD"):
        assert refusal(s3.get_object, Bucket=versioned, Key="key", VersionId=foreign) == (400, "InvalidArgument")


def test_delete_markers_hide_and_go(s3: Any, versioned: str) -> None:
    version = s3.put_object(Bucket=versioned, Key="key", Body=b"1")["VersionId"]
    deleted = s3.delete_object(Bucket=versioned, Key="key")
    assert deleted["DeleteMarker"]
    marker = deleted["VersionId"]
    assert refusal(s3.get_object, Bucket=versioned, Key="key") == (404, "NoSuchKey")
    assert refusal(s3.get_object, Bucket=versioned, Key="key", VersionId=marker) == (405, "MethodNotAllowed")
    assert s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 0
    assert s3.delete_object(Bucket=versioned, Key="key", VersionId=marker)["DeleteMarker"]
    assert read(s3, versioned, "key") == b"1"
    assert versions(s3, versioned) == [("key", version, True, False)]


def test_deleting_the_latest_version_brings_back_the_one_before(s3: Any, versioned: str) -> None:
    s3.put_object(Bucket=versioned, Key="key", Body=b"1")
    latest = s3.put_object(Bucket=versioned, Key="key", Body=b"2")["VersionId"]
    s3.delete_object(Bucket=versioned, Key="key", VersionId=latest)
    assert read(s3, versioned, "key") == b"1"
    assert [entry["Size"] for entry in s3.list_objects_v2(Bucket=versioned)["Contents"]] == [1]


def test_null_versions_of_a_bucket_before_and_after_versioning(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    kept = s3.put_object(Bucket=bucket, Key="key", Body=b"kept")["VersionId"]
    assert read(s3, bucket, "key", VersionId="null") == b"before"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=bucket, Key="key", Body=b"after")
    s3.put_object(Bucket=bucket, Key="key", Body=b"after all")
    assert versions(s3, bucket) == sorted([("key", kept, False, False), ("key", "null", True, False)])
    assert read(s3, bucket, "key") == b"after all"
    deleted = s3.delete_object(Bucket=bucket, Key="key")
    assert (deleted["VersionId"], deleted["DeleteMarker"]) == ("null", True)
    assert versions(s3, bucket) == sorted([("key", kept, False, False), ("key", "null", True, True)])


def test_versions_are_listed_by_page(s3: Any, versioned: str) -> None:
    written = []
    for key in ("a", "b"):
        written += [(key, s3.put_object(Bucket=versioned, Key=key)["VersionId"]) for _ in range(3)][::-1]
    found: list[tuple[str, str]] = []
    further: dict[str, str] = {}
    while True:
        answer = s3.list_object_versions(Bucket=versioned, MaxKeys=2, **further)
        found += [(entry["Key"], entry["VersionId"]) for entry in answer["Versions"]]
        if not answer["IsTruncated"]:
            break
        further = {"KeyMarker": answer["NextKeyMarker"], "VersionIdMarker": answer["NextVersionIdMarker"]}
    assert found == written
    assert [entry[0] for entry in versions(s3, versioned, KeyMarker="a")] == ["b", "b", "b"]


def test_the_configuration(s3: Any, bucket: str) -> None:
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    wrong = {"Status": "Enabled", "MFADelete": "Enabled"}
    assert refusal(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration=wrong)[0] == 403


def test_copying_a_version_back(s3: Any, versioned: str) -> None:
    first = s3.put_object(Bucket=versioned, Key="key", Body=b"1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="key", Body=b"2")
    copied = s3.copy_object(
        Bucket=versioned, Key="key", CopySource={"Bucket": versioned, "Key": "key", "VersionId": first}
    )
    assert copied["CopySourceVersionId"] == first
    assert read(s3, versioned, "key") == b"1"
    assert len(versions(s3, versioned)) == 3


def test_a_latest_delete_marker_has_no_sub_resources(s3: Any, versioned: str) -> None:
    s3.put_object(Bucket=versioned, Key="key", Body=b"1")
    s3.delete_object(Bucket=versioned, Key="key")
    named = {"Bucket": versioned, "Key": "key"}
    for call in (s3.get_object_tagging, s3.delete_object_tagging, s3.get_object_acl):
        assert refusal(call, **named) == (405, "MethodNotAllowed")
    assert refusal(s3.put_object_acl, **named, ACL="private") == (405, "MethodNotAllowed")
    assert refusal(s3.get_object_attributes, **named, ObjectAttributes=["ETag"]) == (404, "NoSuchKey")
