"""An access point's policy. https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutAccessPointPolicy.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.access.access_point_decision import OBJECT_SEPARATOR
from services.s3.access.bucket_policies import check_policy, is_public_policy
from services.s3.errors import blocked
from services.s3.operations.access_points import access_point_of, checked_scope
from services.s3.runtime import S3Context
from services.s3.store import access_points, accounts, buckets
from services.s3.store.access_points import AccessPoint

_MODEL = "s3control"


@write_operation("PutAccessPointPolicy", model=_MODEL)
def put_access_point_policy(context: S3Context, input: Input, transaction: Transaction) -> Output:
    point, text = access_point_of(context, input, transaction), input["Policy"]
    check_policy(text, point.arn, OBJECT_SEPARATOR)
    if _block(transaction, point)["BlockPublicPolicy"] and is_public_policy(text):
        raise blocked(context.account_id, "PutAccessPointPolicy", point.arn, "policies", "BlockPublicPolicy")
    access_points.set_policy(transaction, point, text)
    return {}


@read_operation("GetAccessPointPolicy", model=_MODEL)
def get_access_point_policy(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return {"Policy": _policy(access_point_of(context, input, transaction))}


@read_operation("GetAccessPointPolicyStatus", model=_MODEL)
def get_access_point_policy_status(context: S3Context, input: Input, transaction: Transaction) -> Output:
    point = access_point_of(context, input, transaction)
    restricted = _block(transaction, point)["RestrictPublicBuckets"] or bool(point.vpc_id)
    return {"PolicyStatus": {"IsPublic": is_public_policy(_policy(point)) and not restricted}}


@write_operation("DeleteAccessPointPolicy", model=_MODEL)
def delete_access_point_policy(context: S3Context, input: Input, transaction: Transaction) -> Output:
    access_points.set_policy(transaction, access_point_of(context, input, transaction), None)
    context.response_status = 204
    return {}


@write_operation("PutAccessPointScope", model=_MODEL)
def put_access_point_scope(context: S3Context, input: Input, transaction: Transaction) -> Output:
    point = access_point_of(context, input, transaction)
    access_points.set_scope(transaction, point, checked_scope(input["Scope"], point.name))
    return {}


@read_operation("GetAccessPointScope", model=_MODEL)
def get_access_point_scope(context: S3Context, input: Input, transaction: Transaction) -> Output:
    point = access_point_of(context, input, transaction)
    checked_scope({}, point.name)
    return {"Scope": point.scope or {}}


@write_operation("DeleteAccessPointScope", model=_MODEL)
def delete_access_point_scope(context: S3Context, input: Input, transaction: Transaction) -> Output:
    point = access_point_of(context, input, transaction)
    checked_scope({}, point.name)
    access_points.set_scope(transaction, point, None)
    context.response_status = 204
    return {}


def _policy(point: AccessPoint) -> str:
    if point.policy is None:
        message = "The specified accesspoint policy does not exist"
        raise AwsError("NoSuchAccessPointPolicy", message, 404, members={"AccessPointName": point.name})
    return point.policy


def _block(transaction: Transaction, point: AccessPoint) -> dict[str, bool]:
    """What of public access is blocked: by the access point, its bucket, or either's account."""
    bucket = buckets.find(transaction, point.bucket)
    of_bucket = {} if bucket is None else accounts.effective_block(transaction, bucket)
    of_account = accounts.public_access_block(transaction, point.account_id) or {}
    return {
        name: bool(blocks or of_bucket.get(name) or of_account.get(name))
        for name, blocks in point.public_access_block.items()
    }
