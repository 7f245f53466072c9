"""ListObjectVersions. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import invalid_argument
from services.s3.objects.catalog import find_version
from services.s3.objects.key_encoding import KeyEncoding
from services.s3.objects.keys import encode_key
from services.s3.objects.listed_versions import versions
from services.s3.objects.paging import bounded
from services.s3.ownership.access_control import owner_shown
from services.s3.runtime import S3Context
from services.s3.store import listing, objects
from services.s3.store.buckets import Bucket
from services.s3.store.objects import NULL_VERSION


@read_operation("ListObjectVersions")
def list_object_versions(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    encoding = KeyEncoding(input)
    if (asked := input.get("MaxKeys", 0)) < 0:
        raise invalid_argument("max-keys cannot be negative", "max-keys", str(asked))
    limit = bounded(input, "MaxKeys", "maxKeys")
    marker, prefix, delimiter = (input.get(name, "") for name in ("KeyMarker", "Prefix", "Delimiter"))
    version_marker = input.get("VersionIdMarker")
    begin, order = _begin(transaction, bucket, marker, version_marker, prefix, delimiter)
    page = listing.versions(transaction, bucket.id, encode_key(prefix), delimiter.encode(), begin, order, limit)
    names = context.runtime.identities.display_name
    restore = "RestoreStatus" in (input.get("OptionalObjectAttributes") or ())
    output: Output = {
        "Name": bucket.name,
        "Prefix": encoding.text(prefix),
        "KeyMarker": encoding.text(marker),
        "VersionIdMarker": version_marker or "",
        "MaxKeys": limit,
        "IsTruncated": page.truncated,
        # One list by key, newest first: versions and delete markers are mixed in it.
        "Versions": versions(page.rows, encoding, lambda owner_id: owner_shown(owner_id, names), restore=restore),
        "CommonPrefixes": encoding.common_prefixes(page),
        **encoding.member(),
    }
    if delimiter:
        output["Delimiter"] = encoding.text(delimiter)
    if page.truncated:
        output["NextKeyMarker"] = encoding.key(page.last)
        if page.last_row is not None:
            output["NextVersionIdMarker"] = listing.ListedVersion._make(page.last_row).version_id
    return output


def _begin(
    transaction: Transaction,
    bucket: Bucket,
    marker: str,
    version_marker: str | None,
    prefix: str,
    delimiter: str,
) -> tuple[bytes, int | None]:
    """The key and, within it, the order of the version that the listing begins after."""
    key = encode_key(marker)
    if version_marker is None:
        return listing.after_marker(key, prefix.encode(), delimiter.encode()), None
    if not version_marker:
        raise invalid_argument("A version-id marker cannot be empty.", "version-id-marker", "")
    if not marker:
        raise invalid_argument(
            "A version-id marker cannot be specified without a key marker.", "version-id-marker", version_marker
        )
    found = find_version(transaction, bucket, key, version_marker)
    if found is not None:
        return key, found.version_order
    if version_marker == NULL_VERSION:
        return listing.after(key), None
    return key, objects.order_of(version_marker)
