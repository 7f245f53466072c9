"""Topics and their subscribers as Publish needs them: read once, compiled, kept until they change.

Everything that changes a topic or its subscriptions calls `changed` in its transaction. That drops the entry at the
commit, and raises the topic's version, which is read and compared once another process has written to the database
(`doubt`); where nobody tells of that each publish expects it to be what it was (`Statement.expect`).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial

from awskit.database import Transaction
from services.sns.errors import topic_not_found
from services.sns.filter_policy import MESSAGE_ATTRIBUTES, FilterPolicy, compile_filter_policy
from services.sns.store import subscriptions, topics
from services.sns.store.subscriptions import Subscription
from services.sns.store.topics import Topic

CHUNK = 200
"""Subscriptions that a publish serves in its own transaction. The rest is done chunk by chunk (`fan_out`)."""

_MAX_TOPICS = 2_000


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A confirmed subscription with its filter policy compiled."""

    subscription: Subscription
    protocol: str
    filter_policy: FilterPolicy | None


@dataclass(frozen=True, slots=True)
class Audience:
    """A topic and its first `CHUNK` subscribers; `more`: there are further ones after the last.

    `is_of_standard_queues`: a message to them has no number and no order, and is in no sink.
    """

    topic: Topic
    subscribers: tuple[Subscriber, ...]
    more: bool
    is_of_standard_queues: bool


class TopicCatalog:
    """See the module."""

    def __init__(self) -> None:
        self._audiences: OrderedDict[str, Audience] = OrderedDict()
        self._doubtful: dict[str, Audience] = {}

    def require(self, transaction: Transaction, arn: str) -> Audience:
        """The topic's audience. Raises NotFound."""
        audience = self._known(transaction, arn)
        if audience is None:
            found = audience = _read(transaction, arn)
            # Kept only once the transaction is committed: it may have seen what is not, and never will be.
            transaction.after_commit(lambda: self._keep(arn, found))
        return audience

    def require_committed(self, transaction: Transaction, arn: str) -> Audience:
        """The same, in a transaction that only reads."""
        audience = self._known(transaction, arn)
        if audience is None:
            audience = _read(transaction, arn)
            self._keep(arn, audience)
        return audience

    def _known(self, transaction: Transaction, arn: str) -> Audience | None:
        audience = self._audiences.get(arn)
        if audience is not None:
            if transaction.engine.several_processes:
                topics.expect_version(transaction, arn, audience.topic.version, partial(self.forget, arn))
            return audience
        audience = self._doubtful.pop(arn, None)
        if audience is not None and topics.version(transaction, arn) == audience.topic.version:
            self._keep(arn, audience)
            return audience
        return None

    def changed(self, transaction: Transaction, arn: str) -> None:
        """The topic or one of its subscriptions changes in this transaction."""
        topics.touch(transaction, arn)
        transaction.after_commit(lambda: self.forget(arn))

    def forget(self, arn: str) -> None:
        """What is kept of the topic is read anew by the next publish."""
        self._audiences.pop(arn, None)
        self._doubtful.pop(arn, None)

    def forget_all(self) -> None:
        """The same of every topic."""
        self._audiences.clear()
        self._doubtful.clear()

    def doubt(self) -> None:
        """Another process has written, perhaps to topics or their subscriptions."""
        self._doubtful.update(self._audiences)
        self._audiences.clear()

    def _keep(self, arn: str, audience: Audience) -> None:
        self._audiences[arn] = audience
        if len(self._audiences) > _MAX_TOPICS:
            self._audiences.popitem(last=False)


def _read(transaction: Transaction, arn: str) -> Audience:
    topic = topics.find(transaction, arn)
    if topic is None:
        raise topic_not_found()
    found = subscribers(transaction, arn, 0, CHUNK + 1)
    more = len(found) > CHUNK
    are_standard_queues = all(each.protocol == "sqs" and not is_fifo(each.subscription.endpoint) for each in found)
    return Audience(topic, found[:CHUNK], more, not topic.is_fifo and not more and are_standard_queues)


def is_fifo(queue_arn: str) -> bool:
    """Whether the queue keeps an order."""
    return queue_arn.endswith(".fifo")


def subscribers(transaction: Transaction, topic_arn: str, after: int, count: int) -> tuple[Subscriber, ...]:
    """Up to `count` confirmed subscriptions of the topic after the id `after`, compiled."""
    return tuple(subscriber(found) for found in subscriptions.confirmed(transaction, topic_arn, after, count))


def subscriber(subscription: Subscription) -> Subscriber:
    """The subscription with its filter policy compiled."""
    source = subscription.attributes.get("FilterPolicy")
    scope = subscription.attributes.get("FilterPolicyScope", MESSAGE_ATTRIBUTES)
    compiled = compile_filter_policy(source, scope) if source else None
    return Subscriber(subscription, subscription.protocol, compiled)
