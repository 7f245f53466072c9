"""How deliveries are retried: the four phases and the back-off functions AWS documents.

In: a DeliveryPolicy's JSON of a topic or subscription. Out: the effective policy, and the delay before each retry.
Raised: InvalidParameter with AWS's text.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import orjson

from awskit.bounds.text_cache import text_cache
from services.sns.policy_json import JsonError, parse_object

BackoffFunction = Literal["linear", "arithmetic", "geometric", "exponential"]

MAX_TOTAL_SECONDS = 3600
_LONGEST_KEPT = 4096
DEFAULT_CONTENT_TYPE = "text/plain; charset=UTF-8"

_COUNTS = ("numRetries", "numNoDelayRetries", "numMinDelayRetries", "numMaxDelayRetries")
_FUNCTIONS = ("linear", "arithmetic", "geometric", "exponential")
_RETRY_KEYS = frozenset(["minDelayTarget", "maxDelayTarget", "backoffFunction", *_COUNTS])
_SUBSCRIPTION_MEMBERS = ("healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy")
_SUBSCRIPTION_KEYS = frozenset([*_SUBSCRIPTION_MEMBERS, "guaranteed"])
_TOPIC_KEYS = frozenset(
    [
        *("defaultHealthyRetryPolicy", "defaultSicklyRetryPolicy", "defaultThrottlePolicy", "defaultRequestPolicy"),
        "disableSubscriptionOverrides",
    ]
)
_CONTENT_TYPES = frozenset(
    [
        *("application/atom+xml", "application/json", "application/octet-stream", "application/soap+xml"),
        *("application/x-www-form-urlencoded", "application/xhtml+xml", "application/xml", "text/css", "text/csv"),
        *("text/html", "text/plain", "text/xml"),
    ]
)


class DeliveryPolicyError(ValueError):
    """A policy AWS would not take; the text is AWS's, after `Invalid parameter: DeliveryPolicy: `."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds and counts, by AWS's names."""

    min_delay_target: int = 20
    max_delay_target: int = 20
    num_retries: int = 3
    num_max_delay_retries: int = 0
    num_no_delay_retries: int = 0
    num_min_delay_retries: int = 0
    backoff_function: BackoffFunction = "linear"

    def document(self) -> dict[str, Any]:
        """As GetTopicAttributes and GetSubscriptionAttributes show it."""
        return {
            "minDelayTarget": self.min_delay_target,
            "maxDelayTarget": self.max_delay_target,
            "numRetries": self.num_retries,
            "numMaxDelayRetries": self.num_max_delay_retries,
            "numNoDelayRetries": self.num_no_delay_retries,
            "numMinDelayRetries": self.num_min_delay_retries,
            "backoffFunction": self.backoff_function,
        }

    def delay(self, retry: int) -> float | None:
        """Seconds to wait before retry number `retry` (from 1); None where the policy is exhausted."""
        if retry > self.num_retries:
            return None
        before_backoff = self.num_no_delay_retries + self.num_min_delay_retries
        in_backoff = max(self.num_retries - before_backoff - self.num_max_delay_retries, 0)
        if retry <= self.num_no_delay_retries:
            return 0.0
        if retry <= before_backoff:
            return float(self.min_delay_target)
        if retry <= before_backoff + in_backoff:
            return self._backoff(retry - before_backoff, in_backoff)
        return float(self.max_delay_target)

    def _backoff(self, step: int, steps: int) -> float:
        """The delay of the `step`th of `steps` retries: from the minimum at the first to the maximum at the last."""
        low: float = self.min_delay_target
        high: float = self.max_delay_target
        if steps <= 1 or low == high:
            return low
        progress = (step - 1) / (steps - 1)
        match self.backoff_function:
            case "linear":
                return low + (high - low) * progress
            case "arithmetic":
                # The differences grow evenly: 1, 2, 3, ... of the sum of all.
                return low + (high - low) * (step - 1) * step / ((steps - 1) * steps)
            case "geometric":
                # Each delay is the one before times the same factor.
                return low * float((high / low) ** progress)
            case "exponential":
                # The differences double.
                return low + (high - low) * ((1 << (step - 1)) - 1) / ((1 << (steps - 1)) - 1)


AWS_MANAGED = RetryPolicy(1, 20, 100_015, 100_000, 3, 2, "exponential")
"""Amazon SQS, Lambda, Firehose."""

CUSTOMER_MANAGED = RetryPolicy(10, 600, 50, 38, 0, 2, "exponential")
"""SMTP, SMS, mobile push."""

DEFAULT_HTTP = RetryPolicy()


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """What counts for one HTTP/S subscription."""

    retry: RetryPolicy = DEFAULT_HTTP
    max_receives_per_second: int | None = None
    content_type: str = DEFAULT_CONTENT_TYPE
    disable_subscription_overrides: bool = False

    def subscription_document(self) -> dict[str, Any]:
        """EffectiveDeliveryPolicy of a subscription."""
        throttle = {"maxReceivesPerSecond": self.max_receives_per_second} if self.max_receives_per_second else None
        return {
            "healthyRetryPolicy": self.retry.document(),
            "sicklyRetryPolicy": None,
            "throttlePolicy": throttle,
            "requestPolicy": {"headerContentType": self.content_type},
            "guaranteed": False,
        }

    def topic_document(self) -> dict[str, Any]:
        """EffectiveDeliveryPolicy of a topic."""
        document: dict[str, Any] = {
            "defaultHealthyRetryPolicy": self.retry.document(),
            "disableSubscriptionOverrides": self.disable_subscription_overrides,
        }
        if self.max_receives_per_second:
            document["defaultThrottlePolicy"] = {"maxReceivesPerSecond": self.max_receives_per_second}
        document["defaultRequestPolicy"] = {"headerContentType": self.content_type}
        return {"http": document}


@text_cache(1024, 2048, long_ones=64, longest_of_all=65_536)
def topic_delivery_policy(source: str | None) -> DeliveryPolicy:
    """A topic's DeliveryPolicy, validated. Raises DeliveryPolicyError."""
    if not source:
        return DeliveryPolicy()
    document = _object(source)
    _known(document, frozenset(["http"]), "")
    http = document.get("http") or {}
    if not isinstance(http, dict):
        raise DeliveryPolicyError("http must be a JSON object")
    _known(http, _TOPIC_KEYS, "http.")
    disabled = http.get("disableSubscriptionOverrides", False)
    if not isinstance(disabled, bool):
        raise DeliveryPolicyError("http.disableSubscriptionOverrides must be a boolean")
    return DeliveryPolicy(
        _retry_policy(http.get("defaultHealthyRetryPolicy"), "http.defaultHealthyRetryPolicy"),
        _throttle(http.get("defaultThrottlePolicy"), "http.defaultThrottlePolicy"),
        _content_type(http.get("defaultRequestPolicy"), "http.defaultRequestPolicy"),
        disabled,
    )


def effective_delivery_policy(topic_source: str | None, subscription_source: str | None) -> DeliveryPolicy:
    """What a subscription's deliveries follow: its own policy over its topic's. Raises DeliveryPolicyError."""
    if len(topic_source or "") + len(subscription_source or "") <= _LONGEST_KEPT:
        return _kept_delivery_policy(topic_source, subscription_source)
    return _delivery_policy(topic_source, subscription_source)


def _delivery_policy(topic_source: str | None, subscription_source: str | None) -> DeliveryPolicy:
    topic = topic_delivery_policy(topic_source)
    if not subscription_source:
        return topic
    document = _object(subscription_source)
    _known(document, _SUBSCRIPTION_KEYS, "")
    retry, throttle, request = (
        document.get(name) for name in ("healthyRetryPolicy", "throttlePolicy", "requestPolicy")
    )
    own = DeliveryPolicy(
        _retry_policy(retry, "healthyRetryPolicy") if retry is not None else topic.retry,
        _throttle(throttle, "throttlePolicy") if throttle is not None else topic.max_receives_per_second,
        _content_type(request, "requestPolicy") if request is not None else topic.content_type,
    )
    return topic if topic.disable_subscription_overrides else own


_kept_delivery_policy = lru_cache(maxsize=4096)(_delivery_policy)


def shown_topic_policy(source: str) -> str:
    """A topic's DeliveryPolicy as GetTopicAttributes shows it: without what is null, with what else is decided."""
    http = parse_object(source).get("http") or {}
    shown = {"disableSubscriptionOverrides": False, **_without_null(http)}
    return orjson.dumps({"http": shown}).decode("utf-8")


def shown_subscription_policy(source: str) -> str:
    """A subscription's DeliveryPolicy as GetSubscriptionAttributes shows it: with every member that it may have."""
    given = {name: _without_null(value) for name, value in parse_object(source).items()}
    shown = {**dict.fromkeys(_SUBSCRIPTION_MEMBERS), "guaranteed": False, **given}
    return orjson.dumps(shown).decode("utf-8")


def _without_null(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without_null(inner) for name, inner in value.items() if inner is not None}


def _object(source: str) -> dict[str, Any]:
    try:
        return parse_object(source)
    except JsonError as error:
        raise DeliveryPolicyError(f"failed to parse JSON. {error}") from error


def _known(document: Mapping[str, Any], names: frozenset[str], prefix: str) -> None:
    for name in document:
        if name not in names:
            raise DeliveryPolicyError(f"Unexpected JSON member: {prefix}{name}")


def _retry_policy(document: Any, name: str) -> RetryPolicy:
    if document is None:
        return DEFAULT_HTTP
    if not isinstance(document, dict):
        raise DeliveryPolicyError(f"{name} must be a JSON object")
    _known(document, _RETRY_KEYS, f"{name}.")
    for required in ("minDelayTarget", "maxDelayTarget", "numRetries"):
        if document.get(required) is None:
            raise DeliveryPolicyError(f"{name}.{required} must be specified")
    low = _number(document, "minDelayTarget", name, 1, 3600, 20)
    high = _number(document, "maxDelayTarget", name, 1, 3600, 20)
    if high < low:
        raise DeliveryPolicyError(f"{name}.maxDelayTarget must be greater than or equal to minDelayTarget")
    retries = _number(document, "numRetries", name, 0, 100, 3)
    none, least, most = (_number(document, count, name, 0, 100, 0) for count in _COUNTS[1:])
    if none + least + most > retries:
        raise DeliveryPolicyError(
            f"{name}.numRetries must be greater than or equal to the sum of numMinDelayRetries, numNoDelayRetries and "
            "numMaxDelayRetries"
        )
    function = document.get("backoffFunction", "linear")
    if function not in _FUNCTIONS:
        raise DeliveryPolicyError(f"{name}.backoffFunction must be one of [{', '.join(_FUNCTIONS)}]")
    policy = RetryPolicy(low, high, retries, most, none, least, function)
    if sum(policy.delay(retry) or 0.0 for retry in range(1, retries + 1)) > MAX_TOTAL_SECONDS:
        raise DeliveryPolicyError(f"{name}: the total delay must not exceed {MAX_TOTAL_SECONDS} seconds")
    return policy


def _number(document: Mapping[str, Any], key: str, name: str, low: int, high: int, default: int) -> int:
    value = document.get(key)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool):
        raise DeliveryPolicyError(f"{name}.{key} must be an integer")
    if value < low:
        raise DeliveryPolicyError(f"{name}.{key} must be greater than or equal to {low}")
    if value > high:
        raise DeliveryPolicyError(f"{name}.{key} must be less than or equal to {high}")
    return value


def _throttle(document: Any, name: str) -> int | None:
    if document is None:
        return None
    if not isinstance(document, dict):
        raise DeliveryPolicyError(f"{name} must be a JSON object")
    _known(document, frozenset(["maxReceivesPerSecond"]), f"{name}.")
    if document.get("maxReceivesPerSecond") is None:
        return None
    return _number(document, "maxReceivesPerSecond", name, 1, 1_000_000, 1)


def _content_type(document: Any, name: str) -> str:
    if document is None:
        return DEFAULT_CONTENT_TYPE
    if not isinstance(document, dict):
        raise DeliveryPolicyError(f"{name} must be a JSON object")
    _known(document, frozenset(["headerContentType"]), f"{name}.")
    value = document.get("headerContentType") or DEFAULT_CONTENT_TYPE
    if not isinstance(value, str) or value.split(";")[0].strip().lower() not in _CONTENT_TYPES:
        raise DeliveryPolicyError(f"{name}.headerContentType is not supported")
    return value
