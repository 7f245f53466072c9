"""PublishBatch: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.operation import Input, Output, async_operation
from awskit.outbox import Batch
from services.sns.messages.message_attributes import check_attributes
from services.sns.publishing.publisher import Entry, Receipt, check_entry, check_fifo_entry, entry_of
from services.sns.runtime import SnsContext, callback_url_of, topic_arn_of
from services.sns.store.topics import Topic
from services.sns.topics.topic_attributes import maximum_message_size

MAX_ENTRIES = 10

_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")

_Entries = list[tuple[str, Entry]]
_Failed = list[dict[str, Any]]


@async_operation("PublishBatch")
async def publish_batch(context: SnsContext, input: Input) -> Output:
    """Publish up to ten messages; each that cannot be is reported on its own."""
    runtime, topic_arn = context.runtime, input["TopicArn"]
    topic_arn_of(context, topic_arn)
    _check_ids([entry.get("Id", "") for entry in input["PublishBatchRequestEntries"]])
    entries = [(entry["Id"], entry_of(entry, context.request.headers)) for entry in input["PublishBatchRequestEntries"]]

    def work(transaction: Transaction) -> tuple[_Entries, _Failed, list[Receipt], Batch | None]:
        audience = runtime.publisher.audience(transaction, topic_arn)
        _check_batch(entries, audience.topic)
        good, failed = _checked(entries, audience.topic)
        receipts, batch = runtime.publisher.publish(
            transaction, audience, [entry for _, entry in good], callback_url_of(context), context.now
        )
        return good, failed, receipts, batch

    good, failed, receipts, batch = await runtime.database.write(work)
    if batch is not None:
        await runtime.outbox.settled(batch, runtime.settings.settle_timeout)
    successful = [{"Id": entry_id, **receipt.shown()} for (entry_id, _), receipt in zip(good, receipts, strict=True)]
    return {"Successful": successful, "Failed": failed}


def _check_ids(ids: Sequence[str]) -> None:
    if not ids:
        raise AwsError("EmptyBatchRequestException", "The batch request doesn't contain any entries.")
    if len(ids) > MAX_ENTRIES:
        raise AwsError(
            "TooManyEntriesInBatchRequestException", "The batch request contains more entries than permissible."
        )
    if any(not _ENTRY_ID.fullmatch(entry_id) for entry_id in ids):
        raise AwsError(
            "InvalidBatchEntryIdException",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        )
    if len(set(ids)) != len(ids):
        raise AwsError(
            "BatchEntryIdsNotDistinctException", "Two or more batch entries in the request have the same Id."
        )


def _check_batch(entries: _Entries, topic: Topic) -> None:
    """What AWS refuses the whole batch for, where one message is wrong."""
    for _, entry in entries:
        check_attributes(entry.attributes)
        if topic.is_fifo:
            check_fifo_entry(entry, topic)
    if sum(entry.size for _, entry in entries) > maximum_message_size(topic.attributes):
        raise AwsError(
            "BatchRequestTooLongException", "The length of all the messages put together is more than the limit."
        )


def _checked(entries: _Entries, topic: Topic) -> tuple[_Entries, _Failed]:
    good: _Entries = []
    failed: _Failed = []
    for entry_id, entry in entries:
        try:
            check_entry(entry, topic)
        except AwsError as error:
            code = {"InvalidParameterValueException": "ParameterValueInvalid"}.get(error.code, "InvalidParameter")
            failed.append({"Id": entry_id, "Code": code, "Message": error.message, "SenderFault": True})
        else:
            good.append((entry_id, entry))
    return good, failed
