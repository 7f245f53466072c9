"""DeleteTopic: https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, write_operation
from services.sns.runtime import SnsContext, topic_arn_of
from services.sns.store import topics
from services.sns.topics.topic_attributes import archive_retention_days


@write_operation("DeleteTopic")
def delete_topic(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Delete it with its subscriptions; one that does not exist is deleted already."""
    arn = input["TopicArn"]
    topic_arn_of(context, arn)
    topic = topics.find(transaction, arn)
    if topic is None:
        return {}
    if archive_retention_days(topic.attributes.get("ArchivePolicy")) is not None:
        raise AwsError("InvalidStateException", "Invalid state: Cannot delete a topic with an ArchivePolicy")
    topics.delete(transaction, arn)
    context.runtime.catalog.changed(transaction, arn)
    return {}
