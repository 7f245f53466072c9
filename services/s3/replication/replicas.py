"""Replication between buckets here: noted in the transaction of the write, done soon after through the outbox.

A replica keeps its source's version id, metadata, tags and time, as on AWS; the source's status goes from PENDING to
COMPLETED, or to FAILED where the destination is gone, keeps no versions, is another account's than the rule says, or
does not let the role in.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from awskit.access.decision import resource_policy
from awskit.database import Transaction
from awskit.outbox import Delivered, Delivery, OutboxEntry, Outcome, Work
from awskit.policy import Principal, Question
from awskit.resources.arns import parse_arn
from services.s3.arns import bucket_arn
from services.s3.buckets.rule_filters import filter_of, matches_filter
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.replication.replication_rules import destination_of
from services.s3.runtime import S3Runtime
from services.s3.store import buckets, objects, uploads
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion

REPLICATION = "replication"
"""The outbox's destination for all of it: in order, one at a time."""

_REPLICA = "REPLICA"


def note(transaction: Transaction, runtime: S3Runtime, bucket: Bucket, event: str, version: ObjectVersion) -> None:
    """Note what is to be replicated of a write, a tagging or a delete marker."""
    if version.attributes.get("ReplicationStatus") == _REPLICA:
        return
    created = event.startswith("ObjectCreated:")
    if not created and not event.startswith(("ObjectTagging:", "ObjectAcl:")) and not version.is_delete_marker:
        return
    destinations = list(_destinations(transaction, bucket, version))
    if not destinations:
        return
    if created:
        version.attributes["ReplicationStatus"] = "PENDING"
        objects.set_attributes(transaction, version)
    runtime.outbox.add(
        transaction,
        [
            OutboxEntry(
                REPLICATION,
                orjson.dumps(
                    {
                        "bucket": bucket.id,
                        "key": version.name,
                        "version": version.version_id,
                        "to": name,
                        "role": role,
                        "class": destination.get("StorageClass"),
                        "account": destination.get("Account"),
                        "translated": "AccessControlTranslation" in destination,
                    }
                ),
            )
            for name, role, destination in destinations
        ],
    )


async def replicate(runtime: S3Runtime, outbox_entries: Sequence[Delivery]) -> Sequence[Outcome]:
    """The outbox's deliveries: a version each."""
    for outbox_entry in outbox_entries:
        wanted = orjson.loads(outbox_entry.payload)
        await runtime.database.write(lambda transaction, wanted=wanted: _replicate(transaction, runtime, wanted))  # type: ignore[misc]
    return [Delivered()] * len(outbox_entries)


def given_up(outbox_entry: Delivery) -> Work:
    """What goes with the end of one that could not be done: its source says so."""
    wanted = orjson.loads(outbox_entry.payload)

    def work(transaction: Transaction) -> None:
        source = objects.find(transaction, wanted["bucket"], wanted["key"].encode(), wanted["version"])
        if source is not None and not source.is_delete_marker:
            source.attributes["ReplicationStatus"] = "FAILED"
            objects.set_attributes(transaction, source)

    return work


def _destinations(
    transaction: Transaction, bucket: Bucket, version: ObjectVersion
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The destination buckets of a version, each with the role and the destination of the highest of its rules."""
    configuration = buckets.configuration(transaction, bucket, "replication") or {}
    rules = sorted(configuration.get("Rules", ()), key=lambda rule: -rule.get("Priority", 0))
    seen: set[str] = set()
    for rule in rules:
        name = destination_of(rule)
        if name in seen or rule["Status"] != "Enabled" or not _applies(rule, version):
            continue
        seen.add(name)
        yield name, configuration["Role"], rule["Destination"]


def _applies(rule: Mapping[str, Any], version: ObjectVersion) -> bool:
    if version.is_delete_marker:
        marked = (rule.get("DeleteMarkerReplication") or {}).get("Status") == "Enabled" or "Filter" not in rule
        if not marked:
            return False
    return matches_filter(filter_of(rule), version.key, version.size, version.tags)


def _replicate(transaction: Transaction, runtime: S3Runtime, wanted: Mapping[str, Any]) -> None:
    key = wanted["key"].encode()
    source = objects.find(transaction, wanted["bucket"], key, wanted["version"], body=True)
    if source is None:
        return
    destination = buckets.find(transaction, wanted["to"])
    done = (
        destination is not None
        and destination.versioning == "Enabled"
        and wanted.get("account") in (None, destination.account_id)
        and _is_let_in(transaction, runtime, destination, source, wanted)
    )
    if destination is not None and done:
        _put_replica(transaction, runtime, destination, source, wanted)
    if not source.is_delete_marker:
        source.attributes["ReplicationStatus"] = "COMPLETED" if done else "FAILED"
        objects.set_attributes(transaction, source)


def _is_let_in(
    transaction: Transaction,
    runtime: S3Runtime,
    destination: Bucket,
    source: ObjectVersion,
    wanted: Mapping[str, Any],
) -> bool:
    """Whether a bucket of another account than the role's lets it in, by its policy, where that is asked."""
    role = parse_arn(wanted.get("role") or "")
    if not runtime.identities.enforced or role is None or role.account_id == destination.account_id:
        return True
    text = buckets.configuration(transaction, destination, "policy")
    document = None if text is None else resource_policy(destination.name, text).document
    if document is None:
        return False
    actions = ["s3:ReplicateDelete" if source.is_delete_marker else "s3:ReplicateObject"]
    if wanted.get("translated"):
        actions.append("s3:ObjectOwnerOverrideToBucketOwner")
    resource = f"{bucket_arn(destination.name, destination.region)}/{source.name}"
    principal = Principal(role.account_id, str(role), role_arn=str(role))
    return all(document.decide(Question(principal, action, resource, {})) == "Allow" for action in actions)


def _put_replica(
    transaction: Transaction,
    runtime: S3Runtime,
    destination: Bucket,
    source: ObjectVersion,
    wanted: Mapping[str, Any],
) -> None:
    existing = objects.find(transaction, destination.id, source.key, source.version_id)
    if existing is not None:
        objects.set_tags(transaction, existing, source.tags)
        return
    current = objects.current(transaction, destination.id, source.key)
    attributes = {**source.attributes}
    if not source.is_delete_marker:
        attributes["ReplicationStatus"] = _REPLICA
    replica = replace(
        source,
        bucket_id=destination.id,
        is_latest=current is None or source.version_order < current.version_order,
        storage_class=wanted.get("class") or source.storage_class,
        attributes=attributes,
    )
    if destination.ownership == "BucketOwnerEnforced" or wanted.get("translated"):
        # else it stays the source's owner's, with its ACL, as on AWS
        replica.owner_id, replica.acl = canonical_id(destination.account_id), None
    _link_body(transaction, runtime, replica)
    if replica.is_latest:
        objects.demote(transaction, destination.id, replica.key)
    objects.insert(transaction, replica)


def _link_body(transaction: Transaction, runtime: S3Runtime, replica: ObjectVersion) -> None:
    """Give the replica bytes of its own."""
    if replica.body_id is None:
        return
    blobs = runtime.blobs
    if replica.part_count is None:
        replica.body_id = blobs.link(replica.body_id)
        return
    parts = uploads.covering(transaction, replica.body_id, 0, replica.size)
    replica.body_id = uploads.new_body_id()
    linked = [None if part.blob is None else blobs.link(part.blob) for part in parts]
    uploads.copy_parts(transaction, parts, replica.body_id, linked)
