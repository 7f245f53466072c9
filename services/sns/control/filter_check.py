"""Would this message pass? `POST /_aws/sns/filter-check`: each subscription of a topic, and the clause that decides.

In: JSON, `{"topicArn", "message", "attributes": {NAME: {"DataType", "StringValue"}}, "messageStructure", "after"}`.
Out: `{"subscriptions": [{"subscriptionArn", "protocol", "endpoint", "passes", "reason"}], "next"}`, a thousand at most;
`next` is the `after` of those that follow. Nothing is published. 400 for what is no such document, 404 where there is
no such topic; what Publish would refuse is refused with its error, as `{"code", "message"}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from awskit.bounds.json_documents import load_document
from awskit.control.routes import json_response
from awskit.database import Database, Transaction
from awskit.errors import AwsError
from awskit.wire.http import HttpRequest, HttpResponse
from services.sns.filter_policy.compiled_policy import (
    MESSAGE_BODY,
    attribute_values,
    body_values,
    compile_filter_policy,
)
from services.sns.filter_policy.explanation import refusing_clause
from services.sns.messages.message import Message
from services.sns.messages.message_checks import bodies_of
from services.sns.publishing.publisher import Entry, check_entry
from services.sns.store import subscriptions, topics
from services.sns.store.subscriptions import Subscription

PATH = "/_aws/sns/filter-check"
_PIECE = 1000
_NO_FILTER = "it has no filter policy"


class FilterCheckRoute:
    """The control route."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            given = load_document(request.body)
        except ValueError:
            given = None
        if request.method != "POST" or not isinstance(given, dict) or not isinstance(given.get("topicArn"), str):
            return json_response({"code": "InvalidParameter", "message": "POST a document with a topicArn"}, 400)
        try:
            message = _message(given)
        except AwsError as error:
            return json_response({"code": error.code, "message": error.message}, error.status)
        after = given.get("after")
        return await self._check(message, after if isinstance(after, int) else 0)

    async def _check(self, message: Message, after: int) -> HttpResponse:
        def work(transaction: Transaction) -> list[Subscription] | None:
            if topics.find(transaction, message.topic_arn) is None:
                return None
            return subscriptions.confirmed(transaction, message.topic_arn, after, _PIECE)

        found = await self._database.read(work)
        if found is None:
            return json_response({"code": "NotFound", "message": "Topic does not exist"}, 404)
        following = found[-1].id if len(found) == _PIECE else None
        return json_response({"subscriptions": [_judged(one, message) for one in found], "next": following})


def _message(given: Mapping[str, Any]) -> Message:
    """The message, checked as Publish checks one to a standard topic. Raises `AwsError`."""
    text, structure, attributes = given.get("message"), given.get("messageStructure") or None, given.get("attributes")
    attributes = attributes or {}
    if not isinstance(text, str) or not isinstance(structure, str | None) or not _are_attributes(attributes):
        raise AwsError("InvalidParameter", "message is a text, attributes are a map of DataType and StringValue", 400)
    check_entry(Entry(text, None, structure, attributes, None, None, None), None)
    bodies = bodies_of(structure, text) if structure is not None else None
    return Message("", given["topicArn"], text, "", "", attributes=attributes, bodies=bodies)


def _are_attributes(given: Any) -> bool:
    """Whether it has the form of message attributes, with texts alone."""
    return isinstance(given, dict) and all(
        isinstance(value, dict)
        and isinstance(value.get("DataType"), str)
        and all(isinstance(member, str) for member in value.values())
        for value in given.values()
    )


def _judged(subscription: Subscription, message: Message) -> dict[str, Any]:
    source = subscription.attributes.get("FilterPolicy")
    passes, reason = True, _NO_FILTER
    if source is not None and orjson.loads(source):
        scope = subscription.attributes.get("FilterPolicyScope", "MessageAttributes")
        body = message.body_for(subscription.protocol) if scope == MESSAGE_BODY else ""
        values = body_values(body) if scope == MESSAGE_BODY else attribute_values(message.attributes)
        passes = compile_filter_policy(source, scope).accepts(values)
        reason = "every clause holds" if passes else refusing_clause(source, scope, message.attributes, body)
    return {
        "subscriptionArn": subscription.arn,
        "protocol": subscription.protocol,
        "endpoint": subscription.endpoint,
        "passes": passes,
        "reason": reason,
    }
