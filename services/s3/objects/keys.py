"""Object keys: text as clients give it, bytes as they are stored and ordered."""

from __future__ import annotations

from awskit.errors import AwsError

KEY_LIMIT = 1024
"""Bytes of a key in UTF-8."""


def encode_key(key: str) -> bytes:
    """A key as it is stored and ordered. `KeyTooLongError` over 1,024 bytes, `InvalidURI` where it is not UTF-8."""
    try:
        encoded = key.encode()
    except UnicodeEncodeError:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI.", 400, members={"URI": repr(key)}) from None
    if len(encoded) > KEY_LIMIT:
        raise AwsError(
            "KeyTooLongError",
            "Your key is too long",
            400,
            members={"Size": str(len(encoded)), "MaxSizeAllowed": str(KEY_LIMIT)},
        )
    return encoded
