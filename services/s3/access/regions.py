"""Whether a request is signed for its bucket's region.

It has to be where signatures are asked for, and with `RUSTSTACK_S3_STRICT_REGIONS`; else every region is as good as
another. Raised: `PermanentRedirect`, `AuthorizationHeaderMalformed`, `AuthorizationQueryParametersError`.
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from services.s3.buckets.region_errors import elsewhere, wrong_signature
from services.s3.buckets.virtual_hosts import HostMeaning, meaning_of
from services.s3.runtime import S3Context
from services.s3.store import buckets
from services.s3.store.buckets import Bucket

_ASKED_ANYWHERE = frozenset({"CreateBucket", "GetBucketLocation"})
_NO_BUCKET = "us-east-1"


def check_region(context: S3Context, operation: str, bucket: Bucket) -> None:
    """Raise where the request names another region than the bucket's. Version 2 of signatures names none."""
    if context.access_key_id is None or context.region == bucket.region or operation in _ASKED_ANYWHERE:
        return
    request = context.request
    if request.via is not None and not request.via.point.region:  # of several
        return
    if request.headers.get("authorization", "").startswith("AWS4-") or "X-Amz-Credential=" in request.query_string:
        raise elsewhere(request, context.region, bucket, _meaning(context))


def no_region(transaction: Transaction, context: S3Context, name: str | None) -> AwsError:
    """The refusal of a signature for what is no region; it names the one that a client is to sign for."""
    bucket = None if name is None else buckets.find(transaction, name)
    expected = _NO_BUCKET if bucket is None else bucket.region
    return wrong_signature(context.request, context.region, expected)


def _meaning(context: S3Context) -> HostMeaning:
    return meaning_of(context.request.header("host"), context.runtime.settings.hostname)
