"""Access points: made, shown, listed, deleted.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessPoint.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPoint.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessPoints.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPoint.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import dns_suffix_of
from awskit.resources.paging import page_of, token_of
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.access.access_point_decision import SCOPE_PERMISSIONS, network_origin
from services.s3.access.control_accounts import account_of
from services.s3.access_points.names import alias_of, endpoints_of, is_valid_directory_name, is_valid_name
from services.s3.arns import DIRECTORY_ACCESS_POINT
from services.s3.buckets.catalog import named_bucket
from services.s3.buckets.directory_bucket_names import zone_of
from services.s3.errors import access_denied, invalid_request, malformed_xml, no_such_access_point
from services.s3.objects import tags
from services.s3.paging import control_page_limit, name_of_token
from services.s3.runtime import S3Context
from services.s3.store import access_points, accounts
from services.s3.store.access_points import AccessPoint
from services.s3.store.buckets import Bucket

_MODEL = "s3control"
_MOST = 10_000
_LONGEST_PREFIXES = 255  # bytes of a scope's prefixes


@write_operation("CreateAccessPoint", model=_MODEL)
def create_access_point(context: S3Context, input: Input, transaction: Transaction) -> Output:
    account_id, name, region = account_of(context, input), input["Name"], context.region
    zone = zone_of(input["Bucket"])
    if not (is_valid_name(name) if zone is None else is_valid_directory_name(name, zone)):
        raise AwsError("InvalidAccessPoint", "The specified access point name or account is not valid.")
    bucket = _bucket(transaction, input, account_id, region)
    scope = None if input.get("Scope") is None else checked_scope(input["Scope"], name)
    alias = alias_of(name, f"{account_id}/{region}/{name}/{context.request_id}") if zone is None else name
    if (
        access_points.find(transaction, account_id, region, name) is not None
        or access_points.find_by_alias(transaction, alias) is not None
    ):
        raise AwsError(
            "AccessPointAlreadyOwnedByYou",
            "Your previous request to create the named accesspoint succeeded and you already own it.",
            409,
            members={"AccessPointName": name},
        )
    if access_points.count(transaction, account_id, region) >= _MOST:
        message = "You have attempted to create more access points than are allowed for an account"
        raise AwsError("TooManyAccessPoints", message)
    point = AccessPoint(
        account_id,
        region,
        name,
        alias,
        bucket.name,
        bucket.account_id,
        context.now,
        _vpc_id(input),
        _block(input.get("PublicAccessBlockConfiguration")),
        scope=scope,
        tags=tags.of_tag_set(input.get("Tags") or (), tags.BUCKET_LIMIT) or None,
    )
    access_points.add(transaction, point)
    return {"AccessPointArn": point.arn, "Alias": point.alias}


@read_operation("GetAccessPoint", model=_MODEL)
def get_access_point(context: S3Context, input: Input, transaction: Transaction) -> Output:
    point = access_point_of(context, input, transaction)
    return {
        **_shown(point),
        "PublicAccessBlockConfiguration": point.public_access_block,
        "CreationDate": float(int(point.created_at)),
        "Endpoints": endpoints_of(point.region, dns_suffix_of(point.region)),
    }


@read_operation("ListAccessPoints", model=_MODEL)
def list_access_points(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _list(context, input, transaction, input.get("Bucket"), of_directories=False)


def _list(
    context: S3Context, input: Input, transaction: Transaction, bucket: str | None, *, of_directories: bool
) -> Output:
    limit = control_page_limit(input)
    found = access_points.listed(
        transaction,
        account_of(context, input),
        context.region,
        bucket=bucket,
        of_directories=of_directories,
        after=name_of_token(input.get("NextToken")),
        limit=limit + 1,
    )
    page, last = page_of(found, limit)
    output: Output = {"AccessPointList": [_shown(point) for point in page]}
    if last is not None:
        output["NextToken"] = token_of(last.name)
    return output


@read_operation("ListAccessPointsForDirectoryBuckets", model=_MODEL)
def list_access_points_for_directory_buckets(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _list(context, input, transaction, input.get("DirectoryBucket"), of_directories=True)


@write_operation("DeleteAccessPoint", model=_MODEL)
def delete_access_point(context: S3Context, input: Input, transaction: Transaction) -> Output:
    access_points.delete(transaction, access_point_of(context, input, transaction))
    context.response_status = 204
    return {}


def access_point_of(context: S3Context, input: Input, transaction: Transaction) -> AccessPoint:
    """The access point that a request names. Raises `NoSuchAccessPoint`."""
    point = access_points.find(transaction, account_of(context, input), context.region, input["Name"])
    if point is None:
        raise no_such_access_point(input["Name"])
    return point


def _bucket(transaction: Transaction, input: Input, account_id: str, region: str) -> Bucket:
    """The bucket that the access point is to be at: the account's own, or that of the account that it names."""
    bucket = named_bucket(transaction, input["Bucket"])
    if bucket.account_id != input.get("BucketAccountId", account_id):
        raise access_denied()
    if bucket.region != region:
        raise invalid_request(f"The bucket {bucket.name} is not in the Region {region} of the access point.")
    return bucket


def checked_scope(scope: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What an access point of a directory bucket is for: keys that begin so, and permissions. `InvalidRequest`."""
    if not name.endswith(DIRECTORY_ACCESS_POINT):
        raise invalid_request("A scope is only supported for access points of directory buckets.")
    prefixes, permissions = list(scope.get("Prefixes") or ()), list(scope.get("Permissions") or ())
    if sum(len(prefix.encode()) for prefix in prefixes) > _LONGEST_PREFIXES:
        raise invalid_request(f"The prefixes of a scope have less than {_LONGEST_PREFIXES + 1} bytes in all.")
    if not SCOPE_PERMISSIONS.issuperset(permissions):
        raise malformed_xml()
    return {"Prefixes": prefixes, "Permissions": permissions}


def _vpc_id(input: Input) -> str:
    configuration = input.get("VpcConfiguration")
    if configuration is None:
        return ""
    vpc_id = str(configuration.get("VpcId", ""))
    if not vpc_id:
        raise malformed_xml()
    return vpc_id


def _block(given: Mapping[str, Any] | None) -> dict[str, bool]:
    """What is not said is blocked where nothing is said at all, else it is not."""
    return {name: given is None or bool(given.get(name)) for name in accounts.BLOCKS}


def _shown(point: AccessPoint) -> Output:
    shown: Output = {
        "Name": point.name,
        "NetworkOrigin": network_origin(point),
        "Bucket": point.bucket,
        "AccessPointArn": point.arn,
        "Alias": point.alias,
        "BucketAccountId": point.bucket_account_id,
    }
    return {**shown, "VpcConfiguration": {"VpcId": point.vpc_id}} if point.vpc_id else shown
