"""What an access point may be called, and its alias. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations-naming-rules.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
"""

from __future__ import annotations

import hashlib
import re
import string

from services.s3.arns import DIRECTORY_ACCESS_POINT

_LONGEST_DIRECTORY_NAME = 63
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,48}[a-z0-9]")
_RESERVED = ("-s3alias", "--ol-s3", ".mrap", "--xa-s3", "--x-s3")
ALIAS_SUFFIX = "-s3alias"
MULTI_REGION_SUFFIX = ".mrap"
_MULTI_REGION_LETTERS = 12
_DIGITS = string.ascii_lowercase + string.digits
_RANDOM = 34
_LONGEST_PREFIX = 63 - len(ALIAS_SUFFIX) - _RANDOM - 1


def is_valid_name(name: str) -> bool:
    """Whether an access point of a general purpose bucket may be called so."""
    return _NAME.fullmatch(name) is not None and not name.endswith(_RESERVED)


def is_valid_directory_name(name: str, zone: str) -> bool:
    """Whether an access point of a directory bucket in a zone may be called so."""
    base = name.removesuffix(f"--{zone}{DIRECTORY_ACCESS_POINT}")
    return base != name and _NAME.fullmatch(base) is not None and len(name) <= _LONGEST_DIRECTORY_NAME


def alias_of(name: str, seed: str) -> str:
    """`name-<34 characters>-s3alias`, of at most 63 characters; `seed` makes it the access point's own."""
    return f"{name[:_LONGEST_PREFIX].rstrip('-')}-{_letters(seed, _RANDOM)}{ALIAS_SUFFIX}"


def multi_region_alias(seed: str) -> str:
    """`m0123456789ab.mrap`, which begins with a letter; `seed` makes it the Multi-Region Access Point's own."""
    return f"m{_letters(seed, _MULTI_REGION_LETTERS)}{MULTI_REGION_SUFFIX}"


def _letters(seed: str, count: int) -> str:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    letters = []
    for _ in range(count):
        number, digit = divmod(number, len(_DIGITS))
        letters.append(_DIGITS[digit])
    return "".join(letters)


def endpoints_of(region: str, suffix: str) -> dict[str, str]:
    """The hosts under which AWS has the access points of a region; `suffix` is the partition's (`amazonaws.com`)."""
    return {
        "ipv4": f"s3-accesspoint.{region}.{suffix}",
        "fips": f"s3-accesspoint-fips.{region}.{suffix}",
        "fips_dualstack": f"s3-accesspoint-fips.dualstack.{region}.{suffix}",
        "dualstack": f"s3-accesspoint.dualstack.{region}.{suffix}",
    }
