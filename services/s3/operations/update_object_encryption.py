"""UpdateObjectEncryption: another key for an object that is there, without another object.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import invalid_request, malformed_xml
from services.s3.objects.catalog import version_of
from services.s3.objects.encryption import kms_key_arn
from services.s3.runtime import S3Context
from services.s3.store import objects


@write_operation("UpdateObjectEncryption")
def update_object_encryption(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    version = version_of(transaction, bucket, input["Key"], input.get("VersionId"), method="PUT")
    wanted = (input.get("ObjectEncryption") or {}).get("SSEKMS")
    if not wanted or not wanted.get("KMSKeyArn"):
        raise malformed_xml()
    if version.attributes.get("ServerSideEncryption") not in ("AES256", "aws:kms"):
        raise invalid_request("The object's server-side encryption type cannot be updated.")
    version.attributes["ServerSideEncryption"] = "aws:kms"
    version.attributes["SSEKMSKeyId"] = kms_key_arn(wanted["KMSKeyArn"], bucket.region, bucket.account_id)
    version.attributes.pop("BucketKeyEnabled", None)
    if wanted.get("BucketKeyEnabled"):
        version.attributes["BucketKeyEnabled"] = True
    objects.set_attributes(transaction, version)
    return {}
