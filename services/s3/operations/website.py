"""PutBucketWebsite, GetBucketWebsite, DeleteBucketWebsite.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.buckets import website_rules
from services.s3.buckets.catalog import bucket_of
from services.s3.runtime import S3Context
from services.s3.store import buckets


@write_operation("PutBucketWebsite")
def put_bucket_website(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    configuration = input["WebsiteConfiguration"]
    website_rules.check(configuration)
    buckets.put_configuration(transaction, bucket, "website", configuration)
    return {}


@read_operation("GetBucketWebsite")
def get_bucket_website(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    kept = buckets.configuration(transaction, bucket, "website")
    if kept is None:
        raise AwsError(
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
            404,
            members={"BucketName": bucket.name},
        )
    output: Output = kept
    return output


@write_operation("DeleteBucketWebsite")
def delete_bucket_website(context: S3Context, input: Input, transaction: Transaction) -> Output:
    buckets.delete_configuration(transaction, bucket_of(transaction, input), "website")
    return {}
