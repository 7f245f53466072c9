"""Configurations of which a bucket may have several, each with an id: their validation. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awskit.errors import AwsError
from services.s3.arns import bucket_named_by
from services.s3.errors import invalid_argument, malformed_xml

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class NamedKind:
    """`member` is the payload's name in the model; `limit` is how many a bucket may have.

    `mismatch` is the code of the error where the document names another id than the request.
    """

    kind: str
    member: str
    limit: int
    mismatch: str = "IdMismatch"


INVENTORY = NamedKind("inventory", "InventoryConfiguration", 1000)
ANALYTICS = NamedKind("analytics", "AnalyticsConfiguration", 1000, "MalformedXML")
METRICS = NamedKind("metrics", "MetricsConfiguration", 1000)
INTELLIGENT_TIERING = NamedKind("intelligent_tiering", "IntelligentTieringConfiguration", 1000, "MalformedXML")

INVENTORY_FIELDS = frozenset(
    "Size LastModifiedDate StorageClass ETag IsMultipartUploaded ReplicationStatus EncryptionStatus"
    " ObjectLockRetainUntilDate ObjectLockMode ObjectLockLegalHoldStatus ObjectLockEventHoldStatus"
    " ObjectLockEventHoldDuration IntelligentTieringAccessTier IntelligentTieringReferenceDate BucketKeyStatus"
    " ChecksumAlgorithm ObjectAccessControlList ObjectOwner LifecycleExpirationDate".split()
)
"""What AWS knows besides the bucket, the key and the version."""

_LEAST_DAYS = {"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}


def check(kind: NamedKind, identifier: str, configuration: Mapping[str, Any]) -> None:
    """Raise `IdMismatch`, `InvalidConfigurationId`, `MalformedXML`, `InvalidArgument`: the configuration is none."""
    if configuration.get("Id") != identifier:
        if kind.mismatch == "MalformedXML":
            raise malformed_xml()
        raise AwsError("IdMismatch", "Document ID does not match the specified configuration ID.")
    if _ID.fullmatch(identifier) is None:
        raise AwsError("InvalidConfigurationId", "The specified configuration ID is invalid.")
    stated = configuration.get("Filter") or {}
    if kind is not INVENTORY and len(stated) > 1:
        raise malformed_xml()
    if kind is INVENTORY:
        _check_inventory(configuration)
    elif kind is INTELLIGENT_TIERING:
        _check_tiering(configuration)
    elif kind is ANALYTICS:
        _check_export(configuration)


def _check_inventory(configuration: Mapping[str, Any]) -> None:
    destination = (configuration.get("Destination") or {}).get("S3BucketDestination") or {}
    if "IsEnabled" not in configuration or configuration.get("IncludedObjectVersions") not in ("All", "Current"):
        raise malformed_xml()
    if (configuration.get("Schedule") or {}).get("Frequency") not in ("Daily", "Weekly"):
        raise malformed_xml()
    if destination.get("Format") not in ("CSV", "ORC", "Parquet"):
        raise malformed_xml()
    fields = configuration.get("OptionalFields") or []
    if not INVENTORY_FIELDS.issuperset(fields) or len(set(fields)) < len(fields):
        raise malformed_xml()
    encryption = destination.get("Encryption") or {}
    if len(encryption) > 1 or ("SSEKMS" in encryption and not (encryption["SSEKMS"] or {}).get("KeyId")):
        raise malformed_xml()
    _check_bucket_arn(destination.get("Bucket", ""))
    account = destination.get("AccountId")
    if account is not None and not (len(account) == 12 and account.isascii() and account.isdecimal()):
        raise invalid_argument("Invalid account ID.", "AccountId", account)


def _check_export(configuration: Mapping[str, Any]) -> None:
    export = (configuration.get("StorageClassAnalysis") or {}).get("DataExport")
    if export is None:
        return
    destination = (export.get("Destination") or {}).get("S3BucketDestination") or {}
    if export.get("OutputSchemaVersion") != "V_1" or destination.get("Format") != "CSV":
        raise malformed_xml()
    _check_bucket_arn(destination.get("Bucket", ""))


def _check_tiering(configuration: Mapping[str, Any]) -> None:
    if configuration.get("Status") not in ("Enabled", "Disabled"):
        raise malformed_xml()
    tiers: set[str] = set()
    for tiering in configuration.get("Tierings") or ():
        tier, days = tiering.get("AccessTier"), tiering.get("Days", 0)
        if tier not in _LEAST_DAYS or tier in tiers:
            raise malformed_xml()
        tiers.add(tier)
        if not _LEAST_DAYS[tier] <= days <= 730:
            raise AwsError("InvalidArgument", f"'Days' for {tier} must be between {_LEAST_DAYS[tier]} and 730")
    if not tiers:
        raise malformed_xml()


def _check_bucket_arn(arn: str) -> None:
    if bucket_named_by(arn) is None:
        raise AwsError("InvalidS3DestinationBucket", "Invalid bucket ARN.")
