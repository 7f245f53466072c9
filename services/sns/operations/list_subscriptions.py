"""ListSubscriptions and ListSubscriptionsByTopic.

https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.sns.paging import PAGE_SIZE, page, position_of
from services.sns.runtime import SnsContext, topic_of
from services.sns.store import subscriptions
from services.sns.store.subscriptions import Subscription


@read_operation("ListSubscriptions")
def list_subscriptions(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    after = position_of(input.get("NextToken"))
    found = subscriptions.page_of_owner(
        transaction, context.account_id, context.region, after, PAGE_SIZE + 1, context.now
    )
    return _listing(found)


@read_operation("ListSubscriptionsByTopic")
def list_subscriptions_by_topic(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    topic = topic_of(context, transaction, input["TopicArn"])
    after = position_of(input.get("NextToken"))
    return _listing(subscriptions.page_of_topic(transaction, topic.arn, after, PAGE_SIZE + 1, context.now))


def _listing(found: list[Subscription]) -> Output:
    shown, token = page([(subscription.id, _shown(subscription)) for subscription in found], PAGE_SIZE)
    output: Output = {"Subscriptions": shown}
    if token is not None:
        output["NextToken"] = token
    return output


def _shown(subscription: Subscription) -> dict[str, str]:
    return {
        "SubscriptionArn": subscription.arn if subscription.status == "confirmed" else "PendingConfirmation",
        "Owner": subscription.account_id,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }
