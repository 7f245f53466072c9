"""Directory buckets (S3 Express One Zone): made, shown, listed.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListDirectoryBuckets.html
"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import dns_suffix_of
from awskit.resources.paging import page_of, token_of
from awskit.service.operation import Input, Output, read_operation
from services.s3.arns import directory_bucket_arn
from services.s3.buckets.directory_bucket_names import location_type, redundancy_of, zone_of
from services.s3.errors import invalid_argument, invalid_bucket_name, invalid_request, not_implemented_header
from services.s3.objects import tags
from services.s3.paging import name_of_token
from services.s3.runtime import S3Context
from services.s3.store import accounts, buckets
from services.s3.store.buckets import Bucket

_PAGE = 1000
_ENFORCED = "BucketOwnerEnforced"


def create_directory_bucket(context: S3Context, input: Input, transaction: Transaction) -> Output:
    """CreateBucket of a name that ends in `--x-s3`."""
    name, region = input["Bucket"], context.region
    zone = zone_of(name)
    if zone is None:
        raise invalid_bucket_name(name)
    configuration = input.get("CreateBucketConfiguration") or {}
    _check_configuration(configuration, zone)
    if input.get("ObjectOwnership", _ENFORCED) != _ENFORCED or any(
        member == "ACL" or member.startswith("Grant") for member in input
    ):
        raise invalid_request("Access control lists are not supported for directory buckets.")
    if input.get("ObjectLockEnabledForBucket"):
        raise not_implemented_header("x-amz-bucket-object-lock-enabled")
    existing = buckets.find(transaction, name)
    if existing is not None:
        raise _taken(existing, context.account_id)
    tag_set = tags.of_tag_set(configuration.get("Tags") or (), tags.BUCKET_LIMIT)
    bucket = buckets.add(
        transaction, name, context.account_id, region, context.now, object_lock=False, ownership=_ENFORCED
    )
    buckets.put_configuration(transaction, bucket, "public_access_block", dict.fromkeys(accounts.BLOCKS, True))
    if tag_set:
        buckets.put_configuration(transaction, bucket, "tagging", tag_set)
    return {
        "Location": f"https://{name}.s3express-{zone}.{region}.{dns_suffix_of(region)}/",
        "BucketArn": directory_bucket_arn(name, region, context.account_id),
    }


def directory_bucket_shown(transaction: Transaction, bucket: Bucket) -> Output:
    """HeadBucket's answer."""
    zone = zone_of(bucket.name) or ""
    return {
        "BucketRegion": bucket.region,
        "AccessPointAlias": False,
        "BucketArn": directory_bucket_arn(bucket.name, bucket.region, bucket.account_id),
        "BucketLocationType": location_type(zone),
        "BucketLocationName": zone,
    }


@read_operation("ListDirectoryBuckets")
def list_directory_buckets(context: S3Context, input: Input, transaction: Transaction) -> Output:
    limit = input.get("MaxDirectoryBuckets", _PAGE)
    if not 0 <= limit <= _PAGE:
        name = "max-directory-buckets"
        raise invalid_argument(f"Argument {name} must be an integer between 0 and {_PAGE}", name, str(limit))
    found = buckets.listed_directories(
        transaction,
        context.account_id,
        context.region,
        after=name_of_token(input.get("ContinuationToken")),
        limit=(limit or _PAGE) + 1,
    )
    page, last = page_of(found, limit or _PAGE)
    output: Output = {
        "Buckets": [
            {
                "Name": bucket.name,
                "CreationDate": float(int(bucket.created_at)),
                "BucketRegion": bucket.region,
                "BucketArn": directory_bucket_arn(bucket.name, bucket.region, bucket.account_id),
            }
            for bucket in page
        ]
    }
    if last is not None:
        output["ContinuationToken"] = token_of(last.name)
    return output


def _check_configuration(configuration: dict[str, Any], zone: str) -> None:
    location, kind = configuration.get("Location") or {}, configuration.get("Bucket") or {}
    if not location or not kind or "LocationConstraint" in configuration:
        raise invalid_request("A directory bucket is created with the Location and the Bucket of its configuration.")
    if location.get("Name") != zone:
        raise invalid_request(f"The location's name must be the zone in the bucket's name: {zone}.")
    expected = location_type(zone)
    if location.get("Type") != expected:
        raise invalid_request(f"The location's type of {zone} is {expected}.")
    if kind.get("Type") != "Directory" or kind.get("DataRedundancy") != redundancy_of(expected):
        raise invalid_request(f"A bucket of this location has the type Directory and {redundancy_of(expected)}.")


def _taken(existing: Bucket, account_id: str) -> AwsError:
    if existing.account_id == account_id:
        code = "BucketAlreadyOwnedByYou"
        message = "Your previous request to create the named bucket succeeded and you already own it."
    else:
        code = "BucketAlreadyExists"
        message = "The requested bucket name is not available. Please select a different name and try again."
    return AwsError(code, message, 409, members={"BucketName": existing.name})
