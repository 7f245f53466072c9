"""UploadPart. https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, async_operation
from services.s3.access.authentication import chunk_verifier
from services.s3.bodies import checksums
from services.s3.bodies.body_claims import Claims, claims_of, decoded, missing_content_length
from services.s3.bodies.body_receiver import MAX_SIZE, ReceivedBody, entity_too_large, receive
from services.s3.errors import invalid_request
from services.s3.objects import encryption
from services.s3.objects.multipart_uploads import (
    check_customer_key,
    check_part_number,
    part_algorithm,
    put_part,
    upload_of,
)
from services.s3.objects.new_bodies import commit_body
from services.s3.request_checks import check_has_length, check_part_headers
from services.s3.runtime import S3Context
from services.s3.store.uploads import Upload


@async_operation("UploadPart")
async def upload_part(context: S3Context, input: Input) -> Output:
    runtime = context.runtime
    headers = context.request.headers
    check_part_number(input.get("PartNumber"))
    check_part_headers(context.request)
    claims = claims_of(input, headers, default=None)
    claims.of_part = True
    if claims.length is None:
        check_has_length(context.request)
        raise missing_content_length()
    if claims.length > MAX_SIZE:
        raise entity_too_large(claims.length)
    upload = await runtime.database.read(lambda transaction: _checked_upload(input, transaction))
    algorithm = _algorithm(upload, claims)
    claims.algorithms = claims.algorithms | {algorithm}
    stream = context.request.stream
    assert stream is not None
    received = await receive(
        decoded(stream, claims, chunk_verifier(context)), claims, runtime.blobs, runtime.settings.inline_limit
    )
    return await commit_body(
        runtime, received, lambda transaction: _store(context, input, transaction, received, algorithm)
    )


def _checked_upload(input: Input, transaction: Transaction) -> Upload:
    upload = upload_of(input, transaction)
    check_customer_key(input, upload)
    return upload


def _algorithm(upload: Upload, claims: Claims) -> str:
    declared = claims.declared
    if upload.checksum_algorithm is None:
        return part_algorithm(upload)
    if declared is not None and declared != upload.checksum_algorithm:
        raise invalid_request(
            f"Checksum Type mismatch occurred, expected checksum Type: {upload.checksum_algorithm.lower()}, actual"
            f" checksum Type: {declared.lower()}"
        )
    if declared is None and upload.checksum_type == checksums.COMPOSITE:
        raise AwsError(
            "InvalidRequest",
            "Checksum Type mismatch occurred, expected checksum Type:"
            f" {upload.checksum_algorithm.lower()}, actual checksum Type: null",
        )
    return upload.checksum_algorithm


def _store(
    context: S3Context, input: Input, transaction: Transaction, received: ReceivedBody, algorithm: str
) -> Output:
    upload = upload_of(input, transaction)
    part = put_part(context, transaction, upload, input["PartNumber"], received, algorithm)
    output: Output = {"ETag": f'"{part.etag}"', **encryption.shown(upload.attributes)}
    for name, value in received.checksums.items():
        if upload.checksum_algorithm is not None or name != algorithm or len(received.checksums) == 1:
            output[checksums.MEMBER_OF[name]] = value
    return output
