"""RenameObject: an object of a directory bucket gets another key, without a byte being copied.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, write_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.errors import invalid_argument, invalid_request, no_such_key, precondition_failed
from services.s3.objects.conditions import failed_condition
from services.s3.objects.keys import encode_key
from services.s3.objects.versions import free_body
from services.s3.runtime import S3Context
from services.s3.store import objects
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion

_RENAMED = "Renamed"
"""The attribute of an object that says by which request it got its key: the client's token, and the key before."""


@write_operation("RenameObject")
def rename_object(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    if not is_directory_bucket(bucket.name):
        raise invalid_request("This operation is only supported for directory buckets.")
    source_key, target_key = _source(bucket, input["RenameSource"]), input["Key"]
    if target_key.endswith("/") or source_key.endswith("/"):
        raise invalid_argument("An object is renamed from and to keys that do not end in a slash.", "Key", target_key)
    source = objects.current(transaction, bucket.id, encode_key(source_key), body=True)
    target = objects.current(transaction, bucket.id, encode_key(target_key))
    if _is_done(input, source_key, source, target):
        return {}
    if source is None:
        raise no_such_key(source_key)
    _check(input, "Source", "x-amz-rename-source-", source, context.now)
    _check(input, "Destination", "", target, context.now)
    if source_key == target_key:
        raise invalid_request("The source and the destination of a rename are the same object.")
    if target is not None:
        free_body(transaction, context.runtime.blobs, target)
        objects.delete(transaction, target)
    objects.delete(transaction, source)
    attributes = {**source.attributes, _RENAMED: [input.get("ClientToken", ""), source_key]}
    objects.insert(transaction, replace(source, key=encode_key(target_key), attributes=attributes))
    return {}


def _source(bucket: Bucket, text: str) -> str:
    """The key in `x-amz-rename-source`: URL-encoded, perhaps after a slash, or after the bucket's name."""
    decoded = unquote(text)
    of_bucket = f"/{bucket.name}/"
    if decoded.startswith((of_bucket, of_bucket[1:])):
        return decoded.removeprefix("/").partition("/")[2]
    return decoded.removeprefix("/")


def _is_done(input: Input, source_key: str, source: ObjectVersion | None, target: ObjectVersion | None) -> bool:
    """Whether it is the same request again, whose first answer got lost. Raises `IdempotencyParameterMismatch`."""
    token = input.get("ClientToken")
    done = None if target is None else target.attributes.get(_RENAMED)
    if not token or not done or done[0] != token:
        return False
    if done[1] != source_key:
        message = "The client token was used for a rename with other parameters."
        raise AwsError("IdempotencyParameterMismatch", message)
    return source is None


def _check(input: Mapping[str, Any], prefix: str, header: str, found: ObjectVersion | None, now: float) -> None:
    """The conditions on one of the two objects. `PreconditionFailed`."""
    if found is None:
        if f"{prefix}IfMatch" in input:
            raise no_such_key(input["Key"])
        return
    failed = failed_condition(input, prefix, found, now)
    if failed is not None:
        raise precondition_failed(f"{header}{failed}")
