"""The step between a request's parsing and its handler: the body's integrity, and, where enforced, permissions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from awskit.errors import AwsError
from awskit.wire.protocol import OperationShape
from services.s3.access.authentication import authenticate, check_expiry
from services.s3.access.permission import permit
from services.s3.bodies import checksums
from services.s3.bodies.body_claims import claims_of
from services.s3.errors import wrong_md5
from services.s3.runtime import S3Context


async def authorize(context: S3Context, shape: OperationShape, input: Mapping[str, Any]) -> None:
    """Raise where the request's body is not what its head says, or where its caller may not do what it asks."""
    if context.request.body and not shape.streaming_input:
        # CompleteMultipartUpload's checksum headers are about the object.
        ours = shape.name != "CompleteMultipartUpload"
        _check_digests(context.request.headers, context.request.body, with_checksums=ours)
    runtime = context.runtime
    if runtime.identities.enforced:
        authenticate(context)
        await runtime.database.read(lambda transaction: permit(transaction, context, shape.name, input))
    elif "Expires=" in context.request.query_string:
        check_expiry(context)


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
