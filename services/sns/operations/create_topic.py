"""CreateTopic: https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"""

from __future__ import annotations

import re

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.sns.arns import topic_arn
from services.sns.errors import invalid_parameter
from services.sns.runtime import SnsContext
from services.sns.store import topics
from services.sns.store.topics import Topic
from services.sns.topics.data_protection_policy import check_data_protection_policy
from services.sns.topics.tags import tags_of
from services.sns.topics.topic_attributes import InvalidAttribute, create_attributes, value_of

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,251}\.fifo")


@write_operation("CreateTopic")
def create_topic(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Make the topic, or answer the ARN of the same one; InvalidParameter where it is there with other attributes."""
    name = input["Name"]
    given = input.get("Attributes") or {}
    try:
        attributes = create_attributes(given)
    except InvalidAttribute as error:
        raise invalid_parameter(f"Attributes Reason: {error}") from error
    _check_name(name, is_fifo="FifoTopic" in attributes)
    tags = tags_of(input.get("Tags") or [])
    policy = input.get("DataProtectionPolicy") or None
    if policy is not None:
        check_data_protection_policy(policy)
    arn = topic_arn(context.region, context.account_id, name)
    existing = topics.find(transaction, arn)
    if existing is not None:
        _check_same(existing, given, attributes, tags)
        return {"TopicArn": arn}
    topics.add(transaction, arn, context.account_id, context.region, attributes, tags, policy, context.now)
    return {"TopicArn": arn}


def _check_name(name: str, *, is_fifo: bool) -> None:
    if not (_FIFO_NAME if is_fifo else _NAME).fullmatch(name):
        raise invalid_parameter("Topic Name")


def _check_same(existing: Topic, given: Input, attributes: dict[str, str], tags: dict[str, str]) -> None:
    # An attribute that is not among the given ones may have any value, and so may a tag.
    wanted = {**dict.fromkeys(given, ""), **attributes}
    if any(value_of(existing.attributes, name) != value_of(wanted, name) for name in wanted):
        raise invalid_parameter("Attributes Reason: Topic already exists with different attributes")
    if not tags.items() <= existing.tags.items():
        raise invalid_parameter("Tags Reason: Topic already exists with different tags")
