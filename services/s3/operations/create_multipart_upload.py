"""CreateMultipartUpload and AbortMultipartUpload.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.s3.bodies import checksums
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import invalid_request, no_such_upload
from services.s3.lifecycle.expiration import abort_date
from services.s3.objects import encryption, new_object
from services.s3.objects.conditions import state_of
from services.s3.objects.keys import encode_key
from services.s3.ownership.object_ownership import owner_of
from services.s3.runtime import S3Context, caller_id
from services.s3.store import objects, uploads
from services.s3.store.uploads import Upload


@write_operation("CreateMultipartUpload")
def create_multipart_upload(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    key = encode_key(input["Key"])
    caller = caller_id(context)
    new = new_object.describe(transaction, bucket, input, caller, context.now, context.runtime.identities.by_email)
    algorithm, checksum_type = _checksum(input)
    upload = Upload(
        uploads.new_upload_id(context.now),
        bucket.id,
        key,
        context.now,
        owner_of(bucket, caller, new.acl),
        caller,
        new.storage_class,
        algorithm,
        checksum_type,
        {**new.attributes, uploads.STATE: state_of(objects.current(transaction, bucket.id, key))},
        new.tags,
        new.acl,
    )
    uploads.add(transaction, upload)
    output: Output = {
        "Bucket": bucket.name,
        "Key": input["Key"],
        "UploadId": upload.upload_id,
        **encryption.shown(new.attributes),
        **abort_date(transaction, bucket, upload),
    }
    if algorithm is not None:
        output["ChecksumAlgorithm"] = algorithm
        output["ChecksumType"] = checksum_type
    return output


@write_operation("AbortMultipartUpload")
def abort_multipart_upload(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    upload = uploads.find(transaction, bucket.id, encode_key(input["Key"]), input["UploadId"])
    if upload is None or upload.completed is not None:
        raise no_such_upload(input["UploadId"])
    blobs = uploads.abort(transaction, upload)
    transaction.after_commit(lambda: context.runtime.blobs.remove(blobs))
    return {}


def _checksum(input: Input) -> tuple[str | None, str | None]:
    algorithm = input.get("ChecksumAlgorithm")
    checksum_type = input.get("ChecksumType")
    if algorithm is None:
        if checksum_type is not None:
            raise invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )
        return None, None
    algorithm = algorithm.upper()
    if algorithm not in checksums.MEMBER_OF:
        raise invalid_request(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid"
            " types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
        )
    if checksum_type is None:
        return algorithm, checksums.default_type(algorithm)
    checksum_type = checksum_type.upper()
    if checksum_type not in (checksums.COMPOSITE, checksums.FULL_OBJECT):
        raise invalid_request("Value for x-amz-checksum-type header is invalid.")
    if not checksums.allows_type(algorithm, checksum_type):
        raise invalid_request(
            f"The {checksum_type} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return algorithm, checksum_type
