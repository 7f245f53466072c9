"""PutBucketReplication, GetBucketReplication, DeleteBucketReplication.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.arns import bucket_arn
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import invalid_argument, invalid_request
from services.s3.replication import replication_rules
from services.s3.runtime import S3Context
from services.s3.store import buckets


@write_operation("PutBucketReplication")
def put_bucket_replication(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    if bucket.versioning != "Enabled":
        raise invalid_request("Versioning must be 'Enabled' on the bucket to apply a replication configuration")
    configuration = replication_rules.checked(input["ReplicationConfiguration"])
    for rule in configuration["Rules"]:
        name, arn = replication_rules.destination_of(rule), rule["Destination"]["Bucket"]
        if arn != bucket_arn(name, bucket.region):
            raise invalid_argument("Invalid bucket ARN.", "Bucket", arn)  # of another partition
        destination = buckets.find(transaction, name)
        if destination is None:
            raise invalid_request("Destination bucket must exist.")
        if destination.versioning != "Enabled":
            raise invalid_request("Destination bucket must have versioning enabled.")
    buckets.put_configuration(transaction, bucket, "replication", configuration)
    return {}


@read_operation("GetBucketReplication")
def get_bucket_replication(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    kept = buckets.configuration(transaction, bucket, "replication")
    if kept is None:
        raise AwsError(
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
            404,
            members={"BucketName": bucket.name},
        )
    return {"ReplicationConfiguration": kept}


@write_operation("DeleteBucketReplication")
def delete_bucket_replication(context: S3Context, input: Input, transaction: Transaction) -> Output:
    buckets.delete_configuration(transaction, bucket_of(transaction, input), "replication")
    return {}
