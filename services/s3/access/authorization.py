"""The step between a request's parsing and its handler: the body's integrity, and presigned URLs."""

from __future__ import annotations

import hashlib
from collections.abc import Coroutine, Mapping
from typing import Any

from awskit.errors import AwsError
from awskit.wire.protocol import OperationShape
from services.s3.access.directory_bucket_requests import check_request
from services.s3.access.presigned_urls import check_presigned_url
from services.s3.access.regions import check_region, no_region
from services.s3.access_points.allowed_operations import ALLOWED
from services.s3.bodies import checksums
from services.s3.bodies.body_claims import claims_of
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.buckets.regions import REGIONS, is_possible_region
from services.s3.errors import method_not_allowed, wrong_md5
from services.s3.runtime import S3Context
from services.s3.store import buckets

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


def authorize(context: S3Context, shape: OperationShape, input: Mapping[str, Any]) -> Coroutine[Any, Any, None] | None:
    """Raise where the request's body is not what its head says, or where a presigned URL is none.

    What is to be awaited raises where the signature is for what is no region, or for another one than the bucket's.
    """
    if context.request.via is not None and shape.name not in ALLOWED:
        raise method_not_allowed(context.request.method, "ACCESSPOINT")
    request = context.request
    if is_directory_bucket(input.get("Bucket", "")) and shape.service == "s3":
        check_request(request, shape.name, input)
    if not shape.streaming_input and (request.body or _claims_a_body(request.headers)):
        # CompleteMultipartUpload's checksum headers are about the object.
        _check_digests(request.headers, request.body, with_checksums=shape.name != "CompleteMultipartUpload")
    if context.region not in REGIONS and not is_possible_region(context.region):
        return _refuse_region(context, input.get("Bucket"))
    runtime = context.runtime
    if not runtime.identities.enforced:
        check_presigned_url(context)
        if runtime.settings.strict_regions and "Bucket" in input:
            return _check_bucket_region(context, shape, input["Bucket"])
    return None


async def _refuse_region(context: S3Context, bucket: str | None) -> None:
    raise await context.runtime.database.read(lambda transaction: no_region(transaction, context, bucket))


async def _check_bucket_region(context: S3Context, shape: OperationShape, name: str) -> None:
    bucket = await context.runtime.database.read(lambda transaction: buckets.find(transaction, name))
    if bucket is not None:
        check_region(context, shape.name, bucket)


def _claims_a_body(headers: Mapping[str, str]) -> bool:
    """Whether a digest was signed that is not that of an empty body."""
    return headers.get("x-amz-content-sha256", EMPTY_SHA256) != EMPTY_SHA256


def _check_digests(headers: Mapping[str, str], body: bytes, *, with_checksums: bool) -> None:
    """Content-MD5, the signed hash and `x-amz-checksum-*` of a body that is XML or JSON."""
    input = {
        checksums.MEMBER_OF[name]: headers[header]
        for header, name in checksums.ALGORITHM_OF_HEADER.items()
        if with_checksums and header in headers
    }
    if "content-md5" in headers:
        input["ContentMD5"] = headers["content-md5"]
    claims = claims_of(input, headers, default=None)
    if claims.md5 is not None:
        md5 = hashlib.md5(body, usedforsecurity=False).digest()
        if claims.md5 != md5:
            raise wrong_md5(claims.md5, md5)
    if claims.sha256 is not None and hashlib.sha256(body).hexdigest() != claims.sha256:
        raise AwsError(
            "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."
        )
    for name, expected in claims.given.items():
        if checksums.of_bytes(name, body) != expected:
            raise AwsError("BadDigest", f"The {name} you specified did not match the calculated checksum.")
