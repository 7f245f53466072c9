"""PutBucketLogging and GetBucketLogging. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import invalid_argument, malformed_xml
from services.s3.ownership.access_control import PERMISSIONS
from services.s3.runtime import S3Context
from services.s3.store import buckets


@write_operation("PutBucketLogging")
def put_bucket_logging(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    enabled = (input.get("BucketLoggingStatus") or {}).get("LoggingEnabled")
    if enabled is None:
        buckets.delete_configuration(transaction, bucket, "logging")
        return {}
    if "TargetBucket" not in enabled or "TargetPrefix" not in enabled:
        raise malformed_xml()
    if any(grant.get("Permission") not in PERMISSIONS for grant in enabled.get("TargetGrants") or ()):
        raise malformed_xml()
    target = buckets.find(transaction, enabled["TargetBucket"])
    if target is None:
        raise _invalid_target("The target bucket for logging does not exist", enabled["TargetBucket"])
    if target.account_id != bucket.account_id:
        raise _invalid_target(
            "The owner for the bucket to be logged and the target bucket must be the same.", target.name
        )
    if target.region != bucket.region:
        raise AwsError(
            "CrossLocationLoggingProhibitted",
            # The space is S3's.
            "Cross S3 location logging not allowed. ",
            403,
            members={"TargetBucketLocation": target.region},
        )
    if target.ownership == "BucketOwnerEnforced" and enabled.get("TargetGrants"):
        raise invalid_argument(
            "TargetGrants are not supported when the target bucket uses the bucket owner enforced setting.",
            "TargetGrants",
            "",
        )
    buckets.put_configuration(transaction, bucket, "logging", enabled)
    return {}


@read_operation("GetBucketLogging")
def get_bucket_logging(context: S3Context, input: Input, transaction: Transaction) -> Output:
    kept = buckets.configuration(transaction, bucket_of(transaction, input), "logging")
    return {} if kept is None else {"LoggingEnabled": kept}


def _invalid_target(message: str, target: str) -> AwsError:
    return AwsError("InvalidTargetBucketForLogging", message, members={"TargetBucket": target})
