"""Multi-Region Access Points: made and deleted by requests that are answered later; shown, listed, routed.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateMultiRegionAccessPoint.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DescribeMultiRegionAccessPointOperation.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_SubmitMultiRegionAccessPointRoutes.html
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import build_arn
from awskit.resources.paging import page_of, token_of
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.access.access_point_decision import OBJECT_SEPARATOR
from services.s3.access.bucket_policies import check_policy, is_public_policy
from services.s3.access.control_accounts import account_of
from services.s3.access_points.names import multi_region_alias
from services.s3.buckets.catalog import named_bucket
from services.s3.errors import (
    access_denied,
    blocked,
    invalid_request,
    no_such_multi_region_access_point,
)
from services.s3.paging import control_page_limit, name_of_token
from services.s3.runtime import S3Context
from services.s3.store import accounts
from services.s3.store import multi_region_access_points as store
from services.s3.store.multi_region_access_points import AsyncRequest, MultiRegionAccessPoint, Route

_MODEL = "s3control"
_REGIONS = "_regions"  # of what a request was about, kept beside its parameters
_NAME = re.compile(r"[a-z0-9][-a-z0-9]{1,48}[a-z0-9]")
_CONTROL_REGION = "us-west-2"  # from which AWS carries out what is asked of Multi-Region Access Points
_MOST = 100
_MOST_REGIONS = 20
_VERBS = {
    "CreateMultiRegionAccessPoint": "create",
    "DeleteMultiRegionAccessPoint": "delete",
    "PutMultiRegionAccessPointPolicy": "put-policy",
}


@write_operation("CreateMultiRegionAccessPoint", model=_MODEL)
def create_multi_region_access_point(context: S3Context, input: Input, transaction: Transaction) -> Output:
    account_id, details = account_of(context, input), input["Details"]
    before = _before(context, input, transaction)
    if before is not None:
        return before
    name = details["Name"]
    if _NAME.fullmatch(name) is None:
        raise invalid_request("The name of the Multi-Region Access Point is not valid.")
    if store.find(transaction, account_id, name) is not None:
        message = "You already have a Multi-Region Access Point with the same name."
        raise AwsError("MultiRegionAccessPointAlreadyOwnedByYou", message, 409)
    if store.count(transaction, account_id) >= _MOST:
        message = "You have attempted to create more Multi-Region Access Points than are allowed for an account."
        raise AwsError("TooManyMultiRegionAccessPoints", message)
    given = details.get("PublicAccessBlock")
    point = MultiRegionAccessPoint(
        account_id,
        name,
        multi_region_alias(f"{account_id}/{name}/{context.request_id}"),
        context.now,
        {block: given is None or bool(given.get(block)) for block in accounts.BLOCKS},
        _routes(transaction, account_id, details["Regions"]),
    )
    store.add(transaction, point)
    return _taken(context, input, transaction)


@write_operation("DeleteMultiRegionAccessPoint", model=_MODEL)
def delete_multi_region_access_point(context: S3Context, input: Input, transaction: Transaction) -> Output:
    before = _before(context, input, transaction)
    if before is not None:
        return before
    store.delete(transaction, _named(context, input, transaction, input["Details"]["Name"]))
    return _taken(context, input, transaction)


@write_operation("PutMultiRegionAccessPointPolicy", model=_MODEL)
def put_multi_region_access_point_policy(context: S3Context, input: Input, transaction: Transaction) -> Output:
    before = _before(context, input, transaction)
    if before is not None:
        return before
    details = input["Details"]
    point = _named(context, input, transaction, details["Name"])
    check_policy(details["Policy"], point.arn, OBJECT_SEPARATOR)
    if point.public_access_block["BlockPublicPolicy"] and is_public_policy(details["Policy"]):
        raise blocked(context.account_id, context.operation, point.arn, "policies", "BlockPublicPolicy")
    store.set_policy(transaction, point, details["Policy"])
    return _taken(context, input, transaction)


@read_operation("DescribeMultiRegionAccessPointOperation", model=_MODEL)
def describe_multi_region_access_point_operation(context: S3Context, input: Input, transaction: Transaction) -> Output:
    token = input["RequestTokenARN"]
    asked = store.request(transaction, account_of(context, input), token)
    if asked is None:
        raise AwsError("NoSuchAsyncRequest", "The specified request was not found.", 404)
    regions = [{"Name": region["Region"], "RequestStatus": "SUCCEEDED"} for region in asked.parameters.pop(_REGIONS)]
    return {
        "AsyncOperation": {
            "CreationTime": asked.created_at,
            "Operation": asked.operation,
            "RequestTokenARN": asked.token,
            "RequestParameters": {f"{asked.operation}Request": asked.parameters},
            "RequestStatus": "SUCCEEDED",
            "ResponseDetails": {"MultiRegionAccessPointDetails": {"Regions": regions}},
        }
    }


@read_operation("GetMultiRegionAccessPoint", model=_MODEL)
def get_multi_region_access_point(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return {"AccessPoint": _shown(_named(context, input, transaction, input["Name"]))}


@read_operation("ListMultiRegionAccessPoints", model=_MODEL)
def list_multi_region_access_points(context: S3Context, input: Input, transaction: Transaction) -> Output:
    limit = control_page_limit(input)
    after = name_of_token(input.get("NextToken"))
    found = store.listed(transaction, account_of(context, input), after=after, limit=limit + 1)
    page, last = page_of(found, limit)
    output: Output = {"AccessPoints": [_shown(point) for point in page]}
    if last is not None:
        output["NextToken"] = token_of(last.name)
    return output


@read_operation("GetMultiRegionAccessPointPolicy", model=_MODEL)
def get_multi_region_access_point_policy(context: S3Context, input: Input, transaction: Transaction) -> Output:
    point = _named(context, input, transaction, input["Name"])
    if point.policy is None:
        return {"Policy": {}}
    return {"Policy": {"Established": {"Policy": point.policy}, "Proposed": {"Policy": point.policy}}}


@read_operation("GetMultiRegionAccessPointPolicyStatus", model=_MODEL)
def get_multi_region_access_point_policy_status(context: S3Context, input: Input, transaction: Transaction) -> Output:
    point = _named(context, input, transaction, input["Name"])
    is_public = point.policy is not None and is_public_policy(point.policy)
    return {"Established": {"IsPublic": is_public and not point.public_access_block["RestrictPublicBuckets"]}}


@read_operation("GetMultiRegionAccessPointRoutes", model=_MODEL)
def get_multi_region_access_point_routes(context: S3Context, input: Input, transaction: Transaction) -> Output:
    point = _by_arn(context, input, transaction)
    routes = [
        {"Bucket": route.bucket, "Region": route.region, "TrafficDialPercentage": route.dial} for route in point.routes
    ]
    return {"Mrap": point.arn, "Routes": routes}


@write_operation("SubmitMultiRegionAccessPointRoutes", model=_MODEL)
def submit_multi_region_access_point_routes(context: S3Context, input: Input, transaction: Transaction) -> Output:
    point = _by_arn(context, input, transaction)
    routes = list(point.routes)
    for update in input["RouteUpdates"]:
        if update["TrafficDialPercentage"] not in (0, 100):
            raise invalid_request("TrafficDialPercentage must be 0 or 100.")
        places = [place for place, route in enumerate(routes) if _is_of(route, update)]
        if not places:
            raise invalid_request("The route is none of the Multi-Region Access Point's.")
        for place in places:
            routes[place] = replace(routes[place], dial=update["TrafficDialPercentage"])
    if not any(route.dial for route in routes):
        raise invalid_request("At least one route of a Multi-Region Access Point must be active.")
    store.set_routes(transaction, point, tuple(routes))
    return {}


def _is_of(route: Route, update: Mapping[str, Any]) -> bool:
    """Whether an update names the route, by its bucket, its region, or both."""
    if "Bucket" not in update and "Region" not in update:
        return False
    return bool(
        update.get("Bucket", route.bucket) == route.bucket and update.get("Region", route.region) == route.region
    )


def _routes(transaction: Transaction, account_id: str, regions: list[Mapping[str, Any]]) -> tuple[Route, ...]:
    if not 1 <= len(regions) <= _MOST_REGIONS:
        raise invalid_request(f"A Multi-Region Access Point has from 1 to {_MOST_REGIONS} buckets.")
    routes = []
    for region in regions:
        bucket = named_bucket(transaction, region["Bucket"])
        if bucket.account_id != region.get("BucketAccountId", account_id):
            raise access_denied()
        routes.append(Route(bucket.name, bucket.region, bucket.account_id))
    if len({route.region for route in routes}) != len(routes):
        raise AwsError("MultiRegionAccessPointSameBucketRegion", "Each bucket must be in a different Region.")
    return tuple(routes)


def _before(context: S3Context, input: Input, transaction: Transaction) -> Output | None:
    """The answer where the client has sent the same request before, with the same token of its own.

    Raises `InvalidRequest` where it has used the token for another one.
    """
    account_id = account_of(context, input)
    asked = store.request_of_client(transaction, account_id, input["ClientToken"], context.operation)
    if asked is None:
        return None
    if {name: value for name, value in asked.parameters.items() if name != _REGIONS} != dict(input["Details"]):
        raise invalid_request("The client token was used for a request with other parameters.")
    return {"RequestTokenARN": asked.token}


def _taken(context: S3Context, input: Input, transaction: Transaction) -> Output:
    """Keep the request, which has been carried out, for who asks how it stands."""
    account_id, details = account_of(context, input), dict(input["Details"])
    verb = _VERBS[context.operation]
    token = build_arn("s3", _CONTROL_REGION, account_id, f"async-request/mrap/{verb}/{secrets.token_urlsafe(24)}")
    point = store.find(transaction, account_id, details["Name"])
    details[_REGIONS] = [] if point is None else [{"Region": route.region} for route in point.routes]
    asked = AsyncRequest(account_id, token, input["ClientToken"], context.now, context.operation, details)
    store.add_request(transaction, asked)
    return {"RequestTokenARN": token}


def _named(context: S3Context, input: Input, transaction: Transaction, name: str) -> MultiRegionAccessPoint:
    point = store.find(transaction, account_of(context, input), name)
    if point is None:
        raise no_such_multi_region_access_point()
    return point


def _by_arn(context: S3Context, input: Input, transaction: Transaction) -> MultiRegionAccessPoint:
    """The one whose ARN, or alias, a request gives."""
    point = store.find_by_alias(transaction, input["Mrap"].rpartition("/")[2])
    if point is None or point.account_id != account_of(context, input):
        raise no_such_multi_region_access_point()
    return point


def _shown(point: MultiRegionAccessPoint) -> Output:
    return {
        "Name": point.name,
        "Alias": point.alias,
        "CreatedAt": float(int(point.created_at)),
        "PublicAccessBlock": point.public_access_block,
        "Status": "READY",
        "Regions": [
            {"Bucket": route.bucket, "Region": route.region, "BucketAccountId": route.account_id}
            for route in point.routes
        ],
    }
