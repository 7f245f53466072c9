"""Whether a request's caller may do what it asks: the facts are gathered here, `decision` decides.

In: a transaction, the context of an authenticated request, the operation's name and input. Raised: `Refused`,
what `regions` raises for a signature for another region than the bucket's. A bucket that is not there is the
operation's own matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from awskit.access.condition_keys import keys_of
from awskit.access.decision import Permission, Verdict, decide
from awskit.access.refusals import Refused, denied
from awskit.database import Transaction
from awskit.policy import ANONYMOUS, Principal
from awskit.resources.arns import global_arn
from services.s3.access.access_point_decision import access_point_keys, decide_at_access_point
from services.s3.access.actions import (
    ACTIONS,
    BYPASS_GOVERNANCE,
    CONTROL_ACTIONS,
    DELETE_OBJECT,
    GET_OBJECT,
    LIST_BUCKET,
    OF_EACH_KEY,
    PUT_OBJECT_ACL,
    PUT_OBJECT_LEGAL_HOLD,
    PUT_OBJECT_RETENTION,
    PUT_OBJECT_TAGGING,
    Action,
)
from services.s3.access.bucket_policies import read_policy
from services.s3.access.condition_keys import condition_keys
from services.s3.access.decision import Attempt, BucketFacts, ObjectFacts
from services.s3.access.decision import decide as decide_in_bucket
from services.s3.access.directory_bucket_permission import decide_in_directory_bucket, greatest_mode
from services.s3.access.regions import check_region
from services.s3.access_points.arrival import Via
from services.s3.arns import access_point_arn, bucket_arn, directory_bucket_arn, multi_region_access_point_arn
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.buckets.virtual_hosts import meaning_of
from services.s3.errors import access_denied
from services.s3.objects import copy_source, tags
from services.s3.objects.keys import encode_key
from services.s3.ownership.access_control import gives_only_owner_control, has_acl, of_headers
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.runtime import S3Context
from services.s3.store import accounts, buckets, objects, uploads
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion

# Who may write to a bucket by its ACL may also say in the same request whom the object is for, and tag it.
_ACL_OF_NEW_OBJECT = replace(PUT_OBJECT_ACL, bucket_acl="WRITE", object_acl="")
_TAGS_OF_NEW_OBJECT = replace(PUT_OBJECT_TAGGING, bucket_acl="WRITE")
_WRITES = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})
_OF_INITIATOR = frozenset({"AbortMultipartUpload", "ListParts"})
_COPIES = frozenset({"CopyObject", "UploadPartCopy"})
_READS = frozenset({"GetObject", "HeadObject", "GetObjectAttributes", "GetObjectAcl", "GetObjectTagging"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """One bucket as a request sees it."""

    context: S3Context
    input: Mapping[str, Any]
    principal: Principal
    bucket: Bucket
    facts: BucketFacts
    via: Via | None = None


def principal_of(context: S3Context) -> Principal:
    """The caller, in the policy language's terms."""
    if context.identity is not None:
        return context.identity.principal(canonical_id(context.account_id))
    if context.access_key_id is None:
        return ANONYMOUS
    account_id = context.account_id
    return Principal(account_id, global_arn("iam", context.region, account_id, "root"), canonical_id(account_id))


def permit(transaction: Transaction, context: S3Context, operation: str, input: Mapping[str, Any]) -> None:
    """Raise where the caller may not do `operation` with `input`."""
    principal = principal_of(context)
    if operation in OF_EACH_KEY:
        action = None
    else:
        action = ACTIONS[operation]
        if action.level == "service":
            _permit_for_account(context, action, input)
            return
    bucket = buckets.find(transaction, input["Bucket"])
    if bucket is None:
        return
    check_region(context, operation, bucket)
    if is_directory_bucket(bucket.name):
        _permit_in_directory_bucket(transaction, context, operation, input, bucket)
        if operation in _COPIES:
            _permit_source(transaction, context, input, principal)
        return
    asked = _ask(transaction, context, input, principal, bucket, context.request.via)
    _check_payer(transaction, asked)
    if action is None:
        return
    key = input.get("Key", "") if action.level == "object" else ""
    if operation in _OF_INITIATOR and _is_initiator(transaction, context, bucket, input):
        return
    _require(transaction, asked, action, key, input.get("VersionId"), read=operation in _READS)
    if operation in _WRITES:
        _permit_additions(transaction, asked, key)
    if operation in _COPIES:
        _permit_source(transaction, context, input, principal)
    if input.get("BypassGovernanceRetention"):
        _require(transaction, asked, BYPASS_GOVERNANCE, key, None)


def permit_control(context: S3Context, operation: str, input: Mapping[str, Any]) -> None:
    """`permit` for S3 Control: an account's settings are its own, and no bucket's policy speaks of its tags here."""
    owner = str(input["AccountId"])
    if "MultiRegion" in operation:
        named = input.get("Name") or input.get("Mrap") or (input.get("Details") or {}).get("Name") or "*"
        resource = multi_region_access_point_arn(str(named).rpartition("/")[2], context.region, owner)
    elif "AccessPoint" in operation and "Name" in input:
        resource = access_point_arn(str(input["Name"]), context.region, owner)
    else:
        resource = input.get("ResourceArn", "*")
    _decide_for_account(context, Permission(f"s3:{CONTROL_ACTIONS[operation]}", resource, owner, owner_only=True))


def permit_delete(transaction: Transaction, context: S3Context, bucket: Bucket, entry: Mapping[str, Any]) -> None:
    """Raise where the caller may not delete one key of a DeleteObjects."""
    if is_directory_bucket(bucket.name):  # where it has been asked for all of them
        return
    asked = _ask(transaction, context, entry, principal_of(context), bucket, context.request.via)
    _require(transaction, asked, DELETE_OBJECT, entry["Key"], entry.get("VersionId"))


def _permit_for_account(context: S3Context, action: Action, input: Mapping[str, Any]) -> None:
    """What is done with no bucket that is there: only the caller's own policies speak of it."""
    name = input.get("Bucket")
    resource, service = "*" if name is None else bucket_arn(name, context.region), "s3"
    if name is not None and is_directory_bucket(name):
        resource, service = directory_bucket_arn(name, context.region, context.account_id), "s3express"
    elif action is ACTIONS["ListDirectoryBuckets"]:
        service = "s3express"
    keys = condition_keys(
        context.request, input, context.identity, context.runtime.clock.source_now, bucket_owner=context.account_id
    )
    _decide_for_account(context, Permission(f"{service}:{action.name}", resource, context.account_id, keys))


def _permit_in_directory_bucket(
    transaction: Transaction, context: S3Context, operation: str, input: Mapping[str, Any], bucket: Bucket
) -> None:
    permission, verdict = decide_in_directory_bucket(transaction, context, operation, input, bucket)
    if operation == "CreateSession" and "SessionMode" not in input and not verdict.allowed:
        mode = greatest_mode(transaction, context, input, bucket)
        if mode is not None:
            _, verdict = decide_in_directory_bucket(
                transaction, context, operation, {**input, "SessionMode": mode}, bucket
            )
    context.verdict = verdict
    if not verdict.allowed:
        raise _refused(context, permission, verdict)


def _decide_for_account(context: S3Context, permission: Permission) -> None:
    keys = keys_of(context, context.runtime.clock.source_now)
    verdict = decide(context.identity, permission, keys)
    context.verdict = verdict
    if not verdict.allowed:
        raise _refused(context, permission, verdict)


def _refused(context: S3Context, permission: Permission, verdict: Verdict) -> Refused:
    """S3 tells why to who is of the owner's account; to all others, that access is denied."""
    refused = denied(context.identity, permission, verdict, permission.action)
    if context.identity is not None and context.identity.account_id == permission.owner:
        text = refused.text.replace(f": {permission.resource} ", f': "{permission.resource}" ', 1)
        return Refused("denied", text, refused.reason)
    return Refused("denied", "Access Denied", refused.reason)


def _ask(
    transaction: Transaction,
    context: S3Context,
    input: Mapping[str, Any],
    principal: Principal,
    bucket: Bucket,
    via: Via | None,
) -> _Asked:
    policy = buckets.configuration(transaction, bucket, "policy")
    block = accounts.effective_block(transaction, bucket)
    if via is not None:
        block = {name: blocked or via.point.public_access_block.get(name, False) for name, blocked in block.items()}
    facts = BucketFacts(
        bucket.name,
        bucket.account_id,
        canonical_id(bucket.account_id),
        bucket.ownership,
        None if policy is None else read_policy(policy),
        bool(block.get("IgnorePublicAcls")),
        bool(block.get("RestrictPublicBuckets")),
        buckets.configuration(transaction, bucket, "acl"),
        bucket.region,
    )
    return _Asked(context, input, principal, bucket, facts, via)


def _require(
    transaction: Transaction, asked: _Asked, action: Action, key: str, version_id: str | None, *, read: bool = False
) -> None:
    existing = _existing(transaction, asked.bucket, key, version_id) if key else None
    attempt = Attempt(
        asked.principal,
        action,
        key,
        version_id,
        None if existing is None else ObjectFacts(key, existing.owner_id, existing.acl),
        _conditions(asked, existing) if _are_conditions_asked(asked) else None,
        asked.context.identity,
    )
    if read and existing is None:
        # Only who may list a bucket learns that it does not hold a key.
        conditions = None if attempt.conditions is None else {**attempt.conditions, "s3:prefix": (key,)}
        attempt = replace(attempt, action=LIST_BUCKET, key="", version_id=None, conditions=conditions)
    if asked.via is not None:
        _require_of_access_point(asked, asked.via, attempt)
    verdict = decide_in_bucket(attempt, asked.facts)
    asked.context.verdict = verdict
    if not verdict.allowed:
        resource = bucket_arn(asked.bucket.name, asked.bucket.region) + (
            f"/{attempt.key}" if attempt.action.level == "object" else ""
        )
        needed = Permission(attempt.action.named(attempt.version_id), resource, asked.bucket.account_id)
        raise _refused(asked.context, needed, verdict)


def _require_of_access_point(asked: _Asked, via: Via, attempt: Attempt) -> None:
    """What comes by an access point has to be allowed there, too."""
    needed, verdict = decide_at_access_point(attempt, via, restricted=asked.facts.restrict_public_buckets)
    asked.context.verdict = verdict
    if not verdict.allowed:
        raise _refused(asked.context, needed, verdict)


def _are_conditions_asked(asked: _Asked) -> bool:
    """Whether a policy has a say, beside ownership and ACLs."""
    if asked.facts.policy is not None or asked.via is not None:
        return True
    identity = asked.context.identity
    return identity is not None and (identity.kind != "root" or identity.session_policies is not None)


def _existing(transaction: Transaction, bucket: Bucket, key: str, version_id: str | None) -> ObjectVersion | None:
    encoded = encode_key(key)
    if version_id is None:
        found = objects.current(transaction, bucket.id, encoded)
    else:
        found = objects.find(transaction, bucket.id, encoded, version_id)
    return None if found is None or found.is_delete_marker else found


def _conditions(asked: _Asked, existing: ObjectVersion | None) -> Mapping[str, tuple[str, ...]]:
    input = asked.input
    requested: dict[str, str] | None = None
    if "Tagging" in input:
        stated = input["Tagging"]
        if isinstance(stated, str):
            requested = dict(tags.of_header(stated) or ())
        else:
            requested = {tag.get("Key", ""): tag.get("Value", "") for tag in stated.get("TagSet") or ()}
    held = None if existing is None else dict(existing.tags or ())
    context = asked.context
    keys = condition_keys(
        context.request,
        input,
        context.identity,
        context.runtime.clock.source_now,
        bucket_owner=asked.bucket.account_id,
        requested_tags=requested,
        existing_tags=held,
    )
    return keys if asked.via is None else {**keys, **access_point_keys(asked.via)}


def _is_initiator(transaction: Transaction, context: S3Context, bucket: Bucket, input: Mapping[str, Any]) -> bool:
    """Whether the caller's account began the upload: its root needs no further permission."""
    if context.identity is not None and context.identity.kind != "root":
        return False
    principal = principal_of(context)
    upload = uploads.find(transaction, bucket.id, encode_key(input["Key"]), input["UploadId"])
    return upload is not None and upload.initiator_id == principal.canonical_user_id


def _permit_additions(transaction: Transaction, asked: _Asked, key: str) -> None:
    """What an upload's headers ask for besides the object."""
    input = asked.input
    wanted = (
        (_ACL_OF_NEW_OBJECT, has_acl(input) and not _is_for_bucket_owner(asked)),
        (_TAGS_OF_NEW_OBJECT, "Tagging" in input),
        (PUT_OBJECT_RETENTION, "ObjectLockMode" in input),
        (PUT_OBJECT_LEGAL_HOLD, "ObjectLockLegalHoldStatus" in input),
    )
    for action, is_wanted in wanted:
        if is_wanted:
            _require(transaction, asked, action, key, None)


def _is_for_bucket_owner(asked: _Asked) -> bool:
    """Whether an upload's ACL only hands the object to the bucket's owner.

    Policies that ask for that allow no more than `s3:PutObject`:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ensure-object-ownership.html
    """
    canned = asked.input.get("ACL")
    if canned is not None:
        return bool(canned == "bucket-owner-full-control")
    owner = asked.facts.owner_id
    acl = of_headers(asked.input, owner, owner, asked.context.runtime.identities.by_email)
    return gives_only_owner_control(acl, owner)


def _permit_source(
    transaction: Transaction, context: S3Context, input: Mapping[str, Any], principal: Principal
) -> None:
    source = copy_source.parse(input["CopySource"])
    point = copy_source.access_point(transaction, source)
    bucket = buckets.find(transaction, source.bucket if point is None else point.bucket)
    if bucket is None:
        return
    if is_directory_bucket(bucket.name):
        _permit_in_directory_bucket(transaction, context, "GetObject", {}, bucket)
        return
    via = None if point is None else Via(point, "", vpc_endpoint=_vpc_endpoint(context))
    asked = _ask(transaction, context, {}, principal, bucket, via)
    _require(transaction, asked, GET_OBJECT, source.key, source.version_id, read=True)


def _vpc_endpoint(context: S3Context) -> str:
    """That of the VPC from which the request comes, "" where it is the internet."""
    host = context.request.header("host")
    return meaning_of(host, context.runtime.settings.hostname).vpc_endpoint


def _check_payer(transaction: Transaction, asked: _Asked) -> None:
    bucket = asked.bucket
    if not bucket.has("request_payment") or asked.principal.account_id == bucket.account_id:
        return
    payer = buckets.configuration(transaction, bucket, "request_payment") or {}
    if payer.get("Payer") == "Requester" and asked.context.request.header("x-amz-request-payer") != "requester":
        raise access_denied()
