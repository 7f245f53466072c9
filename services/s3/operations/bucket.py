"""HeadBucket, GetBucketLocation, DeleteBucket: one bucket.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.arns import bucket_arn
from services.s3.buckets.catalog import bucket_of
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.operations.directory_buckets import directory_bucket_shown
from services.s3.runtime import S3Context
from services.s3.store import access_points, buckets, multi_region_access_points


@read_operation("HeadBucket")
def head_bucket(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    if is_directory_bucket(bucket.name):
        return directory_bucket_shown(transaction, bucket)
    return {
        "BucketRegion": bucket.region,
        "AccessPointAlias": context.request.via is not None and context.request.via.by_alias,
        "BucketArn": bucket_arn(bucket.name, bucket.region),
    }


@read_operation("GetBucketLocation")
def get_bucket_location(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    # "EU" is given back as it was asked for.
    asked = buckets.configuration(transaction, bucket, "location")
    return {"LocationConstraint": None if bucket.region == "us-east-1" else asked or bucket.region}


@write_operation("DeleteBucket")
def delete_bucket(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    if access_points.any_of_bucket(transaction, bucket.name) or multi_region_access_points.any_of_bucket(
        transaction, bucket.account_id, bucket.name
    ):
        raise AwsError(
            "BucketHasAccessPointsAttached",
            "The bucket you tried to delete has access points attached. Delete its access points first.",
            members={"BucketName": bucket.name},
        )
    if not buckets.is_empty(transaction, bucket):
        message = "The bucket you tried to delete is not empty"
        if bucket.versioning:
            message += ". You must delete all versions in the bucket."
        raise AwsError("BucketNotEmpty", message, 409, members={"BucketName": bucket.name})
    blobs = buckets.delete(transaction, bucket)
    transaction.after_commit(lambda: context.runtime.blobs.remove(blobs))
    return {}
