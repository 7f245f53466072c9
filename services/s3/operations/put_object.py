"""PutObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""

from __future__ import annotations

from awskit.service.operation import Input, Output, async_operation
from services.s3.access.authentication import chunk_verifier
from services.s3.bodies.body_claims import Claims, claims_of, decoded, missing_content_length
from services.s3.bodies.body_receiver import MAX_SIZE, ReceivedBody, entity_too_large, receive, received_small
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.errors import invalid_request
from services.s3.objects import appending
from services.s3.objects.conditions import check_write_form
from services.s3.objects.keys import encode_key
from services.s3.objects.new_bodies import commit_body
from services.s3.objects.writing import check_upload, store_object
from services.s3.request_checks import check_has_length
from services.s3.runtime import S3Context


@async_operation("PutObject")
async def put_object(context: S3Context, input: Input) -> Output:
    runtime = context.runtime
    headers = context.request.headers
    key = encode_key(input["Key"])
    check_write_form(input)
    if input.get("WriteOffsetBytes") is not None:
        return await append(context, input, key)
    claims = claims_of(input, headers)
    if claims.length is None:
        check_has_length(context.request)
        raise missing_content_length()
    if claims.length > MAX_SIZE:
        raise entity_too_large(claims.length)
    if claims.length > runtime.settings.inline_limit:
        # A long body is not read only to be refused.
        await runtime.database.read(lambda transaction: check_upload(context, input, key, claims, transaction))
    received = await received_of(context, claims)
    return await commit_body(
        runtime,
        received,
        lambda transaction: store_object(context, input, key, claims, received, transaction, "ObjectCreated:Put"),
    )


async def append(context: S3Context, input: Input, key: bytes) -> Output:
    """Add the body to the end of an object in a directory bucket."""
    if not is_directory_bucket(input["Bucket"]):
        raise invalid_request("The x-amz-write-offset-bytes header is only supported for directory buckets.")
    claims = claims_of(input, context.request.headers)
    if claims.length is None:
        check_has_length(context.request)
        raise missing_content_length()
    runtime = context.runtime
    base = await runtime.database.read(lambda transaction: appending.base_of(runtime, input, key, transaction))
    try:
        part = await received_of(context, claims)
        try:
            whole = await appending.joined(runtime, base, part, claims)
        finally:
            part.discard(runtime.blobs)
    finally:
        if base is not None:
            base.body.close()
    return await commit_body(
        runtime,
        whole,
        lambda transaction: appending.store(context, input, key, base, claims, whole, transaction),
    )


async def received_of(context: S3Context, claims: Claims) -> ReceivedBody:
    """The request's body, received; raises what `receive` does."""
    stream = context.request.stream
    assert stream is not None
    limit = context.runtime.settings.inline_limit
    if claims.length is not None and claims.length <= limit and not claims.chunked:
        data = stream.read_now()
        return received_small(await stream.read(limit) if data is None else data, claims)
    verifier = chunk_verifier(context)
    body = decoded(stream, claims, verifier)
    return await receive(body, claims, context.runtime.blobs, limit)
