"""GetObject and HeadObject.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, async_operation, read_operation
from services.s3.bodies import object_checksum, stored_body
from services.s3.bodies.checksums import COMPOSITE
from services.s3.bodies.stored_body import OpenBody
from services.s3.errors import invalid_argument, invalid_request
from services.s3.lifecycle.expiration import expiration
from services.s3.objects import encryption
from services.s3.objects.catalog import bucket_and_version
from services.s3.objects.conditions import check_read
from services.s3.objects.ranges import parse_range
from services.s3.objects.storage_classes import ARCHIVED, check_not_archived
from services.s3.objects.user_metadata import header_safe
from services.s3.runtime import S3Context
from services.s3.store import uploads
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion

_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}
_OVERRIDING = frozenset(_OVERRIDES)
_KEPT_ONLY = frozenset({"RestoreUntil", "Annotated"})
_ATTEMPTS = 5


@async_operation("GetObject")
async def get_object(context: S3Context, input: Input) -> Output:
    """The body is opened in the transaction that finds its row, so that a delete in between does not pull it away."""

    def work(transaction: Transaction) -> tuple[Output, OpenBody | bytes]:
        _, version, output, span = _describe(context, input, transaction, "GET", body=True)
        if version.storage_class in ARCHIVED:
            check_not_archived(version.storage_class, version.attributes, context.now)
        body = stored_body.bytes_of(version, *span)
        if body is None:
            return output, stored_body.open_body(transaction, context.runtime.blobs, version, *span)
        return output, body

    database = context.runtime.database
    output, body = await database.read(work)
    if isinstance(body, bytes):
        output["Body"] = body
        return output
    if database.is_shared:
        for _ in range(_ATTEMPTS):
            if isinstance(body, bytes) or body.open_files():
                break
            body.close()
            output, body = await database.read(work)
    output["Body"] = body if isinstance(body, bytes) else body.stream()
    return output


@read_operation("HeadObject")
def head_object(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return _describe(context, input, transaction, "HEAD", body=False)[2]


def _describe(
    context: S3Context, input: Input, transaction: Transaction, method: str, *, body: bool
) -> tuple[Bucket, ObjectVersion, Output, tuple[int, int]]:
    """The bucket, the version, the answer without its body, and the bytes that are asked for."""
    bucket, version = bucket_and_version(transaction, input, method=method, body=body)
    encryption.check_read(input, version.attributes)
    check_read(input, version, context.now)
    output: dict[str, Any] = dict(version.attributes)
    if not _KEPT_ONLY.isdisjoint(output):
        output.pop("Annotated", None)
        if output.pop("RestoreUntil", context.now) < context.now:
            # The restored copy is gone again.
            output.pop("Restore", None)
    output["LastModified"] = int(version.last_modified)
    output["ETag"] = f'"{version.etag}"'
    output["AcceptRanges"] = "bytes"
    if version.storage_class != "STANDARD":
        output["StorageClass"] = version.storage_class
    if version.tags:
        output["TagCount"] = len(version.tags)
    if bucket.versioning:
        output["VersionId"] = version.version_id
    if "VersionId" not in input and bucket.has("lifecycle"):
        # A rule's expiration is of the object, not of one of its versions.
        output.update(expiration(transaction, bucket, version))
    span = _span(context, input, transaction, version, output)
    output["ContentLength"] = span[1] - span[0]
    if (
        "ChecksumMode" in input
        and _wants_checksum(input)
        and version.checksum is not None
        and span == (0, version.size)
    ):
        output.update(object_checksum.shown(version.checksum))
    if not _OVERRIDING.isdisjoint(input):
        _check_override(context)
        overridden = {member: input[parameter] for parameter, member in _OVERRIDES.items() if parameter in input}
        output.update({member: header_safe(text) for member, text in overridden.items()})
    return bucket, version, output, span


def _wants_checksum(input: Input) -> bool:
    mode = input.get("ChecksumMode")
    return mode is not None and mode.upper() == "ENABLED"


def _span(
    context: S3Context, input: Input, transaction: Transaction, version: ObjectVersion, output: Output
) -> tuple[int, int]:
    """First byte and the one after the last, by `Range` or `partNumber`; 206 and `Content-Range` where not all."""
    number = input.get("PartNumber")
    header = input.get("Range")
    if number is None and header is None:
        return 0, version.size
    if number is None:
        found = parse_range(header, version.size)
        if found is None:
            return 0, version.size
    else:
        if header is not None:
            raise invalid_request("Cannot specify both Range header and partNumber query parameter")
        found = _part_span(input, transaction, version, number, output)
    start, end = found
    if number is not None and not version.size:
        return found
    output["ContentRange"] = f"bytes {start}-{end - 1}/{version.size}"
    context.response_status = 206
    return found


def _part_span(
    input: Input, transaction: Transaction, version: ObjectVersion, number: int, output: Output
) -> tuple[int, int]:
    if not 1 <= number <= 10_000:
        raise invalid_argument(
            "Part number must be an integer between 1 and 10000, inclusive", "partNumber", str(number)
        )
    if version.part_count is None:
        if number != 1:
            raise _no_such_part(number, 1)
        return 0, version.size
    assert version.body_id is not None
    part = uploads.find_part(transaction, version.body_id, number)
    if part is None or part.position is None:
        raise _no_such_part(number, version.part_count)
    output["PartsCount"] = version.part_count
    if _wants_checksum(input) and part.checksum is not None and version.checksum is not None:
        algorithm, checksum_type, _ = object_checksum.parse(version.checksum)
        # A checksum of the whole tells of a part only where the part is the whole.
        if checksum_type == COMPOSITE or version.part_count == 1:
            output.update(object_checksum.shown(object_checksum.kept(algorithm, part.checksum, checksum_type)))
    return part.position, part.position + part.size


def _no_such_part(number: int, count: int) -> AwsError:
    return AwsError(
        "InvalidPartNumber",
        "The requested partnumber is not satisfiable",
        416,
        members={"PartNumberRequested": str(number), "ActualPartCount": str(count)},
    )


def _check_override(context: S3Context) -> None:
    if context.access_key_id is None and context.runtime.identities.enforced:
        raise invalid_request("Request specific response headers cannot be used for anonymous GET requests.")
