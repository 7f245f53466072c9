"""Which access point a path or a copy's source names. Pure.

    /name-0c1d2e...-s3alias/key                                   an alias, where a bucket's name stands
    /arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Aaccesspoint%2Fname/key   its ARN
    /name--use1-az4--xa-s3/key                                    an access point of a directory bucket
    /mabcdefghijkl.mrap/key                                       a Multi-Region Access Point's alias
    arn:aws:s3:us-east-1:123456789012:accesspoint/name/object/key          an object's ARN, in x-amz-copy-source

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-usage-examples.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from awskit.resources.arns import parse_arn
from services.s3.access_points.names import ALIAS_SUFFIX, MULTI_REGION_SUFFIX
from services.s3.arns import DIRECTORY_ACCESS_POINT

_ALIASES = (ALIAS_SUFFIX, DIRECTORY_ACCESS_POINT, MULTI_REGION_SUFFIX)
_RESOURCE = re.compile(r"accesspoint[/:]([^/:]+)")
_OBJECT = re.compile(r"(arn:[^/]*:accesspoint[/:][^/:]+)/object/(.+)", re.DOTALL)
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Address:
    """An access point by `alias` (a Multi-Region one's ends in `.mrap`), or by its ARN's parts where that is ""."""

    alias: str = ""
    account_id: str = ""
    region: str = ""
    name: str = ""

    @property
    def shown(self) -> str:
        return self.alias or self.name


def may_name_one(path: str, by_host: tuple[str, str] | None = None) -> bool:
    """Whether host or path look as if they named an access point; cheap, for every request is asked."""
    return by_host is not None or "-s3" in path or MULTI_REGION_SUFFIX in path or path.startswith("/arn")


def in_path(path: str) -> tuple[Address, str] | None:
    """The access point that the first segment of a raw path names, and the rest of that path; None where none is."""
    segment, slash, rest = path.removeprefix("/").partition("/")
    name = unquote(segment)
    if name.endswith(_ALIASES):
        return Address(name), slash + rest
    if not name.startswith("arn:"):
        return None
    if name.endswith(":accesspoint"):  # its slash is as it is
        segment, slash, rest = rest.partition("/")
        name = f"{name}/{unquote(segment)}"
    address = of_arn(name)
    return None if address is None else (address, slash + rest)


def of_arn(arn: str) -> Address | None:
    """The access point whose ARN it is; None where it is none's."""
    parts = parse_arn(arn)
    if parts is None or parts.service not in ("s3", "s3express") or not _ACCOUNT.fullmatch(parts.account_id):
        return None
    resource = _RESOURCE.fullmatch(parts.resource)
    if resource is None:
        return None
    if parts.region:
        return Address("", parts.account_id, parts.region, resource[1])
    return Address(resource[1]) if resource[1].endswith(MULTI_REGION_SUFFIX) else None


def in_copy_source(text: str) -> tuple[Address, str] | None:
    """The access point that a copy's source (decoded) names, and the key; None where it names a bucket."""
    match = _OBJECT.fullmatch(text)
    if match is not None:
        address = of_arn(match[1])
        return None if address is None else (address, match[2])
    bucket, _, key = text.removeprefix("/").partition("/")
    return (Address(bucket), key) if bucket.endswith(_ALIASES) else None
