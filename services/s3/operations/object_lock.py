"""Object lock: the bucket's configuration, a version's retention and legal hold.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import malformed_xml
from services.s3.notifications import events
from services.s3.objects import object_lock
from services.s3.objects.catalog import sub_resource_version
from services.s3.runtime import S3Context
from services.s3.store import buckets, objects


@write_operation("PutObjectLockConfiguration")
def put_object_lock_configuration(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    configuration = input.get("ObjectLockConfiguration")
    if not configuration or configuration.get("ObjectLockEnabled") != "Enabled":
        raise malformed_xml()
    if not bucket.object_lock and bucket.versioning != "Enabled":
        raise AwsError(
            "InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration", 409
        )
    _check_default_retention((configuration.get("Rule") or {}).get("DefaultRetention"), "Rule" in configuration)
    buckets.enable_object_lock(transaction, bucket)
    buckets.put_configuration(transaction, bucket, "object_lock", configuration)
    return {}


@read_operation("GetObjectLockConfiguration")
def get_object_lock_configuration(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    if not bucket.object_lock:
        raise AwsError(
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
            404,
            members={"BucketName": bucket.name},
        )
    kept = buckets.configuration(transaction, bucket, "object_lock")
    return {"ObjectLockConfiguration": kept or {"ObjectLockEnabled": "Enabled"}}


@write_operation("PutObjectRetention")
def put_object_retention(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    object_lock.check_bucket(bucket)
    version = sub_resource_version(transaction, bucket, input, "PUT")
    retention = input.get("Retention")
    if retention is None:
        raise malformed_xml()
    mode, until = retention.get("Mode"), retention.get("RetainUntilDate")
    if (mode is None) != (until is None) or mode not in (None, *object_lock.MODES):
        raise malformed_xml()
    if until is not None:
        object_lock.check_date(until, context.now)
    object_lock.check_retention_change(
        version, mode, until, context.now, bypass_governance=bool(input.get("BypassGovernanceRetention"))
    )
    if mode is None:
        version.attributes.pop("ObjectLockMode", None)
        version.attributes.pop("ObjectLockRetainUntilDate", None)
    else:
        version.attributes.update(ObjectLockMode=mode, ObjectLockRetainUntilDate=until)
    objects.set_attributes(transaction, version)
    events.record(transaction, context, bucket, "ObjectRetention:Put", version)
    return {}


@read_operation("GetObjectRetention")
def get_object_retention(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    object_lock.check_bucket(bucket)
    version = sub_resource_version(transaction, bucket, input, "GET")
    attributes = version.attributes
    if "ObjectLockMode" not in attributes:
        raise _no_lock()
    return {
        "Retention": {
            "Mode": attributes["ObjectLockMode"],
            "RetainUntilDate": attributes["ObjectLockRetainUntilDate"],
        }
    }


@write_operation("PutObjectLegalHold")
def put_object_legal_hold(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    object_lock.check_bucket(bucket)
    version = sub_resource_version(transaction, bucket, input, "PUT")
    status = (input.get("LegalHold") or {}).get("Status")
    if status not in ("ON", "OFF"):
        raise malformed_xml()
    version.attributes["ObjectLockLegalHoldStatus"] = status
    objects.set_attributes(transaction, version)
    return {}


@read_operation("GetObjectLegalHold")
def get_object_legal_hold(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    object_lock.check_bucket(bucket)
    version = sub_resource_version(transaction, bucket, input, "GET")
    status = version.attributes.get("ObjectLockLegalHoldStatus")
    if status is None:
        raise _no_lock()
    return {"LegalHold": {"Status": status}}


def _no_lock() -> AwsError:
    return AwsError(
        "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", 404
    )


def _check_default_retention(retention: Input | None, stated: bool) -> None:
    if retention is None:
        if stated:
            raise malformed_xml()
        return
    days, years = retention.get("Days"), retention.get("Years")
    if retention.get("Mode") not in object_lock.MODES or (days is None) == (years is None):
        raise malformed_xml()
    period = days if days is not None else years
    if period is not None and period <= 0:
        raise _invalid_period("Default retention period must be a positive integer value.")
    if (days or 0) > 36_500 or (years or 0) > 100:
        raise _invalid_period("Default retention period too large. The maximum is 36500 days or 100 years.")


def _invalid_period(message: str) -> AwsError:
    return AwsError("InvalidRetentionPeriod", message)
