"""ConfirmSubscription: https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html"""

from __future__ import annotations

import re

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import parse_arn
from awskit.service.operation import Input, Output, write_operation
from services.sns.errors import invalid_parameter
from services.sns.runtime import SnsContext
from services.sns.store import subscriptions

_TOKEN = re.compile(r"[0-9a-f]+")


@write_operation("ConfirmSubscription")
def confirm_subscription(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Confirm what the token was made for, or take its deletion back. Confirming again changes nothing."""
    topic_arn = input["TopicArn"]
    _check_topic_arn(context, topic_arn)
    if not _TOKEN.fullmatch(input["Token"]):
        raise AwsError("InvalidParameterException", "Invalid token")
    subscription = subscriptions.find_by_token(transaction, topic_arn, input["Token"])
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
    context.runtime.catalog.changed(transaction, topic_arn)
    return {"SubscriptionArn": subscription.arn}


def _check_topic_arn(context: SnsContext, text: str) -> None:
    # AWS does not ask whether there is such a topic: a token of none is no token.
    arn = parse_arn(text)
    if arn is None or arn.service != "sns" or (context.access_key_id is not None and arn.region != context.region):
        raise invalid_parameter("Topic")
