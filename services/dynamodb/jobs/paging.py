"""`NextToken` where the model wants it in hexadecimal digits, in groups of 16, 112 at least: an ARN, padded."""

from __future__ import annotations

from typing import Final

from services.dynamodb.errors import ValidationException

_GROUP: Final = 8
_LEAST: Final = 56


def token_of_arn(arn: str) -> str:
    """The token that a page after `arn` is asked for with."""
    text = arn.encode()
    length = max(_LEAST, -(-len(text) // _GROUP) * _GROUP)
    return text.ljust(length, b"\0").hex()


def arn_of_token(token: str) -> str:
    """The ARN in a token."""
    try:
        return bytes.fromhex(token).rstrip(b"\0").decode()
    except ValueError:
        raise ValidationException("Invalid NextToken") from None
