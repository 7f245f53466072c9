"""Lifecycle rules: which objects they mean, and when an object is due.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

from awskit.database import Transaction
from services.s3.buckets.rule_filters import filter_of, matches_filter
from services.s3.store import buckets
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion
from services.s3.store.uploads import Upload

DAY = 86_400.0
_LAST_MIDNIGHT = 253_402_214_400.0  # 9999-12-31
Rule = Mapping[str, Any]


def rules_of(transaction: Transaction, bucket: Bucket) -> Sequence[Rule]:
    """The bucket's enabled rules."""
    document = buckets.configuration(transaction, bucket, "lifecycle")
    return [rule for rule in (document or {}).get("Rules", ()) if rule.get("Status") == "Enabled"]


def expiration(transaction: Transaction, bucket: Bucket, version: ObjectVersion) -> dict[str, str]:
    """`x-amz-expiration` of an object that a rule will delete."""
    if not bucket.has("lifecycle"):
        return {}
    due: tuple[float, str] | None = None
    for rule in rules_of(transaction, bucket):
        moment = expires_at(rule, version)
        if moment is not None and (due is None or moment < due[0]):
            due = (moment, rule.get("ID", ""))
    if due is None:
        return {}
    return {"Expiration": f'expiry-date="{formatdate(due[0], usegmt=True)}", rule-id="{quote(due[1])}"'}


def expires_at(rule: Rule, version: ObjectVersion) -> float | None:
    """When the rule deletes the current version; None where it never does."""
    action = rule.get("Expiration") or {}
    if not matches(rule, version):
        return None
    if "Days" in action:
        return next_midnight(version.last_modified + action["Days"] * DAY)
    if "Date" in action:
        return min(float(action["Date"]), _LAST_MIDNIGHT)
    return None


def noncurrent_expires_at(rule: Rule, version: ObjectVersion, since: float, newer: int) -> float | None:
    """When the rule deletes a version that is not current `since` then, with `newer` such ones above it; None: never.

    Also None while the rule keeps it as one of the newest.
    """
    action = rule.get("NoncurrentVersionExpiration")
    if action is None or not matches(rule, version) or newer < action.get("NewerNoncurrentVersions", 0):
        return None
    return next_midnight(since + action["NoncurrentDays"] * DAY)


def abort_date(transaction: Transaction, bucket: Bucket, upload: Upload) -> dict[str, Any]:
    """`x-amz-abort-date` and `x-amz-abort-rule-id` of an upload that a rule will abort."""
    if not bucket.has("lifecycle"):
        return {}
    for rule in rules_of(transaction, bucket):
        days = (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation")
        if days is not None and upload.key.startswith(filter_of(rule).get("Prefix", "").encode()):
            return {
                "AbortDate": next_midnight(upload.initiated_at + days * DAY),
                "AbortRuleId": rule.get("ID", ""),
            }
    return {}


def matches(rule: Rule, version: ObjectVersion) -> bool:
    """Whether the rule's filter takes the object in."""
    return matches_filter(filter_of(rule), version.key, version.size, version.tags)


def next_midnight(moment: float) -> float:
    """S3 rounds what is due up to the next midnight UTC; what is due after the calendar is due on its last day."""
    return min(math.ceil(moment / DAY) * DAY, _LAST_MIDNIGHT)
