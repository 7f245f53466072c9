"""An inventory report's delivery: its objects and the mark that it was written, in one transaction.

Raised: `Undeliverable`, with the reason, where the destination does not take it; AWS then leaves the report out, too.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/configure-inventory.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awskit.access.decision import resource_policy
from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.policy import Principal, Question
from services.s3.arns import bucket_arn, bucket_named_by
from services.s3.bodies.body_receiver import ReceivedBody
from services.s3.inventory.columns import destination_of
from services.s3.inventory.manifest import Places, manifest_json, symlink_txt
from services.s3.inventory.report_file import of_text
from services.s3.notifications import events
from services.s3.notifications.event_records import Cause
from services.s3.objects import new_object, versions
from services.s3.objects.writing import version_of
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.replication import replicas
from services.s3.runtime import S3Runtime
from services.s3.store import buckets, inventory_marks
from services.s3.store.buckets import Bucket
from services.s3.store.inventory_marks import Mark

_S3 = "s3.amazonaws.com"
_ACL = "bucket-owner-full-control"


@dataclass(frozen=True, slots=True)
class Report:
    """A report that is due: of a bucket, by its configuration `name`; `mark` is that of the one before.

    `started_at`, in seconds since the epoch, is when the scan began.
    """

    bucket: Bucket
    name: str
    configuration: Mapping[str, Any]
    mark: Mark
    started_at: float
    places: Places


class Undeliverable(Exception):
    """The destination does not take the report."""


def destination(transaction: Transaction, runtime: S3Runtime, report: Report) -> Bucket:
    """The bucket that the report goes to. Raises `Undeliverable`."""
    asked = destination_of(report.configuration)
    name = bucket_named_by(asked["Bucket"]) or ""
    found = buckets.find(transaction, name)
    if found is None:
        raise Undeliverable(f"there is no bucket {name}")
    if found.region != report.bucket.region:
        raise Undeliverable(f"the bucket {name} is in {found.region}, not in {report.bucket.region}")
    if asked.get("AccountId", found.account_id) != found.account_id:
        raise Undeliverable(f"the bucket {name} is not the account {asked['AccountId']}'s")
    if runtime.identities.enforced:
        _check_policy(transaction, report, found)
    return found


def deliver(transaction: Transaction, runtime: S3Runtime, report: Report, body: ReceivedBody) -> bool:
    """Put the report in place, `body` being its data file. False: it is not wanted any more, or already there."""
    source = buckets.find_by_id(transaction, report.bucket.id)
    if (
        source is None
        or buckets.configuration(transaction, source, "inventory", report.name) != report.configuration
        or inventory_marks.find(transaction, source.id, report.name) != report.mark
    ):
        return False
    target, places = destination(transaction, runtime, report), report.places
    manifest = manifest_json(source.name, report.configuration, report.started_at, places.data, body)
    checksum = hashlib.md5(manifest, usedforsecurity=False).hexdigest().encode()
    # The checksum comes last: its event says that the report is whole.
    for key, content in (
        (places.data, body),
        (places.symlink, of_text(symlink_txt(target.name, places.data))),
        (places.manifest, of_text(manifest)),
        (places.checksum, of_text(checksum)),
    ):
        _put(transaction, runtime, report, target, key, content)
    inventory_marks.put(transaction, source.id, report.name, Mark(report.started_at, delivered=True))
    return True


def leave_out(transaction: Transaction, report: Report) -> None:
    """The report was not delivered; the next one is due as if it had been, a first one the day after."""
    source = buckets.find_by_id(transaction, report.bucket.id)
    if source is not None and inventory_marks.find(transaction, source.id, report.name) == report.mark:
        mark = Mark(report.started_at, report.mark.delivered)
        inventory_marks.put(transaction, source.id, report.name, mark)


def _encryption(report: Report) -> dict[str, str]:
    """The members of an upload that the configuration asks for; none: the destination bucket's default."""
    asked = destination_of(report.configuration).get("Encryption") or {}
    if "SSEKMS" in asked:
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": asked["SSEKMS"]["KeyId"]}
    return {"ServerSideEncryption": "AES256"} if "SSES3" in asked else {}


def _check_policy(transaction: Transaction, report: Report, target: Bucket) -> None:
    """S3 itself is let in by the destination's policy alone, whoever owns it."""
    text = buckets.configuration(transaction, target, "policy")
    document = None if text is None else resource_policy(target.name, text).document
    encryption = _encryption(report)
    keys = {
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": (_S3,),
        "aws:principaltype": ("Service",),
        "aws:securetransport": ("true",),
        "aws:sourcearn": (bucket_arn(report.bucket.name, report.bucket.region),),
        "aws:sourceaccount": (report.bucket.account_id,),
        "aws:resourceaccount": (target.account_id,),
        "s3:resourceaccount": (target.account_id,),
        "s3:x-amz-acl": (_ACL,),
    }
    if encryption:
        keys["s3:x-amz-server-side-encryption"] = (encryption["ServerSideEncryption"],)
    if "SSEKMSKeyId" in encryption:
        keys["s3:x-amz-server-side-encryption-aws-kms-key-id"] = (encryption["SSEKMSKeyId"],)
    arn = bucket_arn(target.name, target.region)
    for key in report.places.all():
        question = Question(Principal(service=_S3), "s3:PutObject", f"{arn}/{key}", keys)
        if document is None or document.decide(question) != "Allow":
            raise Undeliverable(f"the policy of the bucket {target.name} does not let {_S3} put {key}")


def _put(
    transaction: Transaction, runtime: S3Runtime, report: Report, target: Bucket, key: str, body: ReceivedBody
) -> None:
    now = runtime.clock.now()
    owner = canonical_id(target.account_id)
    input = {"Bucket": target.name, "Key": key, **_encryption(report)}
    try:
        new = new_object.describe(transaction, target, input, owner, now, runtime.identities.by_email)
    except AwsError as error:
        raise Undeliverable(f"{error.code}: {error.message}") from error
    version = version_of(target, key.encode(), now, new, owner, body)
    versions.put(transaction, runtime.blobs, target, version, lambda before: None)
    if target.has("notification"):
        cause = Cause(now, "inventory", _S3, _S3)
        events.note(transaction, runtime, cause, target, "ObjectCreated:Put", version)
    if target.has("replication"):
        replicas.note(transaction, runtime, target, "ObjectCreated:Put", version)
