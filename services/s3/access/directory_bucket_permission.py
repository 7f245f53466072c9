"""Whether a request may do what it asks of a directory bucket: by its policy and the caller's own.

What is done with objects needs no more than `s3express:CreateSession` in the mode that reads or writes, be it by a
session, which has it for its bucket and mode alone, or without one.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-iam.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.access.condition_keys import keys_of
from awskit.access.decision import Permission, Verdict, decide, resource_policy
from awskit.database import Transaction
from services.s3.access.access_point_decision import decide_by_scope, policy_of
from services.s3.access.actions import ACTIONS, DELETE_OBJECT
from services.s3.access.directory_bucket_requests import READING, WRITING
from services.s3.arns import directory_bucket_arn
from services.s3.runtime import S3Context
from services.s3.store import buckets
from services.s3.store.access_points import AccessPoint
from services.s3.store.buckets import Bucket

_SESSION = "CreateSession"
_MODE = "s3express:sessionmode"
MODES = ("ReadWrite", "ReadOnly")
"""A session's, the greater first."""


def decide_in_directory_bucket(
    transaction: Transaction, context: S3Context, operation: str, input: Mapping[str, Any], bucket: Bucket
) -> tuple[Permission, Verdict]:
    """The permission that the operation needs, and the verdict about it: the bucket's, and the access point's."""
    via = context.request.via
    arn = directory_bucket_arn(bucket.name, bucket.region, bucket.account_id)
    mode = _mode(operation, input)
    name = ACTIONS[operation].name if mode is None else _SESSION
    given = {} if mode is None else {_MODE: (mode,)}
    permission = Permission(f"s3express:{name}", arn, bucket.account_id, given)
    text = buckets.configuration(transaction, bucket, "policy")
    policy = None if text is None else resource_policy(f"the policy of the bucket {bucket.name}", text)
    keys = {**keys_of(context, context.runtime.clock.source_now), "aws:resourceaccount": (bucket.account_id,)}
    verdict = decide(context.identity, permission, keys, policy)
    if via is None or not verdict.allowed or mode is None:
        return permission, verdict
    permission = Permission(f"s3express:{_SESSION}", via.point.arn, via.point.account_id, given)
    verdict = decide(context.identity, permission, keys, policy_of(via.point))
    if verdict.allowed and operation not in (_SESSION, "HeadBucket"):
        return permission, _within_scope(via.point, operation, input)
    return permission, verdict


def greatest_mode(transaction: Transaction, context: S3Context, input: Mapping[str, Any], bucket: Bucket) -> str | None:
    """The mode of a CreateSession that names none: the greatest that the caller may have; None where it may none."""
    for mode in MODES:
        asked = {**input, "SessionMode": mode}
        if decide_in_directory_bucket(transaction, context, _SESSION, asked, bucket)[1].allowed:
            return mode
    return None


def _within_scope(point: AccessPoint, operation: str, input: Mapping[str, Any]) -> Verdict:
    if operation != "DeleteObjects":
        return decide_by_scope(point, ACTIONS[operation].name, _key(operation, input))
    keys = [entry["Key"] for entry in input["Delete"].get("Objects") or ()]
    verdicts = [decide_by_scope(point, DELETE_OBJECT.name, key) for key in keys or [""]]
    return next((verdict for verdict in verdicts if not verdict.allowed), verdicts[0])


def _key(operation: str, input: Mapping[str, Any]) -> str:
    """The key, or the prefix that is listed."""
    return str(input.get("Prefix", "") if operation.startswith("List") and "Key" not in input else input.get("Key", ""))


def _mode(operation: str, input: Mapping[str, Any]) -> str | None:
    """The mode of the session that it needs; None where it needs another permission."""
    if operation == _SESSION:
        return str(input.get("SessionMode", "ReadWrite"))
    if operation in READING:
        return "ReadOnly"
    return "ReadWrite" if operation in WRITING else None
