"""ListParts and ListMultipartUploads.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.s3.bodies.checksums import MEMBER_OF
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import invalid_argument
from services.s3.lifecycle.expiration import abort_date
from services.s3.objects.key_encoding import KeyEncoding
from services.s3.objects.keys import encode_key
from services.s3.objects.multipart_uploads import upload_of
from services.s3.objects.paging import PAGE_LIMIT, bounded, part_number_marker
from services.s3.ownership.access_control import initiator_shown, owner_shown
from services.s3.runtime import S3Context
from services.s3.store import listing, uploads


@read_operation("ListParts")
def list_parts(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    upload = upload_of(input, transaction)
    limit = bounded(input, "MaxParts", "max-parts")
    marker = part_number_marker(input)
    found = uploads.list_parts(transaction, upload.upload_id, after=marker, limit=limit + 1)
    shown = found[:limit]
    names = context.runtime.identities.display_name
    output: Output = {
        "Bucket": bucket.name,
        "Key": input["Key"],
        "UploadId": upload.upload_id,
        "PartNumberMarker": str(marker),
        "NextPartNumberMarker": str(shown[-1].part_number if shown else 0),
        "MaxParts": limit,
        "IsTruncated": 0 < limit < len(found),
        "Initiator": initiator_shown(upload.initiator_id, names),
        "Owner": owner_shown(upload.owner_id, names),
        "StorageClass": upload.storage_class,
        "Parts": [_part(part, upload.checksum_algorithm) for part in shown],
        **abort_date(transaction, bucket, upload),
    }
    if upload.checksum_algorithm is not None:
        output["ChecksumAlgorithm"] = upload.checksum_algorithm
        output["ChecksumType"] = upload.checksum_type
    return output


@read_operation("ListMultipartUploads")
def list_multipart_uploads(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    encoding = KeyEncoding(input)
    limit = min(bounded(input, "MaxUploads", "max-uploads"), PAGE_LIMIT)
    marker, prefix, delimiter = (input.get(name, "") for name in ("KeyMarker", "Prefix", "Delimiter"))
    # Without a key marker it means nothing.
    upload_marker = (input.get("UploadIdMarker") or None) if marker else None
    key = encode_key(marker)
    if upload_marker is not None:
        if not uploads.may_be_of_key(transaction, upload_marker, bucket.id, key):
            raise invalid_argument("Invalid uploadId marker", "upload-id-marker", upload_marker)
        begin, after = key, upload_marker
    else:
        begin, after = listing.after_marker(key, encode_key(prefix), delimiter.encode()), None
    page = listing.open_uploads(transaction, bucket.id, encode_key(prefix), delimiter.encode(), begin, after, limit)
    output: Output = {
        "Bucket": bucket.name,
        "KeyMarker": encoding.text(marker),
        "UploadIdMarker": upload_marker or "",
        "NextKeyMarker": "",
        "NextUploadIdMarker": "",
        "MaxUploads": limit,
        "IsTruncated": page.truncated,
        "Uploads": [_upload(context, row, encoding) for row in page.rows],
        "CommonPrefixes": encoding.common_prefixes(page),
        **encoding.member(),
    }
    if delimiter:
        output["Delimiter"] = encoding.text(delimiter)
    if prefix or delimiter:
        output["Prefix"] = encoding.text(prefix)
    if page.rows and page.truncated and page.last_row is None:
        output["NextKeyMarker"] = encoding.key(page.last)
    elif page.rows:
        # The last upload, also where nothing follows it; of common prefixes alone S3 names none.
        output["NextKeyMarker"] = encoding.key(page.rows[-1].key)
        output["NextUploadIdMarker"] = page.rows[-1].upload_id
    return output


def _part(part: uploads.Part, algorithm: str | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "PartNumber": part.part_number,
        "LastModified": float(int(part.last_modified)),
        "ETag": f'"{part.etag}"',
        "Size": part.size,
    }
    if algorithm is not None and part.checksum is not None:
        shown[MEMBER_OF[algorithm]] = part.checksum
    return shown


def _upload(context: S3Context, row: Any, encoding: KeyEncoding) -> dict[str, Any]:
    names = context.runtime.identities.display_name
    shown: dict[str, Any] = {
        "UploadId": row.upload_id,
        "Key": encoding.key(row.key),
        "Initiated": float(int(row.initiated_at)),
        "StorageClass": row.storage_class,
        "Owner": owner_shown(row.owner_id, names),
        "Initiator": initiator_shown(row.initiator_id, names),
    }
    if row.checksum_algorithm is not None:
        shown["ChecksumAlgorithm"] = row.checksum_algorithm
        shown["ChecksumType"] = row.checksum_type
    return shown
