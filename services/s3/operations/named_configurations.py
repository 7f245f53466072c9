"""Inventory, analytics, metrics and intelligent-tiering configurations: a bucket may have several of each, by id.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAnalyticsConfiguration.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketIntelligentTieringConfiguration.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.paging import token_of
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.buckets import named_configurations
from services.s3.buckets.catalog import bucket_of
from services.s3.buckets.named_configurations import INVENTORY, NamedKind
from services.s3.inventory import schedule
from services.s3.inventory.written_forms import check_is_written
from services.s3.paging import name_of_token
from services.s3.runtime import S3Context
from services.s3.store import buckets

_PAGE = 100


def _put(context: S3Context, kind: NamedKind, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    configuration = input[kind.member]
    named_configurations.check(kind, input["Id"], configuration)
    if buckets.configuration(transaction, bucket, kind.kind, input["Id"]) is None:
        present = sum(1 for _ in buckets.configurations_of(transaction, bucket, kind.kind, limit=kind.limit))
        if present >= kind.limit:
            raise AwsError(
                "TooManyConfigurations",
                "You are attempting to create a new configuration but have already reached the"
                f" {kind.limit}-configuration limit.",
            )
    buckets.put_configuration(transaction, bucket, kind.kind, configuration, input["Id"])
    context.response_status = 204
    return {}


def _get(kind: NamedKind, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    kept = buckets.configuration(transaction, bucket, kind.kind, input["Id"])
    if kept is None:
        raise _missing()
    return {kind.member: kept}


def _delete(kind: NamedKind, input: Input, transaction: Transaction) -> Output:
    if not buckets.delete_configuration(transaction, bucket_of(transaction, input), kind.kind, input["Id"]):
        raise _missing()
    return {}


def _list(kind: NamedKind, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    token = input.get("ContinuationToken")
    found = list(buckets.configurations_of(transaction, bucket, kind.kind, after=name_of_token(token), limit=_PAGE + 1))
    output: Output = {
        "IsTruncated": len(found) > _PAGE,
        f"{kind.member}List": [document for _, document in found[:_PAGE]],
    }
    if token is not None:
        output["ContinuationToken"] = token
    if len(found) > _PAGE:
        output["NextContinuationToken"] = token_of(found[_PAGE - 1][0])
    return output


def _missing() -> AwsError:
    return AwsError("NoSuchConfiguration", "The specified configuration does not exist.", 404)


@write_operation("PutBucketInventoryConfiguration")
def put_bucket_inventory(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket, name = bucket_of(transaction, input), input["Id"]
    before = buckets.configuration(transaction, bucket, INVENTORY.kind, name)
    output = _put(context, INVENTORY, input, transaction)
    check_is_written(bucket, input[INVENTORY.member])
    schedule.put(transaction, bucket, name, before, context.now)
    return output


@read_operation("GetBucketInventoryConfiguration")
def get_bucket_inventory(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _get(INVENTORY, input, transaction)


@write_operation("DeleteBucketInventoryConfiguration")
def delete_bucket_inventory(context: S3Context, input: Input, transaction: Transaction) -> Output:
    output = _delete(INVENTORY, input, transaction)
    schedule.delete(transaction, bucket_of(transaction, input), input["Id"])
    return output


@read_operation("ListBucketInventoryConfigurations")
def list_bucket_inventories(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _list(INVENTORY, input, transaction)


@write_operation("PutBucketAnalyticsConfiguration")
def put_bucket_analytics(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _put(context, named_configurations.ANALYTICS, input, transaction)


@read_operation("GetBucketAnalyticsConfiguration")
def get_bucket_analytics(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _get(named_configurations.ANALYTICS, input, transaction)


@write_operation("DeleteBucketAnalyticsConfiguration")
def delete_bucket_analytics(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _delete(named_configurations.ANALYTICS, input, transaction)


@read_operation("ListBucketAnalyticsConfigurations")
def list_bucket_analytics(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _list(named_configurations.ANALYTICS, input, transaction)


@write_operation("PutBucketMetricsConfiguration")
def put_bucket_metrics(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _put(context, named_configurations.METRICS, input, transaction)


@read_operation("GetBucketMetricsConfiguration")
def get_bucket_metrics(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _get(named_configurations.METRICS, input, transaction)


@write_operation("DeleteBucketMetricsConfiguration")
def delete_bucket_metrics(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _delete(named_configurations.METRICS, input, transaction)


@read_operation("ListBucketMetricsConfigurations")
def list_bucket_metrics(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _list(named_configurations.METRICS, input, transaction)


@write_operation("PutBucketIntelligentTieringConfiguration")
def put_bucket_intelligent_tiering(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _put(context, named_configurations.INTELLIGENT_TIERING, input, transaction)


@read_operation("GetBucketIntelligentTieringConfiguration")
def get_bucket_intelligent_tiering(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _get(named_configurations.INTELLIGENT_TIERING, input, transaction)


@write_operation("DeleteBucketIntelligentTieringConfiguration")
def delete_bucket_intelligent_tiering(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _delete(named_configurations.INTELLIGENT_TIERING, input, transaction)


@read_operation("ListBucketIntelligentTieringConfigurations")
def list_bucket_intelligent_tierings(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _list(named_configurations.INTELLIGENT_TIERING, input, transaction)
