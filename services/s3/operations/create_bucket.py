"""CreateBucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, write_operation
from services.s3.arns import bucket_arn
from services.s3.buckets.bucket_names import check_bucket_name, check_namespace
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.buckets.regions import REGIONS
from services.s3.errors import invalid_argument, invalid_bucket_name
from services.s3.objects import encryption, tags
from services.s3.operations.directory_buckets import create_directory_bucket
from services.s3.ownership import access_control
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.runtime import S3Context
from services.s3.store import buckets

_OWNERSHIPS = frozenset({"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"})
_LIMIT = 10_000
_OLD_IRELAND = "EU"
_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@write_operation("CreateBucket")
def create_bucket(context: S3Context, input: Input, transaction: Transaction) -> Output:
    name = input["Bucket"]
    if is_directory_bucket(name):
        return create_directory_bucket(context, input, transaction)
    check_bucket_name(name)
    check_namespace(name, input.get("BucketNamespace"), context.account_id, context.region)
    configuration = input.get("CreateBucketConfiguration") or {}
    if configuration.get("Location") or configuration.get("Bucket"):
        # Only a directory bucket has these, and its name tells it.
        raise invalid_bucket_name(name)
    region = _region(context.region, configuration.get("LocationConstraint"))
    settings = context.runtime.settings
    ownership = input.get("ObjectOwnership", settings.default_ownership)
    if ownership not in _OWNERSHIPS:
        raise invalid_argument(f"Invalid x-amz-object-ownership header: {ownership}", "x-amz-object-ownership", None)
    owner = canonical_id(context.account_id)
    acl = access_control.of_headers(input, owner, None, context.runtime.identities.by_email)
    _check_acl(acl, owner, ownership, public_blocked=settings.block_public_access)
    tag_set = tags.of_tag_set(configuration.get("Tags") or (), tags.BUCKET_LIMIT)
    existing = buckets.find(transaction, name)
    if existing is not None:
        _check_again(context, existing, region)
        _reset_acl(transaction, existing, acl)
        return _created(name, region)
    if buckets.count(transaction, context.account_id) >= _LIMIT:
        raise AwsError("TooManyBuckets", "You have attempted to create more buckets than allowed")
    object_lock = bool(input.get("ObjectLockEnabledForBucket"))
    bucket = buckets.add(
        transaction,
        name,
        context.account_id,
        region,
        context.now,
        object_lock=object_lock,
        ownership=ownership,
    )
    if settings.block_public_access:
        buckets.put_configuration(transaction, bucket, "public_access_block", _BLOCKED)
    if not settings.default_encryption:
        buckets.put_configuration(transaction, bucket, "encryption", encryption.NONE)
    if object_lock:
        buckets.put_configuration(transaction, bucket, "object_lock", {"ObjectLockEnabled": "Enabled"})
    if acl is not None:
        buckets.put_configuration(transaction, bucket, "acl", acl)
    if configuration.get("LocationConstraint") == _OLD_IRELAND:
        buckets.put_configuration(transaction, bucket, "location", _OLD_IRELAND)
    if tag_set:
        buckets.put_configuration(transaction, bucket, "tagging", tag_set)
    return _created(name, region)


def _region(endpoint: str, constraint: str | None) -> str:
    """Where the bucket is to be: us-east-1's endpoint makes buckets everywhere, every other one only its own."""
    if constraint == _OLD_IRELAND:
        constraint = "eu-west-1"
    if endpoint == "us-east-1":
        if constraint is None:
            return endpoint
        if constraint == "us-east-1" or constraint not in REGIONS:
            raise AwsError(
                "InvalidLocationConstraint",
                "The specified location-constraint is not valid",
                members={"LocationConstraint": constraint},
            )
        return constraint
    if endpoint not in REGIONS:
        # s3cmd signs for "US" until it is told better.
        raise AwsError(
            "AuthorizationHeaderMalformed",
            f"The authorization header is malformed; the region '{endpoint}' is wrong; expecting 'us-east-1'",
            members={"Region": "us-east-1"},
        )
    if constraint != endpoint:
        stated = "unspecified" if constraint is None else constraint
        raise AwsError(
            "IllegalLocationConstraintException",
            f"The {stated} location constraint is incompatible for the region specific endpoint this request was sent"
            " to.",
        )
    return constraint


def _check_acl(acl: access_control.Acl | None, owner: str, ownership: str, *, public_blocked: bool) -> None:
    if acl is None:
        return
    if ownership == "BucketOwnerEnforced" and not access_control.gives_only_owner_control(acl, owner):
        raise AwsError(
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        )
    if public_blocked and access_control.is_public(acl):
        raise AwsError(
            "InvalidBucketAclWithBlockPublicAccessError",
            "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
        )


def _check_again(context: S3Context, existing: buckets.Bucket, region: str) -> None:
    """In us-east-1 the owner's second creation succeeds; elsewhere it conflicts."""
    if existing.account_id != context.account_id:
        raise AwsError(
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system."
            " Please select a different name and try again.",
            409,
            members={"BucketName": existing.name},
        )
    if existing.region != "us-east-1" or region != "us-east-1":
        raise AwsError(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            409,
            members={"BucketName": existing.name},
        )


def _reset_acl(transaction: Transaction, bucket: buckets.Bucket, acl: access_control.Acl | None) -> None:
    """A second creation leaves everything as it is but the ACL, which is what this request would have given it."""
    if bucket.ownership == "BucketOwnerEnforced":
        return
    if acl is None:
        buckets.delete_configuration(transaction, bucket, "acl")
    else:
        buckets.put_configuration(transaction, bucket, "acl", acl)


def _created(name: str, region: str) -> dict[str, Any]:
    location = f"/{name}" if region == "us-east-1" else f"http://{name}.s3.amazonaws.com/"
    return {"Location": location, "BucketArn": bucket_arn(name, region)}
