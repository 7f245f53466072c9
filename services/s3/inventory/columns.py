"""A report's columns: their names in the manifest and in the files, and their types. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from awskit.wire.timestamps import parse_timestamp

Type = Literal["string", "boolean", "bigint", "timestamp"]

OPTIONAL = (
    "Size",
    "LastModifiedDate",
    "ETag",
    "StorageClass",
    "IsMultipartUploaded",
    "ReplicationStatus",
    "EncryptionStatus",
    "ObjectLockRetainUntilDate",
    "ObjectLockMode",
    "ObjectLockLegalHoldStatus",
    "IntelligentTieringAccessTier",
    "BucketKeyStatus",
    "ChecksumAlgorithm",
    "ObjectAccessControlList",
    "ObjectOwner",
    "LifecycleExpirationDate",
)
"""The optional fields that a report may have, in their order."""

_REQUIRED = ("Bucket", "Key")
_OF_VERSIONS = ("VersionId", "IsLatest", "IsDeleteMarker")
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is that of the API: `ETag`."""

    name: str

    @property
    def is_required(self) -> bool:
        return self.name in _REQUIRED

    @property
    def file_name(self) -> str:
        """Its name in ORC and Parquet: `e_tag`."""
        return _WORD.sub("_", self.name).lower()

    @property
    def type(self) -> Type:
        if self.name.startswith("Is"):
            return "boolean"
        if self.name.endswith("Date"):
            return "timestamp"
        return "bigint" if self.name == "Size" else "string"

    def reader(self) -> Callable[[str], Any]:
        """What gives a row's text its value: milliseconds since the epoch of a timestamp; None for no text."""
        return _READERS[self.type]


def _boolean(text: str) -> bool | None:
    return text == "true" if text else None


def _bigint(text: str) -> int | None:
    return int(text) if text else None


def _timestamp(text: str) -> int | None:
    return round(parse_timestamp(text) * 1000) if text else None


def _string(text: str) -> bytes | None:
    return text.encode() if text else None


_READERS = MappingProxyType({"string": _string, "boolean": _boolean, "bigint": _bigint, "timestamp": _timestamp})


def columns_of(configuration: Mapping[str, Any]) -> Sequence[Column]:
    """The columns of a configuration's reports."""
    of_versions = _OF_VERSIONS if configuration["IncludedObjectVersions"] == "All" else ()
    asked = configuration.get("OptionalFields") or ()
    return [Column(name) for name in (*_REQUIRED, *of_versions, *(name for name in OPTIONAL if name in asked))]


def destination_of(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration's `S3BucketDestination`."""
    destination: Mapping[str, Any] = configuration["Destination"]["S3BucketDestination"]
    return destination
