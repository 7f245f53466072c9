"""Subscriptions: rows and the `Subscription` they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from services.sns.store.tables import subscriptions

Status = Literal["pending", "confirmed", "deleted"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """`attributes` are those that were set. `callback_url` is the endpoint that the subscriber called.

    A deleted one is kept where its endpoint may take that back (UnsubscribeConfirmation's link).
    """

    id: int
    arn: str
    topic_arn: str
    account_id: str
    region: str
    protocol: str
    endpoint: str
    attributes: Mapping[str, str]
    status: Status
    token: str | None
    token_expires_at: float | None
    authenticate_on_unsubscribe: bool
    confirmation_was_authenticated: bool
    principal: str
    callback_url: str

    def is_gone(self, now: float) -> bool:
        """Whether it is deleted, or was not confirmed while its token was valid."""
        expired = self.token_expires_at is not None and self.token_expires_at <= now
        return self.status == "deleted" or (self.status == "pending" and expired)

    @property
    def is_raw(self) -> bool:
        """Whether it gets messages as they were published, without the document around them."""
        return self.attributes.get("RawMessageDelivery") == "true"


_table = subscriptions.c
_COLUMNS = (
    _table.id,
    _table.arn,
    _table.topic_arn,
    _table.account_id,
    _table.region,
    _table.protocol,
    _table.endpoint,
    _table.attributes,
    _table.status,
    _table.token,
    _table.token_expires_at,
    _table.authenticate_on_unsubscribe,
    _table.confirmation_was_authenticated,
    _table.principal,
    _table.callback_url,
)
_BY_ARN = _table.arn == sa.bindparam("subscription")
_OF_TOPIC = _table.topic_arn == sa.bindparam("topic")
_NOT_DELETED = _table.status != "deleted"
_IS_THERE = sa.or_(
    _table.status == "confirmed",
    sa.and_(_table.status == "pending", _table.token_expires_at > sa.bindparam("now")),
)
_SELECT = sa.select(*_COLUMNS)
_FIND = _SELECT.where(_BY_ARN)
_FIND_BY_ENDPOINT = _SELECT.where(
    _OF_TOPIC, _table.protocol == sa.bindparam("by_protocol"), _table.endpoint == sa.bindparam("to"), _NOT_DELETED
)
_FIND_BY_TOKEN = _SELECT.where(_OF_TOPIC, _table.token == sa.bindparam("by_token"))
_AFTER = _table.id > sa.bindparam("after")
_CONFIRMED = (
    _SELECT.where(_OF_TOPIC, _table.status == "confirmed", _AFTER).order_by(_table.id).limit(sa.bindparam("count"))
)
_LIST_OF_TOPIC = _SELECT.where(_OF_TOPIC, _IS_THERE, _AFTER).order_by(_table.id).limit(sa.bindparam("count"))
_LIST_OF_OWNER = (
    _SELECT.where(
        _table.account_id == sa.bindparam("account"), _table.region == sa.bindparam("in_region"), _IS_THERE, _AFTER
    )
    .order_by(_table.id)
    .limit(sa.bindparam("count"))
)
_COUNTS = sa.select(_table.status, sa.func.count()).where(_OF_TOPIC, _IS_THERE).group_by(_table.status)
_INSERT = insert(subscriptions)
_SET_ATTRIBUTES = sa.update(subscriptions).where(_BY_ARN).values(attributes=sa.bindparam("new_attributes"))
_CONFIRM = (
    sa.update(subscriptions)
    .where(_BY_ARN)
    .values(
        status="confirmed",
        authenticate_on_unsubscribe=sa.bindparam("authenticate"),
        confirmation_was_authenticated=sa.bindparam("authenticated"),
    )
)
_SET_TOKEN = (
    sa.update(subscriptions)
    .where(_BY_ARN)
    .values(token=sa.bindparam("new_token"), token_expires_at=sa.bindparam("expires"))
)
_MARK_DELETED = (
    sa.update(subscriptions)
    .where(_BY_ARN)
    .values(status="deleted", token=sa.bindparam("new_token"), token_expires_at=sa.bindparam("expires"))
)
_DELETE = sa.delete(subscriptions).where(_BY_ARN)
_DELETE_EXPIRED = sa.delete(subscriptions).where(
    _table.status.in_(["deleted", "pending"]), _table.token_expires_at <= sa.bindparam("now")
)


def find(transaction: Transaction, arn: str) -> Subscription | None:
    """Also where it is deleted, as long as that can be taken back."""
    row = transaction.connection.execute(_FIND, {"subscription": arn}).first()
    return _subscription(row) if row is not None else None


def find_by_endpoint(transaction: Transaction, topic: str, protocol: str, endpoint: str) -> Subscription | None:
    """The subscription of this endpoint to the topic, which has at most one."""
    values = {"topic": topic, "by_protocol": protocol, "to": endpoint}
    row = transaction.connection.execute(_FIND_BY_ENDPOINT, values).first()
    return _subscription(row) if row is not None else None


def find_by_token(transaction: Transaction, topic: str, token: str) -> Subscription | None:
    """The one whose token this is, also where it is deleted or its token has expired."""
    row = transaction.connection.execute(_FIND_BY_TOKEN, {"topic": topic, "by_token": token}).first()
    return _subscription(row) if row is not None else None


def confirmed(transaction: Transaction, topic: str, after: int, count: int) -> list[Subscription]:
    """Up to `count` confirmed subscriptions of the topic whose ids are above `after`."""
    rows = transaction.connection.execute(_CONFIRMED, {"topic": topic, "after": after, "count": count})
    return [_subscription(row) for row in rows]


def page_of_topic(transaction: Transaction, topic: str, after: int, count: int, now: float) -> list[Subscription]:
    """Up to `count` of the topic's subscriptions whose ids are above `after`, without those that expired by `now`."""
    values = {"topic": topic, "after": after, "count": count, "now": now}
    rows = transaction.connection.execute(_LIST_OF_TOPIC, values)
    return [_subscription(row) for row in rows]


def page_of_owner(
    transaction: Transaction, account_id: str, region: str, after: int, count: int, now: float
) -> list[Subscription]:
    """The same for the subscriptions of an account in a region."""
    values = {"account": account_id, "in_region": region, "after": after, "count": count, "now": now}
    return [_subscription(row) for row in transaction.connection.execute(_LIST_OF_OWNER, values)]


def counts(transaction: Transaction, topic: str, now: float) -> dict[str, int]:
    """How many subscriptions of the topic are in which status, without those that expired by `now`."""
    rows = transaction.connection.execute(_COUNTS, {"topic": topic, "now": now})
    return {row[0]: row[1] for row in rows}


def add(transaction: Transaction, subscription: Subscription, now: float) -> None:
    """Insert it; its `id` is given by the database."""
    transaction.connection.execute(
        _INSERT,
        {
            "arn": subscription.arn,
            "topic_arn": subscription.topic_arn,
            "account_id": subscription.account_id,
            "region": subscription.region,
            "protocol": subscription.protocol,
            "endpoint": subscription.endpoint,
            "attributes": _json(subscription.attributes),
            "status": subscription.status,
            "token": subscription.token,
            "token_expires_at": subscription.token_expires_at,
            "authenticate_on_unsubscribe": subscription.authenticate_on_unsubscribe,
            "confirmation_was_authenticated": subscription.confirmation_was_authenticated,
            "principal": subscription.principal,
            "callback_url": subscription.callback_url,
            "created_at": now,
        },
    )


def set_attributes(transaction: Transaction, arn: str, attributes: Mapping[str, str]) -> None:
    """Replace all of them."""
    transaction.connection.execute(_SET_ATTRIBUTES, {"subscription": arn, "new_attributes": _json(attributes)})


def confirm(transaction: Transaction, arn: str, *, authenticated: bool, authenticate_on_unsubscribe: bool) -> None:
    """Confirm it, or take its deletion back. `authenticate_on_unsubscribe`: only its owner may end it."""
    values = {"subscription": arn, "authenticated": authenticated, "authenticate": authenticate_on_unsubscribe}
    transaction.connection.execute(_CONFIRM, values)


def set_token(transaction: Transaction, arn: str, token: str, expires_at: float) -> None:
    """Give it a token that is good until `expires_at` (seconds since the epoch)."""
    transaction.connection.execute(_SET_TOKEN, {"subscription": arn, "new_token": token, "expires": expires_at})


def mark_deleted(transaction: Transaction, arn: str, token: str, expires_at: float) -> None:
    """Delete it so that `token` brings it back until `expires_at`."""
    transaction.connection.execute(_MARK_DELETED, {"subscription": arn, "new_token": token, "expires": expires_at})


def delete(transaction: Transaction, arn: str) -> None:
    """Delete it for good."""
    transaction.connection.execute(_DELETE, {"subscription": arn})


def delete_expired(transaction: Transaction, now: float) -> None:
    """Those that were never confirmed, or whose deletion can no more be taken back."""
    transaction.connection.execute(_DELETE_EXPIRED, {"now": now})


def _subscription(row: Any) -> Subscription:
    fields = list(row)
    fields[7] = orjson.loads(fields[7])
    return Subscription(*fields)


def _json(mapping: Mapping[str, str]) -> str:
    return orjson.dumps(dict(mapping)).decode("utf-8")
