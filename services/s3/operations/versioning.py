"""PutBucketVersioning and GetBucketVersioning.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import malformed_xml
from services.s3.runtime import S3Context
from services.s3.store import buckets


@write_operation("PutBucketVersioning")
def put_bucket_versioning(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    configuration = input["VersioningConfiguration"]
    status = configuration.get("Status")
    if "MFADelete" in configuration:
        if configuration["MFADelete"] not in ("Enabled", "Disabled"):
            raise malformed_xml()
        if configuration["MFADelete"] == "Enabled":
            # Only a root user with an MFA device may turn it on, and there is none here.
            raise AwsError("AccessDenied", "Mfa Authentication must be used for this request", 403)
    if status is None:
        raise AwsError(
            "IllegalVersioningConfigurationException",
            "The Versioning element must be specified",
        )
    if status not in ("Enabled", "Suspended"):
        raise malformed_xml()
    if status == "Suspended" and bucket.object_lock:
        raise AwsError(
            "InvalidBucketState",
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
            409,
        )
    if status == "Suspended" and bucket.has("replication"):
        raise AwsError(
            "InvalidBucketState",
            "A replication configuration is present on this bucket, so the versioning state cannot be changed.",
            409,
        )
    buckets.set_versioning(transaction, bucket, status)
    return {}


@read_operation("GetBucketVersioning")
def get_bucket_versioning(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    return {"Status": bucket.versioning} if bucket.versioning else {}
