"""What may be a bucket's name and an object's key."""

from __future__ import annotations

import re

from awskit.errors import AwsError

KEY_LIMIT = 1024
"""Bytes of a key in UTF-8."""

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_OLD_BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{3,255}")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def is_valid_bucket_name(name: str) -> bool:
    """Whether a general purpose bucket may be created under this name.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    return (
        _BUCKET_NAME.fullmatch(name) is not None
        and ".." not in name
        and _IP_ADDRESS.fullmatch(name) is None
        and not name.startswith(_RESERVED_PREFIXES)
        and not name.endswith(_RESERVED_SUFFIXES)
    )


def check_bucket_name(name: str) -> None:
    """Raise `InvalidBucketName` where no bucket may be created under this name."""
    if not is_valid_bucket_name(name):
        raise _invalid_bucket_name(name)


def is_possible_bucket_name(name: str) -> bool:
    """Whether there may be a bucket of this name, made by today's rules or by old ones."""
    return _OLD_BUCKET_NAME.fullmatch(name) is not None


def check_possible_bucket_name(name: str) -> None:
    """Raise `InvalidBucketName` where there never could be a bucket of this name."""
    if not is_possible_bucket_name(name):
        raise _invalid_bucket_name(name)


def _invalid_bucket_name(name: str) -> AwsError:
    return AwsError("InvalidBucketName", "The specified bucket is not valid.", 400, members={"BucketName": name})


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


def after_prefix(prefix: bytes) -> bytes | None:
    """The smallest key that is greater than every key with `prefix`; None where there is none."""
    stripped = prefix.rstrip(b"\xff")
    if not stripped:
        return None
    return stripped[:-1] + bytes((stripped[-1] + 1,))
