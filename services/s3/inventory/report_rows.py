"""The rows of an inventory report. Pure.

In: the versions of a bucket, key by key, newest first. Out: for each that the configuration takes in, its columns'
values as CSV has them, in the order of `columns`; what a version does not have is empty.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/objectacl.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from awskit.wire.timestamps import iso8601_milliseconds
from services.s3.bodies import object_checksum
from services.s3.inventory.columns import columns_of, destination_of
from services.s3.lifecycle.expiration import Rule, expires_at, noncurrent_expires_at
from services.s3.objects.key_encoding import url_encoded
from services.s3.ownership.access_control import private
from services.s3.store.objects import NULL_VERSION, ObjectVersion

_ACL_VERSION = "2022-11-10"
_ENCRYPTION = MappingProxyType({"AES256": "SSE-S3", "aws:kms": "SSE-KMS", "aws:kms:dsse": "DSSE-KMS"})


@dataclass(frozen=True, slots=True)
class _Line:
    version: ObjectVersion
    expires: float | None


def _of_object(show: Callable[[ObjectVersion], str]) -> Callable[[_Line], str]:
    """A field that delete markers do not have."""
    return lambda line: "" if line.version.is_delete_marker else show(line.version)


def _date(seconds: float | None) -> str:
    return "" if seconds is None else iso8601_milliseconds(seconds)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _encryption_status(version: ObjectVersion) -> str:
    if "SSECustomerKeyMD5" in version.attributes:
        return "SSE-C"
    return _ENCRYPTION.get(version.attributes.get("ServerSideEncryption", ""), "NOT-SSE")


def _checksum_algorithm(version: ObjectVersion) -> str:
    return "" if version.checksum is None else object_checksum.parse(version.checksum)[0]


def _access_control_list(version: ObjectVersion) -> str:
    acl = version.acl or private(version.owner_id)
    grants = []
    for grant in acl["Grants"]:
        grantee = grant["Grantee"]
        if "URI" in grantee:
            grants.append({"uri": grantee["URI"], "permission": grant["Permission"], "type": "Group"})
        else:
            grants.append({"canonicalId": grantee["ID"], "permission": grant["Permission"], "type": "CanonicalUser"})
    document = {"version": _ACL_VERSION, "status": "AVAILABLE", "grants": grants}
    return base64.b64encode(orjson.dumps(document)).decode()


_OPTIONAL: Mapping[str, Callable[[_Line], str]] = MappingProxyType(
    {
        "Size": _of_object(lambda version: str(version.size)),
        "LastModifiedDate": lambda line: _date(line.version.last_modified // 1),
        "ETag": _of_object(lambda version: version.etag),
        "StorageClass": _of_object(lambda version: version.storage_class),
        "IsMultipartUploaded": lambda line: _truth(line.version.part_count is not None),
        "ReplicationStatus": lambda line: line.version.attributes.get("ReplicationStatus", ""),
        "EncryptionStatus": _of_object(_encryption_status),
        "ObjectLockRetainUntilDate": lambda line: _date(line.version.attributes.get("ObjectLockRetainUntilDate")),
        "ObjectLockMode": lambda line: line.version.attributes.get("ObjectLockMode", "").capitalize(),
        "ObjectLockLegalHoldStatus": _of_object(
            lambda version: version.attributes.get("ObjectLockLegalHoldStatus", "OFF").capitalize()
        ),
        "IntelligentTieringAccessTier": _of_object(
            lambda version: "FREQUENT" if version.storage_class == "INTELLIGENT_TIERING" else ""
        ),
        "BucketKeyStatus": _of_object(
            lambda version: "ENABLED" if version.attributes.get("BucketKeyEnabled") else "DISABLED"
        ),
        "ChecksumAlgorithm": _of_object(_checksum_algorithm),
        "ObjectAccessControlList": _of_object(_access_control_list),
        "ObjectOwner": lambda line: line.version.owner_id,
        "LifecycleExpirationDate": lambda line: _date(line.expires),
    }
)


class ReportRows:
    """The rows of one report, page after page of a bucket's versions."""

    def __init__(self, bucket: str, configuration: Mapping[str, Any], rules: Sequence[Rule]) -> None:
        """`rules` are the bucket's enabled lifecycle rules."""
        self._bucket = bucket
        self._all = configuration["IncludedObjectVersions"] == "All"
        # The keys of CSV alone are encoded.
        self._encodes = destination_of(configuration)["Format"] == "CSV"
        chosen = [column.name for column in columns_of(configuration) if column.name in _OPTIONAL]
        self._fields = [_OPTIONAL[name] for name in chosen]
        self._rules = rules if "LifecycleExpirationDate" in chosen else ()
        self._above: ObjectVersion | None = None
        self._newer = 0

    def rows(self, versions: Iterable[ObjectVersion]) -> list[list[str]]:
        """The rows of the next page."""
        found = []
        for version in versions:
            expires = self._expires(version) if self._rules else None
            if self._all or (version.is_latest and not version.is_delete_marker):
                found.append(self._row(_Line(version, expires)))
        return found

    def _row(self, line: _Line) -> list[str]:
        version = line.version
        values = [self._bucket, url_encoded(version.key) if self._encodes else version.name]
        if self._all:
            # Null versions have no id here: S3 Batch Operations has to be told so.
            values.append("" if version.version_id == NULL_VERSION else version.version_id)
            values.append(_truth(version.is_latest))
            values.append(_truth(version.is_delete_marker))
        values.extend(field(line) for field in self._fields)
        return values

    def _expires(self, version: ObjectVersion) -> float | None:
        """When a rule deletes the version for good or, if it is current, hides it."""
        above = self._above
        self._above = version
        if above is None or above.key != version.key:
            self._newer = 0
            if version.is_delete_marker:
                return None
            moments = [expires_at(rule, version) for rule in self._rules]
        else:
            since, newer = above.last_modified, self._newer
            self._newer += 1
            moments = [noncurrent_expires_at(rule, version, since, newer) for rule in self._rules]
        return min((moment for moment in moments if moment is not None), default=None)
