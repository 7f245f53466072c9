"""What of server-side encryption directory buckets take: AES256, or aws:kms with the bucket's one key. Pure.

In: what a request says about encryption, and the bucket's default. Out: the same in the terms of `encryption`.
Raised: `InvalidArgument`, `InvalidRequest`, `EncryptionTypeMismatch`.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-data-protection.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-specifying-kms-encryption.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.errors import AwsError
from services.s3.errors import invalid_argument, invalid_request
from services.s3.objects.encryption import kms_key_arn

_HEADER = "x-amz-server-side-encryption"
_PLAIN = "AES256"
_KMS = "aws:kms"

Configuration = Mapping[str, Any]


def default_of(configuration: Configuration | None) -> tuple[str, str | None]:
    """The algorithm of a bucket's default encryption, and the id of its key as it was given."""
    rules = (configuration or {}).get("Rules") or [{}]
    applied = rules[0].get("ApplyServerSideEncryptionByDefault") or {}
    return applied.get("SSEAlgorithm", _PLAIN), applied.get("KMSMasterKeyID")


def check_default(rule: dict[str, Any], key_before: str | None, region: str, account_id: str) -> str | None:
    """Check a rule of PutBucketEncryption. The ARN of the bucket's key, which is the same for its whole life.

    `key_before` is the one that the bucket has had, None where it has had none.
    """
    algorithm, key_id = default_of({"Rules": [rule]})
    _check_algorithm(algorithm)
    if algorithm != _KMS:
        return key_before
    if key_id is None or ":alias/" in key_id or key_id.startswith("alias/"):
        raise invalid_request("A directory bucket is encrypted with the ID or the ARN of a customer managed key alone.")
    key = kms_key_arn(key_id, region, account_id)
    if key_before not in (None, key):
        raise invalid_request("A directory bucket has one customer managed key for its lifetime.")
    rule["BucketKeyEnabled"] = True
    return key


def checked(
    input: Mapping[str, Any], configuration: Configuration | None, region: str, account_id: str
) -> Mapping[str, Any]:
    """The input of an upload, a copy or CreateSession with the bucket's key in it, where it names aws:kms.

    What it says has to be the bucket's default; a copy alone may also be kept under S3's own keys.
    """
    algorithm, key_id = input.get("ServerSideEncryption"), input.get("SSEKMSKeyId")
    default, default_key = default_of(configuration)
    if algorithm is None:
        return input
    _check_algorithm(algorithm)
    if algorithm != default and not ("CopySource" in input and algorithm == _PLAIN):
        raise invalid_request(f"The encryption has to be the default of the directory bucket, {default}.")
    if algorithm != _KMS:
        return input
    if key_id is not None and kms_key_arn(key_id, region, account_id) != kms_key_arn(default_key, region, account_id):
        raise invalid_request("The key has to be the one that the directory bucket is encrypted with by default.")
    enabled = {} if "CopySource" in input else {"BucketKeyEnabled": True}
    return {**input, "SSEKMSKeyId": default_key, **enabled}


def check_append(input: Mapping[str, Any], configuration: Configuration | None, stored: Mapping[str, Any]) -> None:
    """What is appended is encrypted as the object is whose attributes are `stored`. `EncryptionTypeMismatch`."""
    if input.get("ServerSideEncryption", default_of(configuration)[0]) != stored.get("ServerSideEncryption", _PLAIN):
        raise AwsError(
            "EncryptionTypeMismatch",
            "The existing object was created with a different encryption type. Subsequent write requests must include"
            " the appropriate encryption parameters in the request or while creating the session.",
        )


def _check_algorithm(algorithm: str) -> None:
    if algorithm not in (_PLAIN, _KMS):
        raise invalid_argument("The encryption method specified is not supported", _HEADER, algorithm)
