"""Verification of the chunks of a signed `aws-chunked` body, where signatures are enforced.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

from __future__ import annotations

from services.s3.body.chunked import ChunkVerifier
from services.s3.runtime import S3Context


def chunk_verifier(context: S3Context) -> ChunkVerifier | None:
    """The verifier of the request's chunks; None where they are not signed or nothing is enforced."""
    return None
