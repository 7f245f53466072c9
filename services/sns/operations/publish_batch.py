"""PublishBatch: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"""

from __future__ import annotations

import re
from collections.abc import Sequence

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.operation import Input, Output, async_operation
from awskit.outbox import Batch
from services.sns.publishing.publisher import Receipt, check_entry, entry_of
from services.sns.runtime import SnsContext, callback_url_of, topic_arn_of
from services.sns.topics.topic_attributes import maximum_message_size

MAX_ENTRIES = 10

_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


@async_operation("PublishBatch")
async def publish_batch(context: SnsContext, input: Input) -> Output:
    """Publish up to ten messages, all of them or, where one is wrong, none.

    AWS documents failures of single entries; what is wrong with an entry makes it refuse them all.
    """
    runtime, topic_arn = context.runtime, input["TopicArn"]
    topic_arn_of(context, topic_arn)
    ids = [entry.get("Id", "") for entry in input["PublishBatchRequestEntries"]]
    _check_ids(ids)
    entries = [entry_of(entry, context.request.headers) for entry in input["PublishBatchRequestEntries"]]

    def work(transaction: Transaction) -> tuple[list[Receipt], Batch | None]:
        audience = runtime.publisher.audience(transaction, topic_arn)
        for entry in entries:
            check_entry(entry, audience.topic)
        if sum(entry.size for entry in entries) > maximum_message_size(audience.topic.attributes):
            raise AwsError(
                "BatchRequestTooLongException", "The length of all the messages put together is more than the limit."
            )
        return runtime.publisher.publish(transaction, audience, entries, callback_url_of(context), context.now)

    receipts, batch = await runtime.database.write(work)
    if batch is not None:
        await runtime.outbox.settled(batch, runtime.settings.settle_timeout)
    successful = [{"Id": entry_id, **receipt.shown()} for entry_id, receipt in zip(ids, receipts, strict=True)]
    return {"Successful": successful, "Failed": []}


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
