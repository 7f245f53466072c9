"""A subscription's attributes: which there are, what values they take, and how they are shown.

In: names and values as Subscribe and SetSubscriptionAttributes have them. Raised: `InvalidAttribute` with AWS's text.

https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import orjson

from awskit.resources.arns import parse_arn
from services.sns.arns import is_queue_arn
from services.sns.delivery.delivery_policy import (
    DeliveryPolicyError,
    effective_delivery_policy,
    shown_subscription_policy,
)
from services.sns.filter_policy import (
    MESSAGE_ATTRIBUTES,
    SCOPES,
    FilterPolicyError,
    NestedFilterPolicyError,
    compile_filter_policy,
)
from services.sns.policy_json import JsonError, parse_object
from services.sns.topics.topic_attributes import InvalidAttribute

_POLICIES = frozenset(["FilterPolicy", "DeliveryPolicy", "RedrivePolicy", "ReplayPolicy", "SubscriptionRoleArn"])
HTTP_PROTOCOLS = frozenset(["http", "https"])
RAW_PROTOCOLS = frozenset(["sqs", "http", "https", "firehose"])
_DEFAULTS: Mapping[str, str] = MappingProxyType(
    {"RawMessageDelivery": "false", "FilterPolicyScope": MESSAGE_ATTRIBUTES}
)


@dataclass(frozen=True, slots=True)
class Target:
    """What an attribute's validity depends on."""

    protocol: str
    endpoint: str
    account_id: str
    region: str
    is_fifo_topic: bool


@dataclass(frozen=True, slots=True)
class ReplayPolicy:
    """From when to when archived messages are sent again, in seconds since the epoch."""

    starting_point: float
    ending_point: float | None


def subscribe_attributes(given: Mapping[str, str], target: Target) -> dict[str, str]:
    """Subscribe's attributes, checked together. Raises InvalidAttribute."""
    attributes: dict[str, str] = {}
    # The scope says how the policy is to be read, so it goes first.
    for name in sorted(given, key=lambda name: name != "FilterPolicyScope"):
        if name not in _CHECKS:
            raise InvalidAttribute(f"Unknown attribute: {name}")
        attributes = changed_attributes(attributes, name, given[name], target)
    if target.protocol == "firehose" and "SubscriptionRoleArn" not in attributes:
        raise InvalidAttribute("SubscriptionRoleArn: must be specified for the protocol firehose")
    return attributes


def changed_attributes(attributes: Mapping[str, str], name: str, value: str | None, target: Target) -> dict[str, str]:
    """A subscription's attributes after one is set; an empty value, or a filter policy of {}, takes it away."""
    check = _CHECKS.get(name)
    if check is None:
        raise InvalidAttribute("AttributeName")
    if name in _POLICIES and (not value or _is_empty_object(value)):
        return {key: kept for key, kept in attributes.items() if key != name}
    changed = {**attributes, name: value or ""}
    check(changed, target)
    if name == "RawMessageDelivery":
        changed[name] = changed[name].lower()
    return changed


def shown_attributes(
    attributes: Mapping[str, str], topic_attributes: Mapping[str, str], protocol: str
) -> dict[str, str]:
    """The settable attributes as GetSubscriptionAttributes shows them."""
    shown = {"RawMessageDelivery": "false", **attributes}
    for internal in ("ReplayId", "ReplayIsOpen"):
        shown.pop(internal, None)
    if "FilterPolicy" in attributes:
        shown.setdefault("FilterPolicyScope", MESSAGE_ATTRIBUTES)
    else:
        shown.pop("FilterPolicyScope", None)
    if "DeliveryPolicy" in attributes:
        shown["DeliveryPolicy"] = shown_subscription_policy(attributes["DeliveryPolicy"])
    if protocol in HTTP_PROTOCOLS:
        policy = effective_delivery_policy(topic_attributes.get("DeliveryPolicy"), attributes.get("DeliveryPolicy"))
        shown["EffectiveDeliveryPolicy"] = orjson.dumps(policy.subscription_document()).decode("utf-8")
    return shown


def value_of(attributes: Mapping[str, str], name: str) -> str:
    """The attribute's value, or the one it has where none was set."""
    return attributes.get(name) or _DEFAULTS.get(name, "")


def replay_policy(source: str) -> ReplayPolicy:
    """A ReplayPolicy's JSON. Raises InvalidAttribute."""
    document = _object("ReplayPolicy", source)
    if document.get("PointType") != "Timestamp" or "StartingPoint" not in document:
        raise InvalidAttribute("ReplayPolicy: PointType must be Timestamp and StartingPoint must be specified")
    for name in document:
        if name not in ("PointType", "StartingPoint", "EndingPoint"):
            raise InvalidAttribute(f"ReplayPolicy: invalid JSON. Attribute {name} is unknown.")
    start = _moment(document["StartingPoint"], "StartingPoint")
    end = _moment(document["EndingPoint"], "EndingPoint") if document.get("EndingPoint") else None
    if end is not None and end <= start:
        raise InvalidAttribute("ReplayPolicy: EndingPoint must be later than StartingPoint")
    return ReplayPolicy(start, end)


def _moment(value: Any, name: str) -> float:
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError as error:
        raise InvalidAttribute(f"ReplayPolicy: {name} is not a valid timestamp") from error
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def _is_empty_object(value: str) -> bool:
    return value.replace(" ", "") == "{}"


def _object(name: str, source: str) -> dict[str, Any]:
    try:
        return parse_object(source)
    except JsonError as error:
        raise InvalidAttribute(f"{name}: failed to parse JSON. {error}") from error


def _check_filter_policy(attributes: Mapping[str, str], target: Target) -> None:
    source = attributes.get("FilterPolicy")
    if source is None:
        return
    try:
        compile_filter_policy(source, attributes.get("FilterPolicyScope", MESSAGE_ATTRIBUTES))
    except NestedFilterPolicyError as error:
        raise InvalidAttribute(str(error)) from error
    except FilterPolicyError as error:
        raise InvalidAttribute(f"FilterPolicy: {error}") from error


def _check_filter_policy_scope(attributes: Mapping[str, str], target: Target) -> None:
    scope = attributes["FilterPolicyScope"]
    if scope not in SCOPES:
        raise InvalidAttribute(
            f"FilterPolicyScope: Invalid value [{scope}]. Please use either MessageBody or MessageAttributes"
        )
    _check_filter_policy(attributes, target)


def _check_raw_message_delivery(attributes: Mapping[str, str], target: Target) -> None:
    value = attributes["RawMessageDelivery"]
    if value.lower() not in ("true", "false"):
        raise InvalidAttribute(f"RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
    # AWS refuses "false" too, which is what such a subscription has anyway.
    if target.protocol not in RAW_PROTOCOLS:
        raise InvalidAttribute(f"Delivery protocol [{target.protocol}] does not support raw message delivery.")


def _check_delivery_policy(attributes: Mapping[str, str], target: Target) -> None:
    try:
        effective_delivery_policy(None, attributes["DeliveryPolicy"])
    except DeliveryPolicyError as error:
        raise InvalidAttribute(f"DeliveryPolicy: {error}") from error


def _check_redrive_policy(attributes: Mapping[str, str], target: Target) -> None:
    document = _object("RedrivePolicy", attributes["RedrivePolicy"])
    for name in document:
        if name != "deadLetterTargetArn":
            raise InvalidAttribute(f"RedrivePolicy: invalid JSON. Attribute {name} is unknown.")
    target_arn = str(document.get("deadLetterTargetArn", ""))
    arn = parse_arn(target_arn)
    if arn is None or not is_queue_arn(target_arn):
        raise InvalidAttribute("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if (arn.region, arn.account_id) != (target.region, target.account_id):
        raise InvalidAttribute(
            "RedrivePolicy: deadLetterTargetArn must be in the same account and region as the subscription"
        )
    if target.is_fifo_topic and target.endpoint.endswith(".fifo") != arn.resource.endswith(".fifo"):
        raise InvalidAttribute("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")
    if not target.is_fifo_topic and arn.resource.endswith(".fifo"):
        raise InvalidAttribute("RedrivePolicy: FIFO queues can not be used as DLQ of a standard topic's subscription")


def _check_subscription_role(attributes: Mapping[str, str], target: Target) -> None:
    arn = parse_arn(attributes["SubscriptionRoleArn"])
    if target.protocol != "firehose":
        raise InvalidAttribute(f"SubscriptionRoleArn: not supported for the protocol {target.protocol}")
    if arn is None or arn.service != "iam" or not arn.resource.startswith("role/"):
        raise InvalidAttribute("SubscriptionRoleArn: is an invalid arn")


def _check_replay_policy(attributes: Mapping[str, str], target: Target) -> None:
    if not target.is_fifo_topic:
        raise InvalidAttribute("ReplayPolicy: only subscriptions of FIFO topics can replay")
    replay_policy(attributes["ReplayPolicy"])


_CHECKS: Mapping[str, Callable[[Mapping[str, str], Target], None]] = MappingProxyType(
    {
        "FilterPolicyScope": _check_filter_policy_scope,
        "FilterPolicy": _check_filter_policy,
        "RawMessageDelivery": _check_raw_message_delivery,
        "DeliveryPolicy": _check_delivery_policy,
        "RedrivePolicy": _check_redrive_policy,
        "SubscriptionRoleArn": _check_subscription_role,
        "ReplayPolicy": _check_replay_policy,
    }
)
