"""Storage classes, and what the archived ones need before they are read.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.errors import AwsError
from services.s3.buckets.directory_bucket_names import STORAGE_CLASS as EXPRESS
from services.s3.buckets.directory_bucket_names import is_directory_bucket

STORAGE_CLASSES = frozenset(
    {
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "DEEP_ARCHIVE",
        "GLACIER_IR",
    }
)
ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects are read only after RestoreObject."""


def storage_class_of(input: Mapping[str, Any], bucket: str) -> str:
    """The storage class of an upload to the bucket of that name. Raises `InvalidStorageClass`."""
    if is_directory_bucket(bucket):
        known, default = frozenset((EXPRESS,)), EXPRESS
    else:
        known, default = STORAGE_CLASSES, "STANDARD"
    storage_class = input.get("StorageClass", default)
    if storage_class not in known:
        raise AwsError(
            "InvalidStorageClass",
            "The storage class you specified is not valid",
            members={"StorageClassRequested": storage_class},
        )
    return str(storage_class)


def check_not_archived(
    storage_class: str, attributes: Mapping[str, Any], now: float, subject: str = "The operation", of: str = "object"
) -> None:
    """Raise `InvalidObjectState` for an object in an archive that has not been restored."""
    if storage_class not in ARCHIVED:
        return
    if attributes.get("RestoreUntil", 0) > now:
        return
    raise AwsError(
        "InvalidObjectState",
        f"{subject} is not valid for the {of}'s storage class",
        403,
        members={"StorageClass": storage_class},
    )


def restore_status(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """`RestoreStatus` of an archived object that was restored."""
    until = attributes.get("RestoreUntil")
    if until is None:
        return {}
    return {"RestoreStatus": {"IsRestoreInProgress": False, "RestoreExpiryDate": until}}
