"""Every example of AWS's pages on filter policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.sns.filter_policy import (
    MESSAGE_ATTRIBUTES,
    MESSAGE_BODY,
    attribute_values,
    body_values,
    compile_filter_policy,
)

RUGBY = {"customer_interests": ["rugby", "tennis"]}
ANYTHING_BUT = {"customer_interests": [{"anything-but": ["rugby", "tennis"]}]}
NOT_ORDERS = {"event": [{"anything-but": {"prefix": "order-"}}]}
IGNORING_CASE = {"customer_interests": [{"equals-ignore-case": "tennis"}]}
NETWORK = {"source_ip": [{"cidr": "10.0.0.0/24"}]}
PREFIX = {"customer_interests": [{"prefix": "bas"}]}
SUFFIX = {"customer_interests": [{"suffix": "ball"}]}
PRICE = {"price_usd": [{"numeric": ["=", 301.5]}]}
ANY_OTHER_PRICE = {"price": [{"anything-but": [100, 500]}]}
NEGATIVE = {"price_usd": [{"numeric": ["<", 0]}]}
UP_TO_150 = {"price_usd": [{"numeric": [">", 0, "<=", 150]}]}
STORE = {"store": [{"exists": True}]}
NO_STORE = {"store": [{"exists": False}]}
AND = {"customer_interests": ["rugby"], "price_usd": [{"numeric": [">", 100]}]}
OR = {"customer_interests": ["rugby", "football", "baseball"]}
STANDARD_OR = {
    "source": ["aws.cloudwatch"],
    "$or": [{"metricName": ["CPUUtilization"]}, {"namespace": ["AWS/EC2"]}],
}
OR_WITH_AND = {
    "source": ["aws.cloudwatch"],
    "$or": [
        {"metricName": ["CPUUtilization", "ReadLatency"]},
        {"metricType": ["MetricType"], "$or": [{"metricId": [1234, 4321]}, {"spaceId": ["space"]}]},
    ],
}
ACCEPTS = {
    "store": ["example_corp"],
    "event": [{"anything-but": "order_cancelled"}],
    "customer_interests": ["rugby", "football", "baseball"],
    "price_usd": [{"numeric": [">=", 100]}],
}
REJECTS = {
    "store": ["example_corp"],
    "event": ["order_cancelled"],
    "encrypted": [False],
    "customer_interests": ["basketball", "baseball"],
}
TRANSACTION = {
    "customer_interests": ["soccer", "rugby", "hockey"],
    "store": "example_corp",
    "event": "order_placed",
    "price_usd": 210.75,
}

EXAMPLES: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    (ACCEPTS, TRANSACTION, True),
    (REJECTS, TRANSACTION, False),
    (RUGBY, {"customer_interests": "rugby"}, True),
    (RUGBY, {"customer_interests": "tennis"}, True),
    (RUGBY, {"customer_interests": ["rugby", "tennis"]}, True),
    (RUGBY, {"customer_interests": "baseball"}, False),
    (RUGBY, {"customer_interests": ["baseball"]}, False),
    (ANYTHING_BUT, {"customer_interests": "baseball"}, True),
    (ANYTHING_BUT, {"customer_interests": "football"}, True),
    (ANYTHING_BUT, {"customer_interests": ["rugby", "baseball"]}, True),
    (ANYTHING_BUT, {"customer_interests": "rugby"}, False),
    (ANYTHING_BUT, {"customer_interests": ["rugby"]}, False),
    (NOT_ORDERS, {"event": "data-entry"}, True),
    (NOT_ORDERS, {"event": "order_number"}, True),
    (NOT_ORDERS, {"event": "order-cancelled"}, False),
    (IGNORING_CASE, {"customer_interests": "TENNIS"}, True),
    (IGNORING_CASE, {"customer_interests": "Tennis"}, True),
    (IGNORING_CASE, {"customer_interests": "baseball"}, False),
    (NETWORK, {"source_ip": "10.0.0.0"}, True),
    (NETWORK, {"source_ip": "10.0.0.255"}, True),
    (NETWORK, {"source_ip": "10.1.1.0"}, False),
    (PREFIX, {"customer_interests": "baseball"}, True),
    (PREFIX, {"customer_interests": "basketball"}, True),
    (PREFIX, {"customer_interests": "rugby"}, False),
    (SUFFIX, {"customer_interests": "baseball"}, True),
    (SUFFIX, {"customer_interests": "basketball"}, True),
    (SUFFIX, {"customer_interests": "rugby"}, False),
    (PRICE, {"price_usd": 301.5}, True),
    (PRICE, {"price_usd": 3.015e2}, True),
    (PRICE, {"price_usd": 301.4}, False),
    (ANY_OTHER_PRICE, {"price": 101}, True),
    (ANY_OTHER_PRICE, {"price": 100.1}, True),
    (ANY_OTHER_PRICE, {"price": [100, 50]}, True),
    (ANY_OTHER_PRICE, {"price": 100}, False),
    (NEGATIVE, {"price_usd": -1}, True),
    (NEGATIVE, {"price_usd": 0}, False),
    (UP_TO_150, {"price_usd": 150}, True),
    (UP_TO_150, {"price_usd": 0}, False),
    (UP_TO_150, {"price_usd": 150.01}, False),
    (STORE, {"store": "fans", "customer_interests": ["baseball", "basketball"]}, True),
    (STORE, {"customer_interests": ["baseball", "basketball"]}, False),
    (NO_STORE, {"store": "fans", "customer_interests": ["baseball", "basketball"]}, False),
    (NO_STORE, {"customer_interests": ["baseball", "basketball"]}, True),
    (NO_STORE, {}, False),
    (AND, {"customer_interests": "rugby", "price_usd": 101}, True),
    (AND, {"customer_interests": "rugby", "price_usd": 100}, False),
    (AND, {"price_usd": 101}, False),
    (OR, {"customer_interests": "football"}, True),
    (OR, {"customer_interests": "cricket"}, False),
    (STANDARD_OR, {"source": "aws.cloudwatch", "metricName": "CPUUtilization"}, True),
    (STANDARD_OR, {"source": "aws.cloudwatch", "namespace": "AWS/EC2"}, True),
    (STANDARD_OR, {"source": "aws.cloudwatch"}, False),
    (STANDARD_OR, {"metricName": "CPUUtilization", "namespace": "AWS/EC2"}, False),
    (OR_WITH_AND, {"source": "aws.cloudwatch", "metricName": "ReadLatency"}, True),
    (OR_WITH_AND, {"source": "aws.cloudwatch", "metricType": "MetricType", "metricId": 1234}, True),
    (OR_WITH_AND, {"source": "aws.cloudwatch", "metricType": "MetricType", "spaceId": "space"}, True),
    (OR_WITH_AND, {"source": "aws.cloudwatch", "metricType": "MetricType"}, False),
]


def as_attributes(message: dict[str, Any]) -> dict[str, Any]:
    """The message attributes that hold what the body holds."""
    attributes: dict[str, Any] = {}
    for name, value in message.items():
        if isinstance(value, list):
            attributes[name] = {"DataType": "String.Array", "StringValue": json.dumps(value)}
        elif isinstance(value, str):
            attributes[name] = {"DataType": "String", "StringValue": value}
        else:
            attributes[name] = {"DataType": "Number", "StringValue": repr(value)}
    return attributes


@pytest.mark.parametrize(("policy", "message", "accepted"), EXAMPLES)
def test_example(policy: dict[str, Any], message: dict[str, Any], accepted: bool) -> None:
    source = json.dumps(policy)
    body = body_values(json.dumps(message))
    assert compile_filter_policy(source, MESSAGE_BODY).accepts(body) is accepted
    attributes = attribute_values(as_attributes(message))
    assert compile_filter_policy(source, MESSAGE_ATTRIBUTES).accepts(attributes) is accepted


def test_a_nested_policy() -> None:
    policy = {"key_a": {"key_b": {"key_c": ["value_one"]}}, "key_d": {"key_e": [{"exists": False}]}}
    compiled = compile_filter_policy(json.dumps(policy), MESSAGE_BODY)
    assert compiled.accepts({"key_a": {"key_b": {"key_c": "value_one"}}})
    assert not compiled.accepts({"key_a": {"key_b": {"key_c": "value_two"}}})
    assert not compiled.accepts({"key_a": {"key_b": {"key_c": "value_one"}}, "key_d": {"key_e": 1}})
    assert not compiled.accepts({"key_a": {"key_b": "value_one"}})


def test_a_nested_policy_holds_in_one_element_of_a_list() -> None:
    policy = json.dumps({"people": {"first": ["Ada"], "last": ["Byron"]}})
    compiled = compile_filter_policy(policy, MESSAGE_BODY)
    assert compiled.accepts({"people": [{"first": "Bob", "last": "B"}, {"first": "Ada", "last": "Byron"}]})
    assert not compiled.accepts({"people": [{"first": "Ada", "last": "B"}, {"first": "Bob", "last": "Byron"}]})


@pytest.mark.parametrize("body", ["", "no JSON", "[]", '["a"]', "1", "null", '"a"'])
def test_a_body_that_is_no_object_matches_nothing(body: str) -> None:
    compiled = compile_filter_policy('{"a": [{"exists": false}]}', MESSAGE_BODY)
    assert not compiled.accepts(body_values(body))


@pytest.mark.parametrize(
    ("policy", "body", "accepted"),
    [
        ({"object.nested": ["x"]}, {"object": {"nested": "x"}}, True),
        ({"object.nested": ["x"]}, {"object.nested": "x"}, True),
        ({"object.nested": ["x"]}, {"object": {"nested": "y"}}, False),
        ({"object.nested": ["x"]}, {"object": [{"nested": "y"}, {"nested": ["x"]}]}, True),
        ({"object": {"a.b": ["x"]}}, {"object": {"a": {"b": "x"}}}, True),
        ({"object": {"a": {"b": ["x"]}}}, {"object.a": {"b": "x"}, "object": {"c": "y"}}, True),
        ({"object.nested": [{"exists": False}]}, {"object": {"nested": "x"}}, False),
        ({"object.nested": [{"exists": False}]}, {"object": {"other": "x.y"}}, True),
    ],
)
def test_a_dotted_name_is_a_path(policy: dict[str, Any], body: dict[str, Any], accepted: bool) -> None:
    compiled = compile_filter_policy(json.dumps(policy), MESSAGE_BODY)
    assert compiled.accepts(body_values(json.dumps(body))) is accepted


def test_an_attributes_name_may_have_dots() -> None:
    compiled = compile_filter_policy('{"a.b": ["x"]}', MESSAGE_ATTRIBUTES)
    assert compiled.accepts(attribute_values({"a.b": {"DataType": "String", "StringValue": "x"}}))


@pytest.mark.parametrize(
    ("condition", "price", "accepted"),
    [
        (123.456789, "123.4567891", True),
        (123.456789, "123.45678", False),
        (0.3, "0.30000000000000004", True),
        ({"numeric": ["=", 0.29]}, "0.2900000001", True),
        ({"numeric": ["<", 0.29]}, "0.2899999", True),
        ({"numeric": ["<", 0.29]}, "0.2900000", False),
        ({"numeric": [">", -1.5]}, "-1.4999999", True),
        ({"anything-but": [1.000001]}, "1.0000012", False),
        (1, "1e300", False),
        ({"numeric": [">", 1]}, "9" * 400, True),
    ],
)
def test_numbers_count_to_the_sixth_decimal_place(condition: Any, price: str, accepted: bool) -> None:
    compiled = compile_filter_policy(json.dumps({"price": [condition]}), MESSAGE_ATTRIBUTES)
    values = attribute_values({"price": {"DataType": "Number", "StringValue": price}})
    assert compiled.accepts(values) is accepted
