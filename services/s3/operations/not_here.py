"""Operations of features that general purpose buckets do not have, with AWS's refusals.

S3 Select (closed to new customers since 2024), Object Lambda, S3 Metadata.
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import invalid_request, method_not_allowed
from services.s3.objects.catalog import version_of
from services.s3.runtime import S3Context


@read_operation("SelectObjectContent")
def select_object_content(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    version_of(transaction, bucket, input["Key"], None, method="POST")
    raise method_not_allowed("POST", "SELECT")


@read_operation("WriteGetObjectResponse")
def write_get_object_response(context: S3Context, input: Input, transaction: Transaction) -> Output:
    raise AwsError("ValidationError", "Invalid token")


@read_operation("CreateBucketMetadataConfiguration")
@read_operation("CreateBucketMetadataTableConfiguration")
def create_bucket_metadata(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket_of(transaction, input)
    raise invalid_request("S3 Metadata is not available in this Region.")


@read_operation("GetBucketMetadataConfiguration")
@read_operation("GetBucketMetadataTableConfiguration")
@read_operation("DeleteBucketMetadataConfiguration")
@read_operation("DeleteBucketMetadataTableConfiguration")
@read_operation("UpdateBucketMetadataAnnotationTableConfiguration")
@read_operation("UpdateBucketMetadataInventoryTableConfiguration")
@read_operation("UpdateBucketMetadataJournalTableConfiguration")
def no_bucket_metadata(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket_of(transaction, input)
    raise AwsError("MetadataConfigurationNotFound", "The metadata configuration does not exist.", 404)
