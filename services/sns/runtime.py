"""The parts of a running SNS service, handed to every operation as `context.runtime`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.outbox import Outbox
from awskit.resources.arns import Arn
from awskit.service.context import RequestContext
from services.sns.arns import require_subscription_arn, require_topic_arn
from services.sns.errors import invalid_parameter, subscription_not_found, topic_not_found
from services.sns.messages.signing import Signer
from services.sns.publishing.fan_out import FanOut
from services.sns.publishing.publisher import Publisher
from services.sns.settings import SnsSettings
from services.sns.store import subscriptions, topics
from services.sns.store.subscriptions import Subscription
from services.sns.store.topics import Topic
from services.sns.topics.catalog import TopicCatalog


@dataclass(frozen=True, slots=True)
class SnsRuntime:
    settings: SnsSettings
    clock: Clock
    database: Database
    outbox: Outbox
    catalog: TopicCatalog
    fan_out: FanOut
    publisher: Publisher
    signer: Signer


SnsContext: TypeAlias = RequestContext[SnsRuntime]


def topic_arn_of(context: SnsContext, text: str, member: str = "TopicArn") -> Arn:
    """The parts of a topic's ARN. InvalidParameter where it is none, and where it is of another region."""
    arn = require_topic_arn(text, member)
    if context.access_key_id is not None and arn.region != context.region:
        raise invalid_parameter(member)
    return arn


def topic_of(context: SnsContext, transaction: Transaction, arn: str, member: str = "TopicArn") -> Topic:
    """The topic a request names. InvalidParameter or NotFound."""
    topic_arn_of(context, arn, member)
    topic = topics.find(transaction, arn)
    if topic is None:
        raise topic_not_found()
    return topic


def subscription_of(context: SnsContext, transaction: Transaction, arn: str) -> Subscription:
    """The subscription a request names. InvalidParameter or NotFound."""
    parts = require_subscription_arn(arn)
    found = subscriptions.find(transaction, arn)
    foreign = context.access_key_id is not None and parts.region != context.region
    if found is None or found.is_gone(context.now) or foreign:
        raise subscription_not_found()
    return found


def callback_url_of(context: SnsContext) -> str:
    """The endpoint that the publisher called; empty for another service's call, whose address is no client's."""
    return context.endpoint if "x-ruststack-request-id" in context.request.headers else ""
