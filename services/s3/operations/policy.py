"""Bucket policies. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.access.bucket_policies import check_policy, is_public_policy
from services.s3.arns import bucket_arn, directory_bucket_arn
from services.s3.buckets.catalog import bucket_of
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.errors import blocked
from services.s3.ownership import access_control
from services.s3.runtime import S3Context
from services.s3.store import accounts, buckets
from services.s3.store.buckets import Bucket


@write_operation("PutBucketPolicy")
def put_bucket_policy(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    text = input["Policy"]
    resource = _arn(bucket)
    check_policy(text, resource)
    block = accounts.effective_block(transaction, bucket)
    if block.get("BlockPublicPolicy") and is_public_policy(text):
        raise blocked(context.account_id, "PutBucketPolicy", resource, "policies", "BlockPublicPolicy")
    buckets.put_configuration(transaction, bucket, "policy", text)
    context.response_status = 204
    return {}


@read_operation("GetBucketPolicy")
def get_bucket_policy(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    text = _policy(transaction, bucket)
    context.response_headers.append(("Content-Type", "application/json"))
    return {"Policy": text}


@read_operation("GetBucketPolicyStatus")
def get_bucket_policy_status(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    acl = buckets.configuration(transaction, bucket, "acl")
    text = buckets.configuration(transaction, bucket, "policy")
    if text is None and acl is None:
        raise _no_policy(bucket)
    block = accounts.effective_block(transaction, bucket)
    public = False
    if text is not None and not block.get("RestrictPublicBuckets"):
        public = is_public_policy(text)
    if not block.get("IgnorePublicAcls"):
        public = public or access_control.is_public(acl)
    return {"PolicyStatus": {"IsPublic": public}}


@write_operation("DeleteBucketPolicy")
def delete_bucket_policy(context: S3Context, input: Input, transaction: Transaction) -> Output:
    buckets.delete_configuration(transaction, bucket_of(transaction, input), "policy")
    return {}


def _arn(bucket: Bucket) -> str:
    if is_directory_bucket(bucket.name):
        return directory_bucket_arn(bucket.name, bucket.region, bucket.account_id)
    return bucket_arn(bucket.name, bucket.region)


def _policy(transaction: Transaction, bucket: Bucket) -> str:
    text = buckets.configuration(transaction, bucket, "policy")
    if text is None:
        raise _no_policy(bucket)
    return str(text)


def _no_policy(bucket: Bucket) -> AwsError:
    return AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", 404, members={"BucketName": bucket.name})
