"""Names of directory buckets: `base--zone--x-s3`. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html
"""

from __future__ import annotations

import re

SUFFIX = "--x-s3"
STORAGE_CLASS = "EXPRESS_ONEZONE"
"""That of every object in a directory bucket."""

_NAME = re.compile(r"(?P<base>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)--(?P<zone>[a-z0-9]+(?:-[a-z0-9]+)*-az[0-9]+)--x-s3")
_LONGEST = 63
_RESERVED = ("xn--", "sthree-", "amzn-s3-demo-")
_ZONE_OF_REGION = re.compile(r"[a-z]+[0-9]+-az[0-9]+")


def is_directory_bucket(name: str) -> bool:
    """Whether it is a directory bucket, by its name; cheap, for every request is asked."""
    return name.endswith(SUFFIX)


def zone_of(name: str) -> str | None:
    """The id of the zone in a directory bucket's name, `use1-az4`; None where none may be called so."""
    match = _NAME.fullmatch(name)
    if (
        match is None
        or not 3 <= len(name) <= _LONGEST
        or match["base"].startswith(("xn--", "sthree-", "amzn-s3-demo-"))
    ):
        return None
    return match["zone"]


def location_type(zone: str) -> str:
    """Whether it is an Availability Zone (`use1-az4`) or a Local Zone (`usw2-lax1-az1`)."""
    return "AvailabilityZone" if _ZONE_OF_REGION.fullmatch(zone) else "LocalZone"


def redundancy_of(location: str) -> str:
    """The `DataRedundancy` of a location's type."""
    return "SingleAvailabilityZone" if location == "AvailabilityZone" else "SingleLocalZone"
