"""PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.errors import invalid_request
from services.s3.lifecycle import lifecycle_rules
from services.s3.runtime import S3Context
from services.s3.store import buckets

_MINIMUM_SIZES = ("all_storage_classes_128K", "varies_by_storage_class")


@write_operation("PutBucketLifecycleConfiguration")
def put_bucket_lifecycle_configuration(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    rules = lifecycle_rules.checked(input.get("LifecycleConfiguration") or {})
    if is_directory_bucket(bucket.name):
        lifecycle_rules.check_for_directory_bucket(rules)
        buckets.put_configuration(transaction, bucket, "lifecycle", {"Rules": rules})
        return {}
    minimum = input.get("TransitionDefaultMinimumObjectSize", _MINIMUM_SIZES[0])
    if minimum not in _MINIMUM_SIZES:
        raise invalid_request(f"Invalid TransitionDefaultMinimumObjectSize found: {minimum}")
    buckets.put_configuration(
        transaction, bucket, "lifecycle", {"Rules": rules, "TransitionDefaultMinimumObjectSize": minimum}
    )
    return {"TransitionDefaultMinimumObjectSize": minimum}


@read_operation("GetBucketLifecycleConfiguration")
def get_bucket_lifecycle_configuration(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    kept = buckets.configuration(transaction, bucket, "lifecycle")
    if kept is None:
        raise AwsError(
            "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist",
            404,
            members={"BucketName": bucket.name},
        )
    output: Output = kept
    return output


@write_operation("DeleteBucketLifecycle")
def delete_bucket_lifecycle(context: S3Context, input: Input, transaction: Transaction) -> Output:
    buckets.delete_configuration(transaction, bucket_of(transaction, input), "lifecycle")
    return {}
