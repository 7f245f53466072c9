"""Server-side encryption: what the headers say is kept and checked; the bytes themselves are not encrypted.

In: the operation's input and the bucket's default. Out: the members that the object gives back. Raised:
`InvalidArgument`, `InvalidRequest`, `AccessDenied` (a wrong SSE-C key).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

import orjson

from awskit.errors import AwsError
from awskit.resources.kms_keys import aws_key_arn, read_key_name
from services.s3.errors import access_denied, invalid_argument, invalid_request

_ALGORITHMS = frozenset({"AES256", "aws:kms", "aws:kms:dsse"})
_KMS = frozenset({"aws:kms", "aws:kms:dsse"})
_CUSTOMER = ("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5")
_CUSTOMER_SET = frozenset(_CUSTOMER)
_HEADER = "x-amz-server-side-encryption"
_CUSTOMER_REQUESTS = "Requests specifying Server Side Encryption with Customer provided keys"
NONE: dict[str, Any] = {"Rules": []}
"""The configuration of a bucket whose objects are not encrypted, as AWS has not had them since January 2023."""

SHOWN = (
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "SSEKMSEncryptionContext",
    "BucketKeyEnabled",
    "SSECustomerAlgorithm",
    "SSECustomerKeyMD5",
)
"""The members that every answer about an object shows."""


def of_input(
    input: Mapping[str, Any], default: Mapping[str, Any] | None, region: str, account_id: str
) -> dict[str, Any]:
    """The encryption of a new object. `default` is the bucket's encryption configuration."""
    algorithm = input.get("ServerSideEncryption")
    if algorithm is not None and not _CUSTOMER_SET.isdisjoint(input):
        raise invalid_argument(
            "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
            _HEADER,
            algorithm,
        )
    customer = customer_key(input)
    key_id = input.get("SSEKMSKeyId")
    if customer is not None:
        if _is_blocked("SSE-C", default):
            raise access_denied()
        return {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": customer}
    if algorithm is None and key_id is not None:
        raise invalid_argument(
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption :"
            " aws:kms",
            _HEADER,
            "null",
        )
    if algorithm is None:
        return _by_default(default, input, region, account_id)
    if algorithm not in _ALGORITHMS:
        raise invalid_argument("The encryption method specified is not supported", _HEADER, algorithm)
    if algorithm not in _KMS:
        if key_id is not None:
            raise invalid_argument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption :"
                " aws:kms",
                _HEADER,
                algorithm,
            )
        return {"ServerSideEncryption": algorithm}
    kept: dict[str, Any] = {
        "ServerSideEncryption": algorithm,
        "SSEKMSKeyId": kms_key_arn(key_id, region, account_id),
    }
    if input.get("BucketKeyEnabled"):
        kept["BucketKeyEnabled"] = True
    if "SSEKMSEncryptionContext" in input:
        kept["SSEKMSEncryptionContext"] = _checked_context(input["SSEKMSEncryptionContext"])
    return kept


def _checked_context(header: str) -> str:
    try:
        context = orjson.loads(base64.b64decode(header, validate=True))
    except ValueError:
        context = None
    if not isinstance(context, dict) or not all(isinstance(value, str) for value in context.values()):
        raise invalid_argument(
            f"The header '{_HEADER}-context' shall be Base64-encoded UTF-8 string holding JSON which represents a"
            " string-string map",
            f"{_HEADER}-context",
            header,
        )
    return header


def customer_key(input: Mapping[str, Any], prefix: str = "", *, reads: bool = False) -> str | None:
    """The MD5 (base64) of the SSE-C key that the headers carry; None where they carry none.

    `prefix` is "CopySource" for the key of a copy's source. A key that `reads` may be none: it is not the right one.
    """
    if not prefix and _CUSTOMER_SET.isdisjoint(input):
        return None
    algorithm, key, md5 = (input.get(prefix + name) for name in _CUSTOMER)
    if algorithm is None and key is None and md5 is None:
        return None
    if algorithm is None:
        raise _invalid_customer_key("must provide a valid encryption algorithm.")
    if algorithm != "AES256":
        raise AwsError(
            "InvalidEncryptionAlgorithmError",
            "The Encryption request you specified is not valid. Supported value: AES256.",
            members={"ArgumentName": _HEADER, "ArgumentValue": algorithm},
        )
    if key is None:
        raise _invalid_customer_key("must provide an appropriate secret key.")
    if md5 is None:
        raise _invalid_customer_key("must provide the client calculated MD5 of the secret key.")
    try:
        secret = base64.b64decode(key, validate=True)
    except ValueError:
        secret = b""
    if len(secret) != 32 and not reads:
        raise invalid_argument("The secret key was invalid for the specified algorithm.", _HEADER, None)
    if base64.b64encode(hashlib.md5(secret, usedforsecurity=False).digest()).decode() != md5:
        raise invalid_argument(
            "The calculated MD5 hash of the key did not match the hash that was provided.", _HEADER, None
        )
    return str(md5)


def check_read(input: Mapping[str, Any], attributes: Mapping[str, Any], prefix: str = "") -> None:
    """An SSE-C object is read only with its key, and no other object with any key."""
    if not prefix and "SSECustomerKeyMD5" not in attributes and _CUSTOMER_SET.isdisjoint(input):
        return
    given = customer_key(input, prefix, reads=True)
    stored = attributes.get("SSECustomerKeyMD5")
    if stored is None:
        if given is not None:
            raise invalid_request("The encryption parameters are not applicable to this object.")
        return
    if given is None:
        raise invalid_request(
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to"
            " retrieve the object."
        )
    if given != stored:
        raise access_denied(f"{_CUSTOMER_REQUESTS} must provide the correct secret key.")


def hides_md5(attributes: Mapping[str, Any]) -> bool:
    """Whether the ETag of what is encrypted so is not the MD5 of its bytes."""
    return "SSECustomerKeyMD5" in attributes or attributes.get("ServerSideEncryption") in _KMS


def etag_of(attributes: Mapping[str, Any], md5: str) -> str:
    """The ETag of bytes with this MD5 (hexadecimal): the MD5, or, where they are encrypted with a key, a new one."""
    return secrets.token_hex(16) if hides_md5(attributes) else md5


def _invalid_customer_key(requirement: str) -> AwsError:
    return invalid_argument(f"{_CUSTOMER_REQUESTS} {requirement}", _HEADER, None)


def shown(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The members about encryption, for an answer."""
    return {name: value for name, value in attributes.items() if name in SHOWN}


def kms_key_arn(key_id: str | None, region: str, account_id: str) -> str:
    """A key's ARN, also where an alias names it; without an id, that of the account's key for S3, always the same.

    Raises `KMS.NotFoundException` for what has none of the forms of a key's name.
    """
    if key_id is None:
        return aws_key_arn("s3", account_id, region)
    name = read_key_name(key_id, account_id, region)
    if name is None:
        raise AwsError("KMS.NotFoundException", f"Invalid keyId '{key_id}'")
    return name.key_arn


def _rule_of(default: Mapping[str, Any] | None) -> Mapping[str, Any]:
    rules = (default or {}).get("Rules") or [{}]
    rule: Mapping[str, Any] = rules[0]
    return rule


def _is_blocked(kind: str, default: Mapping[str, Any] | None) -> bool:
    blocked = _rule_of(default).get("BlockedEncryptionTypes") or {}
    return kind in (blocked.get("EncryptionType") or ())


def _by_default(
    default: Mapping[str, Any] | None, input: Mapping[str, Any], region: str, account_id: str
) -> dict[str, Any]:
    if default is None:
        return {"ServerSideEncryption": "AES256"}
    if default == NONE:
        return {}
    rule = _rule_of(default)
    applied = rule.get("ApplyServerSideEncryptionByDefault") or {}
    algorithm = applied.get("SSEAlgorithm", "AES256")
    kept: dict[str, Any] = {"ServerSideEncryption": algorithm}
    if algorithm in _KMS:
        kept["SSEKMSKeyId"] = kms_key_arn(applied.get("KMSMasterKeyID"), region, account_id)
        if input.get("BucketKeyEnabled", rule.get("BucketKeyEnabled")):
            kept["BucketKeyEnabled"] = True
    return kept
