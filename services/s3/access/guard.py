"""What stands before S3's operations where something is asked of who asks (see `awskit.access.modes`).

As `awskit.access.guard`, but that a bucket's policy is one of several that speak of it: ownership, ACLs and public
access blocks do, too. Raised: S3's own `AwsError`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from awskit.access.decision import Verdict
from awskit.access.identities import Identity
from awskit.access.refusals import Refused, header_text
from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.wire.http import HttpRequest
from awskit.wire.protocol import OperationShape
from services.s3.access import permission
from services.s3.access.authentication import authenticate
from services.s3.access.regions import check_region
from services.s3.runtime import S3Context, S3Runtime
from services.s3.store import buckets
from services.s3.store.buckets import Bucket

_log = logging.getLogger("ruststack.s3")


class S3Guard:
    """See the module."""

    def __init__(self, runtime: S3Runtime) -> None:
        self._runtime = runtime

    @property
    def verifies(self) -> bool:
        """Whether who has not signed is nobody."""
        return self._runtime.identities.enforced

    def authenticate(self, request: HttpRequest) -> Identity | None:
        """Who has signed the request; None where nobody has, or, with `soft`, it cannot be said."""
        try:
            return authenticate(self._runtime, request)
        except AwsError as error:
            reason = f"{error.code}: {error.message}"
            if self._runtime.identities.access.mode == "soft":
                _log.warning("request %s %s would be refused: %s", request.id, request.method, reason)
                return None
            _log.warning("request %s %s refused: %s", request.id, request.method, reason)
            if self._runtime.identities.access.debug:
                error.headers = {**error.headers, "x-ruststack-reason": header_text(reason)}
            raise

    async def permit(self, context: S3Context, shape: OperationShape, input: Mapping[str, Any]) -> None:
        """Raise where the caller may not do it. The verdict is in the context."""
        if shape.service == "s3control":
            if not _is_trusted(context):
                _let_in(context, lambda: permission.permit_control(context, shape.name, input))
            return

        def check(transaction: Transaction) -> None:
            if _is_trusted(context):
                bucket = buckets.find(transaction, input["Bucket"]) if "Bucket" in input else None
                if bucket is not None:
                    check_region(context, shape.name, bucket)
            else:
                permission.permit(transaction, context, shape.name, input)

        database = self._runtime.database
        try:
            await database.read(lambda transaction: _let_in(context, lambda: check(transaction)))
        except AwsError as error:
            if shape.name == "HeadBucket":  # which tells everybody where a bucket is
                bucket = await database.read(lambda transaction: buckets.find(transaction, input["Bucket"]))
                if bucket is not None:
                    error.headers = {**error.headers, "x-amz-bucket-region": bucket.region}
            raise


def permit_form(transaction: Transaction, context: S3Context, input: Mapping[str, Any]) -> None:
    """Raise where who has sent a form may not upload it."""
    if not (context.runtime.identities.access.is_open or _is_trusted(context)):
        _let_in(context, lambda: permission.permit(transaction, context, "PutObject", input))


def permit_delete(transaction: Transaction, context: S3Context, bucket: Bucket, entry: Mapping[str, Any]) -> None:
    """Raise where the caller may not delete one key of a DeleteObjects."""
    if not (context.runtime.identities.access.is_open or _is_trusted(context)):
        _let_in(context, lambda: permission.permit_delete(transaction, context, bucket, entry))


def _is_trusted(context: S3Context) -> bool:
    """Whether nothing is asked but who it is, and that is known."""
    return context.runtime.identities.access.mode == "signatures" and context.identity is not None


def _let_in(context: S3Context, check: Callable[[], None]) -> None:
    access = context.runtime.identities.access
    if access.mode == "soft" and context.identity is None and context.access_key_id is not None:
        context.verdict = Verdict(True, "it has been logged that nobody knows who asks")
        return
    try:
        check()
    except Refused as refused:
        _refuse(context, refused.reason, AwsError("AccessDenied", refused.text, 403))
    except AwsError as error:
        _refuse(context, f"{error.code}: {error.message}", error)


def _refuse(context: S3Context, reason: str, error: AwsError) -> None:
    access = context.runtime.identities.access
    if access.mode == "soft":
        _log.warning("request %s %s would be refused: %s", context.request_id, context.operation, reason)
        return
    _log.warning("request %s %s refused: %s", context.request_id, context.operation, reason)
    if access.debug:
        error.headers = {**error.headers, "x-ruststack-reason": header_text(reason)}
    raise error
