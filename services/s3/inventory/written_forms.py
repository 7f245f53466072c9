"""What of AWS's inventory reports is written here. Raised: `NotImplemented`, `KMS.NotFoundException`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.errors import AwsError
from services.s3.inventory.columns import OPTIONAL, destination_of
from services.s3.objects.encryption import kms_key_arn
from services.s3.store.buckets import Bucket


def check_is_written(bucket: Bucket, configuration: Mapping[str, Any]) -> None:
    """Refuse a configuration, valid on AWS, whose report would not be AWS's."""
    destination = destination_of(configuration)
    for field in configuration.get("OptionalFields") or ():
        if field not in OPTIONAL:
            raise _not_implemented(f"Inventory reports do not have the field {field}.")
    encryption = destination.get("Encryption") or {}
    if "SSEKMS" in encryption:
        kms_key_arn(encryption["SSEKMS"]["KeyId"], bucket.region, bucket.account_id)


def _not_implemented(message: str) -> AwsError:
    return AwsError("NotImplemented", message, 501)
