"""TagResource, UntagResource and ListTagsForResource.

https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.sns.errors import resource_not_found
from services.sns.runtime import SnsContext, topic_arn_of
from services.sns.store import topics
from services.sns.store.topics import Topic
from services.sns.topics.tags import check_count, listed, tags_of


@read_operation("ListTagsForResource")
def list_tags_for_resource(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    return {"Tags": listed(_topic(context, transaction, input["ResourceArn"]).tags)}


@write_operation("TagResource")
def tag_resource(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Add tags, or give those that are there another value. All or nothing."""
    topic = _topic(context, transaction, input["ResourceArn"])
    tags = check_count({**topic.tags, **tags_of(input["Tags"])})
    topics.set_tags(transaction, topic.arn, tags)
    context.runtime.catalog.changed(transaction, topic.arn)
    return {}


@write_operation("UntagResource")
def untag_resource(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    topic = _topic(context, transaction, input["ResourceArn"])
    gone = frozenset(input["TagKeys"])
    tags = {key: value for key, value in topic.tags.items() if key not in gone}
    topics.set_tags(transaction, topic.arn, tags)
    context.runtime.catalog.changed(transaction, topic.arn)
    return {}


def _topic(context: SnsContext, transaction: Transaction, arn: str) -> Topic:
    topic_arn_of(context, arn, "ResourceArn")
    topic = topics.find(transaction, arn)
    if topic is None:
        raise resource_not_found()
    return topic
