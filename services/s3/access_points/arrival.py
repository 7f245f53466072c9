"""A request that names an access point becomes one about its bucket.

In: a request as the client sent it, and what its host says. Out: its path with the bucket's name in place of the access
point's, and `HttpRequest.via`. Raised: `NoSuchAccessPoint`.
"""

from __future__ import annotations

from dataclasses import dataclass

from awskit.database import Database, Transaction
from awskit.errors import AwsError
from awskit.sigv4.caller import caller_of
from awskit.wire.http import HttpRequest
from services.s3.access_points.addresses import Address, in_path
from services.s3.access_points.names import MULTI_REGION_SUFFIX
from services.s3.buckets.virtual_hosts import HostMeaning
from services.s3.errors import no_such_access_point, no_such_multi_region_access_point
from services.s3.store import access_points, buckets, multi_region_access_points
from services.s3.store.access_points import AccessPoint


@dataclass(frozen=True, slots=True)
class Via:
    """By what a request has come. `path` is the path that its client signed.

    `resource` is what a signature of version 2 has in its place: an alias that the host names stands in it.
    `by_alias`: an alias stands where a bucket's name would. `vpc_endpoint` is the id of the endpoint that the host
    names, "" where it comes by the internet.
    """

    point: AccessPoint
    path: str
    resource: str = ""
    by_alias: bool = False
    vpc_endpoint: str = ""


def find(transaction: Transaction, address: Address, region: str) -> AccessPoint:
    """The access point. Raises `NoSuchAccessPoint`, `NoSuchMultiRegionAccessPoint`.

    `region` is the caller's, whose bucket is the nearest of a Multi-Region Access Point's.
    """
    if address.alias.endswith(MULTI_REGION_SUFFIX):
        multi = multi_region_access_points.find_by_alias(transaction, address.alias)
        if multi is None:
            raise no_such_multi_region_access_point()
        return multi.seen_from(region)
    if address.alias:
        point = access_points.find_by_alias(transaction, address.alias)
    else:
        point = access_points.find(transaction, address.account_id, address.region, address.name)
    if point is None:
        raise no_such_access_point(address.shown)
    return point


async def by_path(database: Database, request: HttpRequest, signed_path: str) -> None:
    """Turn a request whose path names an access point, where it does. `signed_path` is what its client has signed."""
    named = in_path(request.path)
    if named is None:
        return
    address, rest = named
    region = caller_of(request).region
    try:
        point = await database.read(lambda transaction: find(transaction, address, region))
    except AwsError:
        if _is_creation_of_bucket(request, rest):
            return  # CreateBucket says that none may be called so
        raise
    _turn(request, Via(point, signed_path, request.path, by_alias=bool(address.alias)), rest)


async def by_host(database: Database, request: HttpRequest, meaning: HostMeaning) -> None:
    """Turn a request whose host names an access point, by the endpoint of access points."""
    assert meaning.access_point is not None
    account_id, name = meaning.access_point
    region = meaning.region or caller_of(request).region
    address = Address("", account_id, region, name)
    point = await database.read(lambda transaction: find(transaction, address, region))
    _turn(request, Via(point, request.path, request.path, vpc_endpoint=meaning.vpc_endpoint), request.path)


async def by_host_of_bucket(database: Database, request: HttpRequest, meaning: HostMeaning, signed_path: str) -> bool:
    """Turn a request whose host names a bucket, or an access point as SDKs do below an endpoint of one's own.

    That is `name-123456789012.localhost`: a bucket that is called so comes first. Whether it was an access point.
    """
    assert meaning.access_point is not None
    account_id, name = meaning.access_point
    region = caller_of(request).region

    def look(transaction: Transaction) -> AccessPoint | None:
        if buckets.find(transaction, meaning.bucket or "") is not None:
            return None
        return access_points.find(transaction, account_id, region, name)

    point = await database.read(look)
    if point is None:
        return False
    _turn(request, Via(point, signed_path, signed_path), signed_path)
    return True


def _is_creation_of_bucket(request: HttpRequest, rest: str) -> bool:
    return request.method == "PUT" and rest in ("", "/") and not request.query_string


def _turn(request: HttpRequest, via: Via, rest: str) -> None:
    request.via = via
    request.path = f"/{via.point.bucket}{rest}"
