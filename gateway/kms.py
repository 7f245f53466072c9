"""KMS's DescribeKey, as far as clients of the four services ask for it: nothing is encrypted, and no key is kept.

In: a request's target and body, and the caller. Out: an answer in KMS's JSON. AWS's own aliases name keys that are
always there; so does any id of a key's form, since the services take any. Other aliases are not found.

https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from awskit.resources.arns import build_arn
from awskit.resources.kms_keys import AWS_ALIASES, KeyName, read_key_name
from gateway.errors import GatewayError

_TARGET: Final = "TrentService."
_CREATED: Final = 1_600_000_000
_LONGEST: Final = 2048


def answer(target: str, body: bytes, account_id: str, region: str) -> dict[str, Any] | GatewayError:
    """The output of the operation that `target` (X-Amz-Target) names, or the error."""
    operation = target.removeprefix(_TARGET)
    if operation != "DescribeKey":
        name = operation[:64] or "(none)"
        return GatewayError(400, "UnsupportedOperation", f"Of KMS, RustStack has DescribeKey alone, not {name}.")
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        return GatewayError(400, "SerializationException", "")
    key_id = given.get("KeyId") if isinstance(given, dict) else None
    if not isinstance(key_id, str) or not 0 < len(key_id) <= _LONGEST:
        text = (
            "1 validation error detected: Value at 'keyId' failed to satisfy constraint: Member must not be null, and "
            f"have a length from 1 to {_LONGEST}"
        )
        return GatewayError(400, "ValidationException", text)
    return _described(key_id, account_id, region)


def _described(key_id: str, account_id: str, region: str) -> dict[str, Any] | GatewayError:
    name = read_key_name(key_id, account_id, region)
    if name is None:
        if key_id.startswith("arn:"):
            return GatewayError(400, "InvalidArnException", f"Invalid arn {key_id}")
        return GatewayError(400, "NotFoundException", f"Invalid keyId '{key_id}'")
    if name.region != region:
        return GatewayError(400, "NotFoundException", f"Invalid arn {name.region}")
    is_aws = name.alias.startswith(AWS_ALIASES)
    if name.alias and not is_aws:
        arn = build_arn("kms", name.region, name.account_id, name.alias)
        return GatewayError(400, "NotFoundException", f"Alias {arn} is not found.")
    return {"KeyMetadata": _metadata(name, is_aws=is_aws)}


def _metadata(name: KeyName, *, is_aws: bool) -> dict[str, Any]:
    arn = name.key_arn
    service = name.alias.removeprefix(AWS_ALIASES)
    return {
        "AWSAccountId": name.account_id,
        "KeyId": arn.rpartition("/")[2],
        "Arn": arn,
        "CreationDate": _CREATED,
        "Enabled": True,
        "Description": f"Default key that protects my {service} data when no other key is defined" if is_aws else "",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "AWS" if is_aws else "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": name.key_id.startswith("mrk-"),
    }
