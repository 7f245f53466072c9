"""Whether a request is signed for its bucket's region.

It has to be where signatures are asked for, and with `RUSTSTACK_S3_STRICT_REGIONS`; else every region is as good as
another. Raised: `PermanentRedirect`, `AuthorizationHeaderMalformed`, `AuthorizationQueryParametersError`,
`IllegalLocationConstraintException`, and, while the DNS does not know the bucket yet, `TemporaryRedirect`.
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from services.s3.buckets.region_errors import elsewhere, names_global_endpoint, temporary_redirect, wrong_signature
from services.s3.buckets.virtual_hosts import HostMeaning, meaning_of
from services.s3.runtime import S3Context
from services.s3.store import buckets
from services.s3.store.buckets import Bucket

_ASKED_ANYWHERE = frozenset({"CreateBucket", "GetBucketLocation"})
_NO_BUCKET = "us-east-1"


def check_region(context: S3Context, operation: str, bucket: Bucket) -> None:
    """Raise where the request names another region than the bucket's. Version 2 of signatures names none."""
    if operation in _ASKED_ANYWHERE:
        return
    if _is_unknown_to_dns(context, bucket):
        raise temporary_redirect(context.request, context.endpoint, bucket)
    if context.access_key_id is None or context.region == bucket.region:
        return
    request = context.request
    if request.via is not None and not request.via.point.region:  # of several
        return
    if request.headers.get("authorization", "").startswith("AWS4-") or "X-Amz-Credential=" in request.query_string:
        raise elsewhere(request, context.region, bucket, _meaning(context))


def _is_unknown_to_dns(context: S3Context, bucket: Bucket) -> bool:
    """Whether the bucket is so new that S3's global endpoint, which leads to us-east-1, is asked for it there."""
    seconds = context.runtime.settings.dns_seconds
    if not seconds or bucket.region == _NO_BUCKET or context.runtime.clock.now() >= bucket.created_at + seconds:
        return False
    signed = None if context.access_key_id is None else context.region
    return names_global_endpoint(context.request, signed, bucket, _meaning(context))


def no_region(transaction: Transaction, context: S3Context, name: str | None) -> AwsError:
    """The refusal of a signature for what is no region; it names the one that a client is to sign for."""
    bucket = None if name is None else buckets.find(transaction, name)
    expected = _NO_BUCKET if bucket is None else bucket.region
    return wrong_signature(context.request, context.region, expected)


def _meaning(context: S3Context) -> HostMeaning:
    return meaning_of(context.request.header("host"), context.runtime.settings.hostname)
