"""Tags of buckets and of objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.notifications import events
from services.s3.objects import tags
from services.s3.objects.catalog import shown_version_id, sub_resource_version
from services.s3.runtime import S3Context
from services.s3.store import buckets, objects


@write_operation("PutBucketTagging")
def put_bucket_tagging(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    tag_set = tags.of_tag_set(input["Tagging"].get("TagSet") or (), tags.BUCKET_LIMIT)
    if tag_set:
        buckets.put_configuration(transaction, bucket, "tagging", tag_set)
    else:
        buckets.delete_configuration(transaction, bucket, "tagging")
    context.response_status = 204
    return {}


@read_operation("GetBucketTagging")
def get_bucket_tagging(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    tag_set = buckets.configuration(transaction, bucket, "tagging")
    if tag_set is None:
        raise AwsError("NoSuchTagSet", "The TagSet does not exist", 404, members={"BucketName": bucket.name})
    return {"TagSet": tags.to_tag_set(tag_set)}


@write_operation("DeleteBucketTagging")
def delete_bucket_tagging(context: S3Context, input: Input, transaction: Transaction) -> Output:
    buckets.delete_configuration(transaction, bucket_of(transaction, input), "tagging")
    return {}


@write_operation("PutObjectTagging")
def put_object_tagging(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    version = sub_resource_version(transaction, bucket, input, "PUT")
    tag_set = tags.of_tag_set(input["Tagging"].get("TagSet") or (), tags.OBJECT_LIMIT)
    objects.set_tags(transaction, version, tag_set or None)
    events.record(transaction, context, bucket, "ObjectTagging:Put", version)
    return shown_version_id(bucket, version)


@read_operation("GetObjectTagging")
def get_object_tagging(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    try:
        version = sub_resource_version(transaction, bucket, input, "GET")
    except AwsError as error:
        if error.code == "NoSuchKey":
            # Of this operation alone S3's answer has the bucket with the key.
            error.members = {"Key": f"{bucket.name}/{input['Key']}"}
        raise
    return {"TagSet": tags.to_tag_set(version.tags), **shown_version_id(bucket, version)}


@write_operation("DeleteObjectTagging")
def delete_object_tagging(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    version = sub_resource_version(transaction, bucket, input, "DELETE")
    objects.set_tags(transaction, version, None)
    events.record(transaction, context, bucket, "ObjectTagging:Delete", version)
    return shown_version_id(bucket, version)
