"""Unsubscribe: https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html"""

from __future__ import annotations

from dataclasses import replace

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.sns.arns import require_subscription_arn
from services.sns.errors import authorization_error, invalid_parameter
from services.sns.runtime import SnsContext
from services.sns.store import subscriptions, topics
from services.sns.store.subscriptions import Subscription
from services.sns.subscriptions.confirmations import TOKEN_SECONDS, new_token, send_unsubscribe_confirmation


@write_operation("Unsubscribe")
def unsubscribe(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Delete the subscription; one that does not exist is deleted already.

    HTTP/S endpoints, and email where nobody signed the request, are told, with a link that takes it back.
    """
    arn = input["SubscriptionArn"]
    require_subscription_arn(arn)
    subscription = subscriptions.find(transaction, arn)
    if subscription is None or subscription.is_gone(context.now):
        return {}
    anonymous = context.access_key_id is None
    if anonymous and subscription.authenticate_on_unsubscribe:
        raise authorization_error("User: anonymous is not authorized to perform: SNS:Unsubscribe on resource: " + arn)
    if subscription.status == "pending":
        raise invalid_parameter(
            "SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation"
        )
    if subscription.protocol in ("http", "https") or (anonymous and subscription.protocol.startswith("email")):
        _delete_and_tell(context, transaction, subscription)
    else:
        subscriptions.delete(transaction, arn)
    topics.count_deleted_subscription(transaction, subscription.topic_arn)
    context.runtime.catalog.changed(transaction, subscription.topic_arn)
    return {}


def _delete_and_tell(context: SnsContext, transaction: Transaction, subscription: Subscription) -> None:
    runtime = context.runtime
    topic = topics.find(transaction, subscription.topic_arn)
    assert topic is not None
    told = replace(subscription, token=new_token())
    subscriptions.mark_deleted(transaction, told.arn, told.token or "", context.now + TOKEN_SECONDS)
    send_unsubscribe_confirmation(transaction, runtime.outbox, runtime.signer, topic, told, context.now)
