"""Storage classes, and archived objects that are restored."""

from __future__ import annotations

from typing import Any

from tests.services.s3.conftest import error_of, read, refusal


def test_archived_objects_are_read_after_they_are_restored(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", StorageClass="GLACIER")
    assert refusal(s3.get_object, Bucket=bucket, Key="key") == (403, "InvalidObjectState")
    answer = s3.restore_object(Bucket=bucket, Key="key", RestoreRequest={"Days": 1})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert read(s3, bucket, "key") == b"x"
    assert 'ongoing-request="false"' in s3.head_object(Bucket=bucket, Key="key")["Restore"]


def test_storage_classes_in_errors(s3: Any, bucket: str) -> None:
    assert error_of(s3.put_object, Bucket=bucket, Key="key", StorageClass="OUTPOSTS") == {
        "Code": "InvalidStorageClass",
        "Message": "The storage class you specified is not valid",
        "StorageClassRequested": "OUTPOSTS",
    }
    s3.put_object(Bucket=bucket, Key="key", StorageClass="GLACIER")
    copied = error_of(s3.copy_object, Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")
    assert copied["Message"] == "Operation is not valid for the source object's storage class"
