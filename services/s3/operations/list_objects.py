"""ListObjects and ListObjectsV2.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation
from awskit.wire.xml_writer import Written
from services.s3.buckets.catalog import bucket_of
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.buckets.directory_listing import directory_page
from services.s3.objects.key_encoding import KeyEncoding
from services.s3.objects.keys import encode_key
from services.s3.objects.listed_objects import Asked, asked_of, contents
from services.s3.objects.paging import bounded, position_of_token, token_of_position
from services.s3.ownership.access_control import owner_shown
from services.s3.runtime import S3Context
from services.s3.store import listing


@read_operation("ListObjects")
def list_objects(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    context.response_headers.append(("x-amz-bucket-region", bucket.region))
    if any(name == "start-after" for name, _ in context.request.query):
        raise AwsError(
            "InvalidArgument",
            "startAfter only supported in REST.GET.BUCKET with list-type=2",
            members={"ArgumentName": "start-after"},
            headers={"x-amz-bucket-region": bucket.region},
        )
    encoding = KeyEncoding(input)
    limit = bounded(input, "MaxKeys", "maxKeys")
    marker, prefix, delimiter = (input.get(name, "") for name in ("Marker", "Prefix", "Delimiter"))
    below = (encode_prefix(prefix), delimiter.encode())
    begin = listing.after_marker(encode_prefix(marker), *below)
    # Whose the objects are is told to those alone who say who they are.
    asked = asked_of(input, owner=context.access_key_id is not None)
    page = listing.current_objects(transaction, bucket.id, *below, begin, limit, asked.columns)
    output: Output = {
        "Name": bucket.name,
        # As SDKs of the first version take it.
        "Prefix": prefix,
        "Marker": encoding.text(marker),
        "MaxKeys": limit,
        "IsTruncated": page.truncated,
        "Contents": _contents(context, page, encoding, asked),
        "CommonPrefixes": encoding.common_prefixes(page),
        **encoding.member(),
    }
    if delimiter:
        output["Delimiter"] = encoding.text(delimiter)
        if page.truncated:
            output["NextMarker"] = encoding.key(page.last)
    return output


@read_operation("ListObjectsV2")
def list_objects_v2(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    context.response_headers.append(("x-amz-bucket-region", bucket.region))
    encoding = KeyEncoding(input)
    limit = bounded(input, "MaxKeys", "maxKeys")
    start_after, prefix, delimiter = (input.get(name, "") for name in ("StartAfter", "Prefix", "Delimiter"))
    token = input.get("ContinuationToken")
    below = (encode_prefix(prefix), delimiter.encode())
    begin = listing.after_start(encode_prefix(start_after), *below) if token is None else position_of_token(token)
    asked = asked_of(input, owner=bool(input.get("FetchOwner")))
    page = listing.current_objects(transaction, bucket.id, *below, begin, limit, asked.columns)
    if is_directory_bucket(bucket.name):
        page = directory_page(transaction, bucket.id, page, *below, begin, limit)
    output: Output = {
        "Name": bucket.name,
        "Prefix": encoding.text(prefix),
        "MaxKeys": limit,
        "KeyCount": len(page.rows) + len(page.common_prefixes),
        "IsTruncated": page.truncated,
        "Contents": _contents(context, page, encoding, asked),
        "CommonPrefixes": encoding.common_prefixes(page),
        **encoding.member(),
    }
    if delimiter:
        output["Delimiter"] = encoding.text(delimiter)
    if token is not None:
        output["ContinuationToken"] = token
    elif "StartAfter" in input:
        output["StartAfter"] = encoding.text(start_after)
    if page.truncated:
        output["NextContinuationToken"] = token_of_position(listing.following(page))
    return output


def encode_prefix(text: str) -> bytes:
    """A prefix or marker as keys are stored. `KeyTooLongError` where no key can be so long."""
    return encode_key(text)


def _contents(context: S3Context, page: listing.Page, encoding: KeyEncoding, asked: Asked) -> Written | list[Any]:
    names = context.runtime.identities.display_name
    return contents(page, encoding, asked, lambda owner_id: owner_shown(owner_id, names))
