"""What a `Host` header says to S3: a bucket, a website, an access point, a region. Pure.

    bucket.localhost:4566                           the bucket
    bucket.s3.localhost.localstack.cloud:4566       the bucket
    bucket.s3.eu-west-1.amazonaws.com               the bucket, by the endpoint of a region
    bucket.s3-website-us-east-1.amazonaws.com       the bucket's website
    name-123456789012.s3-accesspoint.eu-west-1.amazonaws.com    the access point, also below localhost.localstack.cloud
    name-123456789012.accesspoint.vpce-1a2b-3c4d.s3.eu-west-1.vpce.amazonaws.com    the same, from within a VPC
    base--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com    the directory bucket
    mabcdefghijkl.mrap.accesspoint.s3-global.amazonaws.com             the Multi-Region Access Point
    name-123456789012.localhost:4566                the bucket, or, where there is none, the access point
    localhost, 127.0.0.1, a container's name        nothing: the bucket is in the path

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote_plus

_DOMAINS = ("localhost.localstack.cloud", "localhost", "amazonaws.com.cn", "amazonaws.com")
_LONGEST_HOST = 261  # a name of 255 characters and a port
_REGION = r"(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d)"
_WEBSITE = re.compile(rf"(?P<bucket>.+)\.s3-website(?:[.-]{_REGION})?")
_ENDPOINT = re.compile(
    rf"(?:(?P<bucket>.+)\.)?(?:s3|s3-fips|s3-accelerate|s3-external-1)(?:\.dualstack)?(?:[.-]{_REGION})?"
)
_VPC_ENDPOINT = re.compile(
    rf"(?:(?P<name>.+)\.)?(?P<kind>accesspoint|bucket)\.(?P<id>vpce-[a-z0-9-]+)\.s3\.{_REGION}\.vpce"
)
_ACCESS_POINT = re.compile(rf"(?P<name>[^.]+)\.s3-accesspoint(?:-fips)?(?:\.dualstack)?\.{_REGION}")
_OF_ACCOUNT = re.compile(r"(?P<name>[a-z0-9-]+)-(?P<account>[0-9]{12})")
_EXPRESS = re.compile(
    rf"(?:(?P<bucket>.+)\.)?s3express-(?:control|(?:fips-)?[a-z0-9-]+-az[0-9]+)(?:-fips)?(?:\.dualstack)?\.{_REGION}"
)
_MULTI_REGION = re.compile(r"(?P<alias>[a-z0-9]+\.mrap)\.accesspoint\.s3-global")
_OTHER_ENDPOINT = re.compile(
    r"(?:.+\.)?(?:s3-control|s3-accesspoint|s3express-[a-z0-9-]+|s3-object-lambda)(?:[.-].+)?", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class HostMeaning:
    """`bucket` is None where it is in the path; `region` where the host names none.

    `access_point` is an account's id and a name; with a `bucket`, it is meant where that bucket is not there.
    `vpc_endpoint` is the id of the endpoint of a VPC that the host names.
    """

    bucket: str | None = None
    website: bool = False
    region: str | None = None
    access_point: tuple[str, str] | None = None
    vpc_endpoint: str = ""


_NOTHING = HostMeaning()


def meaning_of(host: str, hostname: str = "") -> HostMeaning:
    """See the module. `hostname` is the fleet's own name, below which a label is a bucket."""
    return _meaning_of(host, hostname) if len(host) <= _LONGEST_HOST else _NOTHING


def object_url(endpoint: str, hostname: str, bucket: str, key: str) -> str:
    """An object's URL by the name that the client called: `http://bucket.s3.amazonaws.com` or `http://localhost:4566`.

    As S3 has it in `Location`, slashes of the key are encoded and spaces are pluses.
    """
    meaning = meaning_of(endpoint.partition("://")[2], hostname)
    names_bucket = meaning.bucket is not None or meaning.access_point is not None
    return f"{endpoint}/{quote_plus(key)}" if names_bucket else f"{endpoint}/{bucket}/{quote_plus(key)}"


@lru_cache(maxsize=4096)
def _meaning_of(host: str, hostname: str) -> HostMeaning:
    name = host.strip().lower()
    if name.startswith("["):
        return _NOTHING
    name = name.partition(":")[0].rstrip(".")
    own = hostname.partition(":")[0].lower()
    for domain in (own, *_DOMAINS) if own else _DOMAINS:
        if name.endswith("." + domain):
            return _of_labels(name[: -len(domain) - 1], aws=domain.startswith("amazonaws"))
    return _NOTHING


def _of_labels(labels: str, *, aws: bool) -> HostMeaning:
    if (match := _WEBSITE.fullmatch(labels)) is not None:
        return HostMeaning(match["bucket"], website=True, region=match["region"])
    if (match := _ENDPOINT.fullmatch(labels)) is not None:
        perhaps = None if aws else _access_point(match["bucket"])
        return HostMeaning(match["bucket"], region=match["region"], access_point=perhaps)
    if (match := _ACCESS_POINT.fullmatch(labels)) is not None:
        return HostMeaning(region=match["region"], access_point=_access_point(match["name"]))
    if (match := _MULTI_REGION.fullmatch(labels)) is not None:
        return HostMeaning(match["alias"])
    if (match := _EXPRESS.fullmatch(labels)) is not None:
        return HostMeaning(match["bucket"], region=match["region"])
    if (match := _VPC_ENDPOINT.fullmatch(labels)) is not None:
        return _within_vpc(match)
    if aws or _OTHER_ENDPOINT.fullmatch(labels) is not None:
        return _NOTHING
    return HostMeaning(labels, access_point=_access_point(labels))


def _within_vpc(match: re.Match[str]) -> HostMeaning:
    if match["kind"] == "bucket":
        return HostMeaning(match["name"], region=match["region"], vpc_endpoint=match["id"])
    return HostMeaning(region=match["region"], access_point=_access_point(match["name"]), vpc_endpoint=match["id"])


def _access_point(label: str | None) -> tuple[str, str] | None:
    match = None if label is None else _OF_ACCOUNT.fullmatch(label)
    return None if match is None else (match["account"], match["name"])
