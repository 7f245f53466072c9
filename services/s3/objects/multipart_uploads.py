"""Multipart uploads in progress: finding one, what every part of it is checked for, and keeping a part.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input
from services.s3.bodies.body_receiver import ReceivedBody
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import invalid_argument, invalid_request, no_such_upload
from services.s3.objects import encryption
from services.s3.objects.keys import encode_key
from services.s3.runtime import S3Context
from services.s3.store import uploads
from services.s3.store.uploads import Part, Upload

LARGEST_PART_NUMBER = 10_000
_WITHOUT_CHOICE = "CRC64NVME"


def check_part_number(number: int | None) -> None:
    """Raise `InvalidArgument` for a number that no part may have, or none."""
    if number is None or not 1 <= number <= LARGEST_PART_NUMBER:
        raise invalid_argument(
            f"Part number must be an integer between 1 and {LARGEST_PART_NUMBER}, inclusive",
            "partNumber",
            "" if number is None else str(number),
        )


def upload_of(input: Input, transaction: Transaction) -> Upload:
    """The upload in progress that the request names; `NoSuchUpload`."""
    bucket = bucket_of(transaction, input)
    upload = uploads.find(transaction, bucket.id, encode_key(input["Key"]), input["UploadId"])
    if upload is None or upload.completed is not None:
        raise no_such_upload(input["UploadId"])
    return upload


def put_part(
    context: S3Context, transaction: Transaction, upload: Upload, number: int, received: ReceivedBody, algorithm: str
) -> Part:
    """Store a received part in place of the one before, whose bytes go."""
    part = Part(
        upload.upload_id,
        number,
        received.size,
        encryption.etag_of(upload.attributes, received.md5),
        context.now,
        received.checksums[algorithm],
        None,
        received.blob,
        received.data,
    )
    replaced = uploads.put_part(transaction, part)
    if replaced is not None:
        transaction.after_commit(lambda: context.runtime.blobs.remove((replaced,)))
    return part


def part_algorithm(upload: Upload) -> str:
    """What is computed of each part: the upload's algorithm, or the one S3 falls back on."""
    return upload.checksum_algorithm or _WITHOUT_CHOICE


def check_customer_key(input: Input, upload: Upload) -> None:
    """Every part of an SSE-C upload comes with its key, and no other's with any."""
    given = encryption.customer_key(input)
    stored = upload.attributes.get("SSECustomerKeyMD5")
    if (stored is None) != (given is None):
        # The same words in both cases
        raise invalid_request(
            "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate"
            " encryption parameters."
        )
    if given != stored:
        raise invalid_request("The provided encryption parameters did not match the ones used originally.")
