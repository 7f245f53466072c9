"""Delivery policies: phases, back-off functions, validation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.sns.delivery.delivery_policy import (
    AWS_MANAGED,
    DeliveryPolicyError,
    RetryPolicy,
    effective_delivery_policy,
    topic_delivery_policy,
)


def delays(policy: RetryPolicy) -> list[float]:
    found: list[float] = []
    while (delay := policy.delay(len(found) + 1)) is not None:
        found.append(delay)
    return found


def retry_policy(**given: Any) -> dict[str, Any]:
    return {"minDelayTarget": 1, "maxDelayTarget": 60, "numRetries": 10, **given}


def test_the_default_is_three_retries_twenty_seconds_apart() -> None:
    assert delays(topic_delivery_policy(None).retry) == [20, 20, 20]


def test_the_phases_of_the_documented_example() -> None:
    source = json.dumps(
        {
            "healthyRetryPolicy": retry_policy(
                numRetries=50,
                numNoDelayRetries=3,
                numMinDelayRetries=2,
                numMaxDelayRetries=35,
                backoffFunction="exponential",
            ),
            "sicklyRetryPolicy": None,
            "throttlePolicy": {"maxReceivesPerSecond": 10},
            "guaranteed": False,
        }
    )
    policy = effective_delivery_policy(None, source)
    found = delays(policy.retry)
    assert len(found) == 50
    assert found[:5] == [0, 0, 0, 1, 1]
    assert (found[5], found[14]) == (1, 60)
    assert found[5:15] == sorted(found[5:15])
    assert found[15:] == [60] * 35
    assert policy.max_receives_per_second == 10


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("linear", [5, 90, 175, 260]),
        ("arithmetic", [5, 47.5, 132.5, 260]),
        ("geometric", [5, 18.66, 69.65, 260]),
        ("exponential", [5, 41.43, 114.29, 260]),
    ],
)
def test_back_off_functions_go_from_the_minimum_to_the_maximum(function: Any, expected: list[float]) -> None:
    policy = RetryPolicy(5, 260, 4, backoff_function=function)
    assert delays(policy) == pytest.approx(expected, abs=0.01)


def test_queues_are_tried_for_23_days() -> None:
    found = delays(AWS_MANAGED)
    assert found[:6] == [0, 0, 0, 1, 1, 1]
    assert (len(found), found[14]) == (100_015, 20)
    assert sum(found) / 86_400 == pytest.approx(23, abs=0.2)


def test_a_topics_policy_holds_for_its_subscriptions_unless_they_have_their_own() -> None:
    http = {"defaultHealthyRetryPolicy": retry_policy(numRetries=1)}
    own = json.dumps({"healthyRetryPolicy": retry_policy(numRetries=2)})
    topic = json.dumps({"http": http})
    assert effective_delivery_policy(topic, None).retry.num_retries == 1
    assert effective_delivery_policy(topic, own).retry.num_retries == 2
    strict = json.dumps({"http": {**http, "disableSubscriptionOverrides": True}})
    assert effective_delivery_policy(strict, own).retry.num_retries == 1


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"minDelayTarget": None}, "healthyRetryPolicy.minDelayTarget must be specified"),
        ({"maxDelayTarget": None}, "healthyRetryPolicy.maxDelayTarget must be specified"),
        ({"minDelayTarget": 0}, "healthyRetryPolicy.minDelayTarget must be greater than or equal to 1"),
        ({"maxDelayTarget": 3601}, "healthyRetryPolicy.maxDelayTarget must be less than or equal to 3600"),
        ({"minDelayTarget": 61}, "healthyRetryPolicy.maxDelayTarget must be greater than or equal to minDelayTarget"),
        ({"numRetries": 101}, "healthyRetryPolicy.numRetries must be less than or equal to 100"),
        ({"numRetries": "1"}, "healthyRetryPolicy.numRetries must be an integer"),
        ({"numNoDelayRetries": 11}, "healthyRetryPolicy.numRetries must be greater than or equal to the sum"),
        ({"backoffFunction": "random"}, "healthyRetryPolicy.backoffFunction must be one of"),
        ({"colour": 1}, "Unexpected JSON member: healthyRetryPolicy.colour"),
        ({"numRetries": 100, "minDelayTarget": 60}, "healthyRetryPolicy: the total delay must not exceed 3600 seconds"),
    ],
)
def test_policies_that_are_refused(policy: dict[str, Any], message: str) -> None:
    with pytest.raises(DeliveryPolicyError) as caught:
        effective_delivery_policy(None, json.dumps({"healthyRetryPolicy": retry_policy(**policy)}))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("source", ["{", "[]", '{"http": 1}', '{"https": {}}'])
def test_what_is_no_topics_policy(source: str) -> None:
    with pytest.raises(DeliveryPolicyError):
        topic_delivery_policy(source)
