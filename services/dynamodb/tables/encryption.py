"""`SSESpecification`: which key a table is encrypted with. Nothing is encrypted here; it is kept and described.

Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from awskit.resources.kms_keys import read_key_name
from services.dynamodb.errors import ValidationException
from services.dynamodb.tables.schema_checks import INVALID

_OWN_KEY: Final = "alias/aws/dynamodb"

Specification = Mapping[str, Any]


def describe_encryption(specification: Specification, account_id: str, region: str) -> dict[str, Any] | None:
    """`SSEDescription`; None for a key that DynamoDB itself owns."""
    kind, key = specification.get("SSEType"), specification.get("KMSMasterKeyId")
    if not specification.get("Enabled", kind == "KMS"):
        if kind is not None:
            raise ValidationException(INVALID + "SSEType can not be specified if Enabled is false")
        if key is not None:
            raise ValidationException(INVALID + "KMSMasterKeyId can not be specified if Enabled is false")
        return None
    if kind == "AES256":
        raise ValidationException(INVALID + "SSEType AES256 is not supported")
    if key is not None and kind != "KMS":
        raise ValidationException(INVALID + "SSEType KMS is required if KMSMasterKeyId is specified")
    return {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": _key_arn(key or _OWN_KEY, account_id, region)}


def check_changes(
    before: Mapping[str, Any] | None, specification: Specification, after: Mapping[str, Any] | None
) -> None:
    """UpdateTable changes something: it does not name the key that the table has already."""
    if after is None and before is None:
        raise ValidationException(INVALID + "Table is already encrypted by default")
    if before is not None and specification.get("KMSMasterKeyId") == before["KMSMasterKeyArn"]:
        raise ValidationException(
            INVALID + "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want "
            "to change Master Key"
        )


def _key_arn(key: str, account_id: str, region: str) -> str:
    """A key's ARN. There is no KMS to ask which key an alias is for: each alias has one of its own, always the same."""
    name = read_key_name(key, account_id, region)
    if name is None:
        raise ValidationException(f"KMS validation error: Invalid keyId '{key}'")
    return name.key_arn
