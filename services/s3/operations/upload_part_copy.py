"""UploadPartCopy. https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, async_operation
from services.s3.bodies import checksums, stored_body
from services.s3.bodies.body_claims import Claims
from services.s3.bodies.body_receiver import MAX_SIZE, ReceivedBody, receive
from services.s3.bodies.stored_body import OpenBody
from services.s3.errors import invalid_request
from services.s3.objects import copy_source, encryption
from services.s3.objects.copy_source import CopySource
from services.s3.objects.multipart_uploads import (
    check_customer_key,
    check_part_number,
    part_algorithm,
    put_part,
    upload_of,
)
from services.s3.objects.new_bodies import commit_body
from services.s3.objects.ranges import parse_copy_range
from services.s3.request_checks import check_part_headers
from services.s3.runtime import S3Context
from services.s3.store.objects import ObjectVersion


@async_operation("UploadPartCopy")
async def upload_part_copy(context: S3Context, input: Input) -> Output:
    check_part_number(input.get("PartNumber"))
    check_part_headers(context.request)
    source = copy_source.parse(input["CopySource"])
    runtime = context.runtime
    version, body, algorithm = await runtime.database.read(
        lambda transaction: _open(context, input, source, transaction)
    )
    try:
        claims = Claims(body.size, algorithms=frozenset((algorithm,)))
        received = await receive(body.chunks(), claims, runtime.blobs, runtime.settings.inline_limit)
    finally:
        body.close()
    return await commit_body(
        runtime, received, lambda transaction: _store(context, input, transaction, received, version)
    )


def _open(
    context: S3Context, input: Input, source: CopySource, transaction: Transaction
) -> tuple[ObjectVersion, OpenBody, str]:
    upload = upload_of(input, transaction)
    check_customer_key(input, upload)
    _, version = copy_source.find(transaction, input, source, context.now)
    header = input.get("CopySourceRange")
    start, end = (0, version.size) if header is None else parse_copy_range(header, version.size)
    if end - start > MAX_SIZE:
        raise invalid_request(
            f"The specified copy source is larger than the maximum allowable size for a copy source: {MAX_SIZE}"
        )
    body = stored_body.open_body(transaction, context.runtime.blobs, version, start, end)
    return version, body, part_algorithm(upload)


def _store(
    context: S3Context,
    input: Input,
    transaction: Transaction,
    received: ReceivedBody,
    version: ObjectVersion,
) -> Output:
    upload = upload_of(input, transaction)
    algorithm = part_algorithm(upload)
    part = put_part(context, transaction, upload, input["PartNumber"], received, algorithm)
    result = {"ETag": f'"{part.etag}"', "LastModified": float(int(part.last_modified))}
    if upload.checksum_algorithm is not None:
        result[checksums.MEMBER_OF[algorithm]] = received.checksums[algorithm]
    output: Output = {"CopyPartResult": result, **encryption.shown(upload.attributes)}
    output.update(copy_source.shown_version_id(version))
    return output
