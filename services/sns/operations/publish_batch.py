"""PublishBatch: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from awskit.errors import AwsError
from awskit.service.operation import Input, Output, async_operation
from services.sns.publishing.publisher import Entry, check_entry, check_key, check_topic_type, entry_of
from services.sns.runtime import SnsContext, callback_url_of, topic_arn_of
from services.sns.store.topics import Topic
from services.sns.topics.topic_attributes import maximum_message_size

MAX_ENTRIES = 10

_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


@async_operation("PublishBatch")
async def publish_batch(context: SnsContext, input: Input) -> Output:
    """Publish up to ten messages.

    Where one of them is wrong in itself, AWS refuses them all; what the topic does not take fails alone.
    """
    topic_arn = input["TopicArn"]
    topic_arn_of(context, topic_arn)
    _check_ids([entry.get("Id", "") for entry in input["PublishBatchRequestEntries"]])
    entries = {entry["Id"]: entry_of(entry, context.request.headers) for entry in input["PublishBatchRequestEntries"]}
    failed: dict[str, AwsError] = {}

    def checked(topic: Topic) -> list[Entry]:
        check_key(topic)
        for entry in entries.values():
            check_entry(entry, topic)
        if sum(entry.size for entry in entries.values()) > maximum_message_size(topic.attributes):
            raise AwsError(
                "BatchRequestTooLongException", "The length of all the messages put together is more than the limit."
            )
        failed.clear()
        failed.update(_failures(entries, topic))
        return [entry for entry_id, entry in entries.items() if entry_id not in failed]

    publisher = context.runtime.publisher
    receipts = await publisher.publish(topic_arn, checked, callback_url_of(context), context.now)
    context.request.messages = "\n".join([receipt.message_id for receipt in receipts])
    published = [entry_id for entry_id in entries if entry_id not in failed]
    return {
        "Successful": [
            {"Id": entry_id, **receipt.shown()} for entry_id, receipt in zip(published, receipts, strict=True)
        ],
        "Failed": [
            {"Id": entry_id, "Code": "InvalidParameter", "Message": error.message, "SenderFault": True}
            for entry_id, error in failed.items()
        ],
    }


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


def _failures(entries: Mapping[str, Entry], topic: Topic) -> Iterator[tuple[str, AwsError]]:
    for entry_id, entry in entries.items():
        try:
            check_topic_type(entry, topic)
        except AwsError as error:
            yield entry_id, error
