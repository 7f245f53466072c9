"""Presigned URLs where signatures are not enforced: refused where AWS refuses them, as far as that can be told.

Their form, their time and headers that nobody signed need no secret key. The signature itself is verified with the
secrets that are known: those of the credentials file, and that of access keys whose own requests show that they are
signed with `test`, or with the key itself, as is the habit with emulators. What is signed with another secret is taken
as it is.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace

from awskit.sigv4.authorization import MalformedSignature, Signature, is_signed_query, signature_of
from awskit.sigv4.client_watch import now_for
from awskit.sigv4.verification import SignedRequest, is_signed_with, verify, verify_without_secret
from services.s3.access.authentication import as_signed, signature_in
from services.s3.runtime import S3Context, S3Runtime
from services.s3.store import buckets

_HABITUAL_SECRET = "test"


def check_presigned_url(context: S3Context) -> None:
    """Raise `AwsError` where the request comes by a presigned URL that AWS would refuse; of others, learn who signs."""
    request = context.request
    query = request.query_string
    if not query or not is_signed_query(query):
        key, host = context.access_key_id, request.headers.get("host", "")
        if key is not None and context.runtime.signers.wants(key, host):
            _learn(context, key, host)
        return
    signature = signature_in(request)
    if signature is None:
        return
    runtime = context.runtime
    signed = as_signed(context.runtime, context.request)
    now = now_for(signature, runtime.clock)
    secret = known_secret(runtime, signature)
    if secret is None or _is_signed_for_another_name(signature, signed, secret, runtime.signers.hosts):
        verify_without_secret(signature, signed, now)
    else:
        verify(signature, signed, secret, now)


async def wait_for_newer_signatures(runtime: S3Runtime) -> None:
    """Wait for the next full second, where there is a bucket.

    Signatures have whole seconds: what is signed once the clock has been advanced must not look as if it were older.
    """
    if await runtime.database.read(lambda transaction: buckets.any_of(transaction, None)) is not None:
        now = runtime.clock.source_now
        await asyncio.sleep(math.ceil(now) - now)


def known_secret(runtime: S3Runtime, signature: Signature) -> str | None:
    """The secret that verifies a signature which is not enforced; None where none is known or is to be used."""
    if runtime.settings.skip_signature_validation:
        return None
    access_key_id = signature.credential.access_key_id
    return runtime.identities.secret_of(access_key_id) or runtime.signers.secret_of(access_key_id)


def _is_signed_for_another_name(signature: Signature, signed: SignedRequest, secret: str, hosts: Sequence[str]) -> bool:
    """Whether the URL was made for another of this service's names, as it has them in containers and out of them."""
    if is_signed_with(signature, signed, secret):
        return False
    return any(
        is_signed_with(signature, replace(signed, headers={**signed.headers, "host": host}), secret) for host in hosts
    )


def _learn(context: S3Context, access_key_id: str, host: str) -> None:
    try:
        signature = signature_of(context.request.headers, "")
    except MalformedSignature:
        return
    if signature is None:
        return
    signed = as_signed(context.runtime, context.request)
    for secret in _HABITUAL_SECRET, access_key_id:
        if is_signed_with(signature, signed, secret):
            context.runtime.signers.proved(access_key_id, host, secret)
            return
    context.runtime.signers.failed(access_key_id, host)
