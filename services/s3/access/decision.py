"""Who may: the order in which policies, block public access, ownership and ACLs decide. Pure.

In: the caller, the action and its resource, and what the bucket and the object say about access. Out: a `Verdict`.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awskit.access.decision import Permission, Verdict, decide_by_identity
from awskit.access.identities import Identity
from awskit.policy import Document, Principal, Question, is_public
from awskit.sigv4.caller import DEFAULT_REGION
from services.s3.access.actions import DELETE_OBJECT, Action
from services.s3.arns import bucket_arn
from services.s3.ownership.access_control import ALL_USERS, AUTHENTICATED_USERS, Acl
from services.s3.ownership.canonical_ids import ANONYMOUS

_DENIED_BY_POLICY = "with an explicit deny in a resource-based policy"
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
    def policy_name(self) -> str:
        return f"the policy of the bucket {self.name}"

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
    `identity` has the caller's own policies; None where only its account matters.
    """

    principal: Principal
    action: Action
    key: str = ""
    version_id: str | None = None
    existing: ObjectFacts | None = None
    conditions: Mapping[str, tuple[str, ...]] | None = None
    identity: Identity | None = None


def decide(attempt: Attempt, bucket: BucketFacts) -> Verdict:
    """The verdict about what the caller attempts in `bucket`.

    The account of a user or role decides by its policies whether they may at all; the bucket's policy, its ownership
    and ACLs whether their account may. A user or role of the bucket's own account may also be let in by its policy
    alone, where that names them.
    """
    of_bucket = _decide_for_account(attempt, bucket)
    identity = attempt.identity
    if identity is None or identity.service is not None or of_bucket.clause == _DENIED_BY_POLICY:
        return of_bucket
    permission = Permission(attempt.action.named(attempt.version_id), _resource(attempt, bucket), bucket.owner_account)
    own = decide_by_identity(identity, permission, attempt.conditions or {})
    if own.allowed:
        return of_bucket
    is_granted = of_bucket.allowed and identity.kind == "user" and _names_caller(attempt, bucket)
    return of_bucket if is_granted and not own.clause.startswith("with an explicit deny") else own


def _decide_for_account(attempt: Attempt, bucket: BucketFacts) -> Verdict:
    name = attempt.action.named(attempt.version_id)
    account = attempt.principal.account_id
    owns_bucket = account is not None and account == bucket.owner_account
    if bucket.policy is not None:
        question = _question(attempt, bucket, name)
        if owns_bucket and name in _POLICY_ACTIONS and _is_root(attempt):
            return Verdict(True, f"allowed to the root user of {account}, who is not locked out of a policy")
        denied = next(bucket.policy.applying(question, "Deny"), None)
        if denied is not None:
            return Verdict(False, f"denied by {denied.name} of {bucket.policy_name}", _DENIED_BY_POLICY)
        allowed = next(bucket.policy.applying(question, "Allow"), None)
        if allowed is not None and (owns_bucket or not _is_restricted(attempt, bucket)):
            return Verdict(True, f"allowed by {allowed.name} of {bucket.policy_name}")
    if attempt.action.level == "object" and _owns_object(attempt, bucket, owns_bucket):
        return Verdict(True, f"allowed to the owner of the object, the account {account}")
    if attempt.action.level == "bucket" and owns_bucket:
        return Verdict(True, f"allowed to the owner of the bucket, the account {account}")
    if _acl_allows(attempt, bucket):
        return Verdict(True, "allowed by an ACL")
    reason = f"neither ownership, nor {bucket.policy_name}, nor an ACL allows it"
    return Verdict(False, reason, f"because no resource-based policy allows the {name} action")


def _is_root(attempt: Attempt) -> bool:
    return attempt.identity is None or attempt.identity.kind == "root"


def _names_caller(attempt: Attempt, bucket: BucketFacts) -> bool:
    """Whether a statement of the policy of a bucket of the caller's own account allows it to the caller itself."""
    if bucket.policy is None or attempt.principal.account_id != bucket.owner_account:
        return False
    question = _question(attempt, bucket, attempt.action.named(attempt.version_id))
    return any(
        statement.principals is None or statement.principals.include_itself(attempt.principal)
        for statement in bucket.policy.applying(question, "Allow")
    )


def _question(attempt: Attempt, bucket: BucketFacts, name: str) -> Question:
    return Question(attempt.principal, name, _resource(attempt, bucket), attempt.conditions or {})


def _resource(attempt: Attempt, bucket: BucketFacts) -> str:
    resource = bucket_arn(bucket.name, bucket.region)
    return f"{resource}/{attempt.key}" if attempt.action.level == "object" else resource


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
