"""ConfirmSubscription: https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.operation import Input, Output, write_operation
from services.sns.errors import invalid_parameter
from services.sns.runtime import SnsContext, topic_of
from services.sns.store import subscriptions


@write_operation("ConfirmSubscription")
def confirm_subscription(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Confirm what the token was made for, or take its deletion back. Confirming again changes nothing."""
    topic = topic_of(context, transaction, input["TopicArn"])
    subscription = subscriptions.find_by_token(transaction, topic.arn, input["Token"])
    if subscription is None:
        raise invalid_parameter("Token")
    if subscription.status == "confirmed":
        return {"SubscriptionArn": subscription.arn}
    if subscription.token_expires_at is not None and subscription.token_expires_at <= context.now:
        raise invalid_parameter("Token")
    authenticated = context.access_key_id is not None
    subscriptions.confirm(
        transaction,
        subscription.arn,
        authenticated=authenticated,
        authenticate_on_unsubscribe=authenticated and input.get("AuthenticateOnUnsubscribe", "").lower() == "true",
    )
    context.runtime.directory.changed(transaction, topic.arn)
    return {"SubscriptionArn": subscription.arn}
