"""What happened to an object, noted in the transaction that did it, for the destinations that the bucket names.

In: the transaction, the cause, the bucket, the event's name (`ObjectCreated:Put`) and the version. Out: entries in the
outbox, delivered once the transaction is committed, or, for Lambda and EventBridge where nobody stands in for them, in
a sink.
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.outbox import OutboxEntry
from awskit.sinks.store import SinkMessage
from services.s3.notifications import event_bridge, event_records
from services.s3.notifications.event_records import Cause, traced
from services.s3.notifications.notification_rules import address_of, targets_of
from services.s3.replication import replicas
from services.s3.runtime import S3Context, S3Runtime
from services.s3.store import buckets
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion


def record(transaction: Transaction, context: S3Context, bucket: Bucket, event: str, version: ObjectVersion) -> None:
    """Note an event that a request caused, for its destinations and for the bucket's replicas."""
    if bucket.has("notification"):
        note(transaction, context.runtime, cause_of(context), bucket, event, version)
    if bucket.has("replication"):
        replicas.note(transaction, context.runtime, bucket, event, version)


def note(
    transaction: Transaction, runtime: S3Runtime, cause: Cause, bucket: Bucket, event: str, version: ObjectVersion
) -> None:
    """Note an event, whoever caused it."""
    document = buckets.configuration_text(transaction, bucket, "notification")
    if document is None:
        return
    key = version.name
    outbox_entries: list[OutboxEntry] = []
    ending_here: list[SinkMessage] = []
    for target in targets_of(document):
        if not target.wants(event, key):
            continue
        record = event_records.record(cause, bucket, event, target.id, version)
        service, region, account_id, _ = address_of(target.arn)
        if service == "lambda" and not runtime.calls.has("lambda"):
            ending_here.append(SinkMessage("lambda", account_id, region, target.arn, record))
        else:
            outbox_entries.append(OutboxEntry(target.arn, traced(record, cause.trace)))
    entry = event_bridge.entry(cause, bucket, event, version) if event_bridge.is_told(document) else None
    if entry is not None:
        bus = event_bridge.bus_of(bucket)
        if runtime.calls.has("events"):
            outbox_entries.append(OutboxEntry(bus, entry))
        else:
            ending_here.append(SinkMessage("eventbridge", bucket.account_id, bucket.region, bus, entry))
    if outbox_entries:
        runtime.outbox.add(transaction, outbox_entries)
    if ending_here:
        runtime.sinks.add(transaction, ending_here, cause.now)


def cause_of(context: S3Context) -> Cause:
    """Who caused what this request does, as event records tell it."""
    address = context.request.header("x-forwarded-for").partition(",")[0].strip() or "127.0.0.1"
    principal = f"AWS:{context.access_key_id or 'Anonymous'}"
    trace = context.request.headers.get("x-amzn-trace-id")
    return Cause(context.now, context.request_id, principal, address, trace, context.account_id)
