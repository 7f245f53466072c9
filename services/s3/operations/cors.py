"""PutBucketCors, GetBucketCors, DeleteBucketCors.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.buckets import cors_rules
from services.s3.buckets.catalog import bucket_of
from services.s3.runtime import S3Context
from services.s3.store import buckets


@write_operation("PutBucketCors")
def put_bucket_cors(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    configuration = input["CORSConfiguration"]
    cors_rules.check(configuration)
    buckets.put_configuration(transaction, bucket, "cors", configuration)
    return {}


@read_operation("GetBucketCors")
def get_bucket_cors(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    kept = buckets.configuration(transaction, bucket, "cors")
    if kept is None:
        raise AwsError(
            "NoSuchCORSConfiguration",
            "The CORS configuration does not exist",
            404,
            members={"BucketName": bucket.name},
        )
    output: Output = kept
    return output


@write_operation("DeleteBucketCors")
def delete_bucket_cors(context: S3Context, input: Input, transaction: Transaction) -> Output:
    buckets.delete_configuration(transaction, bucket_of(transaction, input), "cors")
    return {}
