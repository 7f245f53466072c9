"""ACLs of buckets and of objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.arns import bucket_arn
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import blocked
from services.s3.notifications import events
from services.s3.objects.catalog import shown_version_id, sub_resource_version
from services.s3.ownership import access_control
from services.s3.ownership.access_control import Acl
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.ownership.object_ownership import acl_not_supported
from services.s3.runtime import S3Context
from services.s3.store import accounts, buckets, objects
from services.s3.store.buckets import Bucket


@write_operation("PutBucketAcl")
def put_bucket_acl(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    owner = canonical_id(bucket.account_id)
    acl = _given(context, input, owner, None)
    _check(context, transaction, bucket, acl)
    if acl is None:
        buckets.delete_configuration(transaction, bucket, "acl")
    else:
        buckets.put_configuration(transaction, bucket, "acl", acl)
    return {}


@read_operation("GetBucketAcl")
def get_bucket_acl(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    acl = buckets.configuration(transaction, bucket, "acl")
    return access_control.shown(acl, canonical_id(bucket.account_id), context.runtime.identities.display_name)


@write_operation("PutObjectAcl")
def put_object_acl(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    version = sub_resource_version(transaction, bucket, input, "PUT")
    acl = _given(context, input, version.owner_id, canonical_id(bucket.account_id))
    _check(context, transaction, bucket, acl, f"/{input['Key']}")
    objects.set_acl(transaction, version, acl)
    events.record(transaction, context, bucket, "ObjectAcl:Put", version)
    return {}


@read_operation("GetObjectAcl")
def get_object_acl(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    version = sub_resource_version(transaction, bucket, input, "GET")
    shown = access_control.shown(version.acl, version.owner_id, context.runtime.identities.display_name)
    return {**shown, **shown_version_id(bucket, version)}


def _given(context: S3Context, input: Input, owner: str, bucket_owner: str | None) -> Acl | None:
    """The ACL in the request's headers or in its body: exactly one of them."""
    by_email = context.runtime.identities.by_email
    policy = input.get("AccessControlPolicy")
    if access_control.has_acl(input):
        if policy is not None:
            raise AwsError("UnexpectedContent", "This request does not support content")
        return access_control.of_headers(input, owner, bucket_owner, by_email)
    if policy is None:
        raise AwsError(
            "MissingSecurityHeader",
            "Your request was missing a required header",
            members={"MissingHeaderName": "x-amz-acl"},
        )
    acl = access_control.of_body(policy, owner, by_email)
    access_control.check_users(acl, context.runtime.identities)
    return acl


def _check(context: S3Context, transaction: Transaction, bucket: Bucket, acl: Acl | None, path: str = "") -> None:
    """Object ownership may do without ACLs, and public access may be blocked."""
    if bucket.ownership == "BucketOwnerEnforced":
        raise acl_not_supported()
    if access_control.is_public(acl):
        block = accounts.effective_block(transaction, bucket)
        if block.get("BlockPublicAcls"):
            resource = f"{bucket_arn(bucket.name, bucket.region)}{path}"
            lists = "access control lists (ACLs)"
            raise blocked(context.account_id, context.operation, resource, lists, "BlockPublicAcls")
