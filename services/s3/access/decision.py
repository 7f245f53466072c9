"""Who may: the order in which policies, block public access, ownership and ACLs decide. Pure.

In: the caller, the action and its resource, and what the bucket and the object say about access. Out: whether it is
allowed. There are no identity policies here: an identity is its account's root, whom only a bucket policy's Deny stops.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awskit.policy import Document, Principal, Question, is_public
from awskit.sigv4.caller import DEFAULT_REGION
from services.s3.access.actions import DELETE_OBJECT, Action
from services.s3.arns import bucket_arn
from services.s3.ownership.access_control import ALL_USERS, AUTHENTICATED_USERS, Acl
from services.s3.ownership.canonical_ids import ANONYMOUS

_POLICY_ACTIONS = frozenset(("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"))


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """`owner_account` and `owner_id` name the owner twice, as policies and as ACLs do.

    `ownership` is the object ownership setting. `acl` is None for `private`.
    """

    name: str
    owner_account: str
    owner_id: str
    ownership: str
    policy: Document | None = None
    ignore_public_acls: bool = False
    restrict_public_buckets: bool = False
    acl: Acl | None = None
    region: str = DEFAULT_REGION

    @property
    def acls_disabled(self) -> bool:
        """Whether ACLs count for nothing here."""
        return self.ownership == "BucketOwnerEnforced"


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """An existing object. `owner_id` is a canonical user id; `acl` is None for `private`."""

    key: str
    owner_id: str
    acl: Acl | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a caller wants to do. `key` is the object's, "" for an action on the bucket.

    `existing` are the facts of the object where there is one. `conditions` are condition keys, names in lower case.
    """

    principal: Principal
    action: Action
    key: str = ""
    version_id: str | None = None
    existing: ObjectFacts | None = None
    conditions: Mapping[str, tuple[str, ...]] | None = None


def is_allowed(attempt: Attempt, bucket: BucketFacts) -> bool:
    """Whether the caller may do what it attempts in `bucket`."""
    name = attempt.action.named(attempt.version_id)
    owns_bucket = attempt.principal.account_id == bucket.owner_account
    if bucket.policy is not None:
        decision = bucket.policy.decide(_question(attempt, bucket, name))
        if owns_bucket and name in _POLICY_ACTIONS:
            # The owner cannot be locked out of the policy itself.
            return True
        if decision == "Deny":
            return False
        if decision == "Allow" and (owns_bucket or not _is_restricted(attempt, bucket)):
            return True
    if attempt.action.level == "object" and _owns_object(attempt, bucket, owns_bucket):
        return True
    if attempt.action.level == "bucket" and owns_bucket:
        return True
    return _acl_allows(attempt, bucket)


def _question(attempt: Attempt, bucket: BucketFacts, name: str) -> Question:
    resource = bucket_arn(bucket.name, bucket.region)
    if attempt.action.level == "object":
        resource = f"{resource}/{attempt.key}"
    return Question(attempt.principal, name, resource, attempt.conditions or {})


def _is_restricted(attempt: Attempt, bucket: BucketFacts) -> bool:
    """Whether RestrictPublicBuckets keeps this caller, who is not the owner, out of what a public policy allows."""
    return (
        bucket.restrict_public_buckets
        and attempt.principal.service is None
        and bucket.policy is not None
        and is_public(bucket.policy)
    )


def _owns_object(attempt: Attempt, bucket: BucketFacts, owns_bucket: bool) -> bool:
    if attempt.principal.account_id is None:
        return False
    if attempt.existing is None or attempt.action.bucket_acl == "WRITE" or bucket.acls_disabled:
        # Writing is the bucket's matter, and so is an object that is not there; without ACLs everything is its owner's.
        return owns_bucket
    if attempt.action.of_bucket_owner and owns_bucket:
        return True
    return attempt.existing.owner_id == attempt.principal.canonical_user_id


def _acl_allows(attempt: Attempt, bucket: BucketFacts) -> bool:
    if bucket.acls_disabled:
        return False
    action = attempt.action
    if action.bucket_acl and _grants(bucket.acl, action.bucket_acl, attempt.principal, bucket):
        # WRITE lets everybody add and overwrite, but delete only what is theirs.
        return (
            action is not DELETE_OBJECT or attempt.existing is None or _is_theirs(attempt.existing, attempt.principal)
        )
    existing = attempt.existing
    return bool(
        action.object_acl
        and existing is not None
        and _grants(existing.acl, action.object_acl, attempt.principal, bucket)
    )


def _is_theirs(existing: ObjectFacts, principal: Principal) -> bool:
    return existing.owner_id == (ANONYMOUS if principal.account_id is None else principal.canonical_user_id)


def _grants(acl: Acl | None, permission: str, principal: Principal, bucket: BucketFacts) -> bool:
    if acl is None:
        return False
    return any(
        grant["Permission"] in (permission, "FULL_CONTROL") and _names(grant["Grantee"], principal, bucket)
        for grant in acl["Grants"]
    )


def _names(grantee: Mapping[str, Any], principal: Principal, bucket: BucketFacts) -> bool:
    group = grantee.get("URI")
    if group is None:
        return principal.canonical_user_id is not None and grantee.get("ID") == principal.canonical_user_id
    if bucket.ignore_public_acls:
        return False
    return group == ALL_USERS or (group == AUTHENTICATED_USERS and principal.account_id is not None)
