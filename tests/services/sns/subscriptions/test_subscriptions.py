"""Subscriptions: subscribe, confirm, list, attributes, unsubscribe."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from tests.processes import Running
from tests.services.sns.conftest import Queue

Make = Callable[..., Any]
Refused = Callable[..., str]


def attributes_of(sns_client: Any, subscription: str) -> dict[str, str]:
    attributes: dict[str, str] = sns_client.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    return attributes


def token_of(fleet: Running, subscription: str) -> str:
    token: str = fleet.get(f"/_aws/sns/subscription-tokens/{subscription}")["subscription_token"]
    return token


def test_a_queue_is_subscribed_at_once(sns_client: Any, make_topic: Make, make_queue: Make) -> None:
    topic, queue = make_topic(), make_queue()
    arn = sns_client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)["SubscriptionArn"]
    assert arn.startswith(topic + ":")
    assert attributes_of(sns_client, arn) == {
        "SubscriptionArn": arn,
        "TopicArn": topic,
        "Owner": "000000000000",
        "Protocol": "sqs",
        "Endpoint": queue.arn,
        "RawMessageDelivery": "false",
        "PendingConfirmation": "false",
        "ConfirmationWasAuthenticated": "true",
        "SubscriptionPrincipal": "arn:aws:iam::000000000000:root",
    }
    assert sns_client.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"] == "1"


def test_a_queues_url_is_no_endpoint(make_topic: Make, make_queue: Make, refused: Refused) -> None:
    assert refused("subscribe", TopicArn=make_topic(), Protocol="sqs", Endpoint=make_queue().url) == (
        "InvalidParameter: Invalid parameter: SQS endpoint ARN"
    )


def test_a_queues_subscription_takes_a_delivery_policy(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    retries = {"minDelayTarget": 5, "maxDelayTarget": 6, "numRetries": 1}
    subscription = subscribe(
        make_topic(), make_queue(), DeliveryPolicy=json.dumps({"healthyRetryPolicy": retries, "throttlePolicy": None})
    )
    shown = json.loads(attributes_of(sns_client, subscription)["DeliveryPolicy"])
    assert shown == {
        "healthyRetryPolicy": retries,
        "sicklyRetryPolicy": None,
        "throttlePolicy": None,
        "requestPolicy": None,
        "guaranteed": False,
    }


def test_a_protocol_is_written_in_any_case(sns_client: Any, make_topic: Make, unique_name: str) -> None:
    topic = make_topic()
    subscription = sns_client.subscribe(
        TopicArn=topic, Protocol="EMail", Endpoint=f"{unique_name}@example.com", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    assert attributes_of(sns_client, subscription)["Protocol"] == "email"
    assert sns_client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["Protocol"] == "email"


def test_subscribing_again_answers_the_same_subscription(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make, refused: Refused
) -> None:
    topic, queue = make_topic(), make_queue()
    first = subscribe(topic, queue, RawMessageDelivery="true")
    assert subscribe(topic, queue) == first
    assert subscribe(topic, queue, RawMessageDelivery="true") == first
    other = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue.arn, "Attributes": {"RawMessageDelivery": "false"}}
    assert refused("subscribe", **other) == (
        "InvalidParameter: Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    )


@pytest.mark.parametrize(
    ("protocol", "endpoint", "reason"),
    [
        ("pigeon", "loft", "Amazon SNS does not support this protocol string: pigeon"),
        ("sqs", "queue", "SQS endpoint ARN"),
        ("sqs", "arn:aws:sns:us-east-1:000000000000:name", "SQS endpoint ARN"),
        (
            "sqs",
            "arn:aws:sqs:us-east-1:000000000000:name.fifo",
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
        ("http", "https://example.com", "Endpoint must match the specified protocol"),
        ("https", "http://example.com", "Endpoint must match the specified protocol"),
        ("http", "http://a:99999/", "Endpoint"),
        ("http", "http://[::1", "Endpoint"),
        ("email", "nobody", "Email address"),
        ("lambda", "arn:aws:sqs:us-east-1:000000000000:name", "Lambda endpoint ARN"),
        ("lambda", "arn:aws:lambda:us-east-1:000000000000:layer:name", "Lambda endpoint ARN"),
        ("lambda", "arn:aws:lambda:us-east-1:000000000000:function:", "Lambda endpoint ARN"),
        ("lambda", "arn:aws:lambda:us-east-1:12:function:name", "Lambda endpoint ARN"),
        ("firehose", "stream", "Firehose endpoint ARN"),
        ("application", "arn:aws:sns:us-east-1:000000000000:app/GCM/x", "Application endpoint arn invalid:arn:aws:sns"),
    ],
)
def test_endpoints_that_a_protocol_does_not_take(
    make_topic: Make, refused: Refused, protocol: str, endpoint: str, reason: str
) -> None:
    text = refused("subscribe", TopicArn=make_topic(), Protocol=protocol, Endpoint=endpoint)
    assert text.startswith(f"InvalidParameter: Invalid parameter: {reason}")


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"Nonsense": "1"}, "Unknown attribute: Nonsense"),
        ({"RawMessageDelivery": "maybe"}, "RawMessageDelivery: Invalid value [maybe]. Must be true or false."),
        ({"FilterPolicy": '{"a":[]}'}, "FilterPolicy: Empty arrays are not allowed"),
        ({"FilterPolicy": '{"a":{"b":["c"]}}'}, "Filter policy scope MessageAttributes does not support nested"),
        ({"FilterPolicyScope": "Everything"}, "FilterPolicyScope: Invalid value [Everything]."),
        (
            {"RedrivePolicy": '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:q","maxReceiveCount":1}'},
            "RedrivePolicy: invalid JSON. Attribute maxReceiveCount is unknown.",
        ),
        ({"RedrivePolicy": '{"deadLetterTargetArn":"q"}'}, "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        ({"DeliveryPolicy": '{"healthyRetryPolicy":{"numRetries":1}}'}, "DeliveryPolicy: "),
        ({"SubscriptionRoleArn": "arn:aws:iam::000000000000:role/r"}, "SubscriptionRoleArn: "),
    ],
)
def test_attributes_that_a_subscription_cannot_have(
    make_topic: Make, make_queue: Make, refused: Refused, attributes: dict[str, str], reason: str
) -> None:
    text = refused("subscribe", TopicArn=make_topic(), Protocol="sqs", Endpoint=make_queue().arn, Attributes=attributes)
    assert text.startswith(f"InvalidParameter: Invalid parameter: Attributes Reason: {reason}")


def test_attributes_are_set_and_taken_away(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make, refused: Refused
) -> None:
    queue = make_queue()
    subscription = subscribe(make_topic(), queue)
    before = attributes_of(sns_client, subscription)

    def set_to(name: str, *value: str) -> dict[str, str]:
        given = {"AttributeValue": value[0]} if value else {}
        sns_client.set_subscription_attributes(SubscriptionArn=subscription, AttributeName=name, **given)
        return attributes_of(sns_client, subscription)

    policy = '{"store":["here"]}'
    assert set_to("FilterPolicy", policy) == {
        **before,
        "FilterPolicy": policy,
        "FilterPolicyScope": "MessageAttributes",
    }
    assert set_to("FilterPolicyScope", "MessageBody")["FilterPolicyScope"] == "MessageBody"
    set_to("FilterPolicyScope", "MessageAttributes")
    assert set_to("FilterPolicy", "{}") == before
    redrive = json.dumps({"deadLetterTargetArn": queue.arn})
    assert set_to("RedrivePolicy", redrive)["RedrivePolicy"] == redrive
    assert set_to("RedrivePolicy") == before
    assert set_to("RawMessageDelivery", "true")["RawMessageDelivery"] == "true"
    wrong = {"SubscriptionArn": subscription, "AttributeName": "Owner", "AttributeValue": "me"}
    assert refused("set_subscription_attributes", **wrong) == "InvalidParameter: Invalid parameter: AttributeName"


def test_subscriptions_are_listed(fleet: Running, account_id: str) -> None:
    client = fleet.client("sns", account_id=account_id)
    topics = [client.create_topic(Name=name)["TopicArn"] for name in ("one", "two")]
    for number in range(102):
        endpoint = f"arn:aws:sqs:us-east-1:{account_id}:queue-{number}"
        client.subscribe(TopicArn=topics[0], Protocol="sqs", Endpoint=endpoint)
    client.subscribe(TopicArn=topics[1], Protocol="email", Endpoint="me@example.com")
    first = client.list_subscriptions()
    second = client.list_subscriptions(NextToken=first["NextToken"])
    assert (len(first["Subscriptions"]), len(second["Subscriptions"])) == (100, 3)
    assert second["Subscriptions"][-1] == {
        "SubscriptionArn": "PendingConfirmation",
        "Owner": account_id,
        "Protocol": "email",
        "Endpoint": "me@example.com",
        "TopicArn": topics[1],
    }
    pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topics[0])
    endpoints = [entry["Endpoint"] for page in pages for entry in page["Subscriptions"]]
    assert endpoints == [f"arn:aws:sqs:us-east-1:{account_id}:queue-{number}" for number in range(102)]


def test_a_queue_of_another_account_has_to_confirm(fleet: Running, sns_client: Any, make_topic: Make) -> None:
    topic = make_topic()
    foreign = fleet.client("sqs", account_id="222233334444")
    url = foreign.create_queue(QueueName=topic.rsplit(":", 1)[1])["QueueUrl"]
    arn = foreign.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    answer = sns_client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert answer["SubscriptionArn"] == "pending confirmation"
    question = json.loads(Queue(foreign, url, arn).receive_one()["Body"])
    assert question["Type"] == "SubscriptionConfirmation"
    with urllib.request.urlopen(question["SubscribeURL"]) as page:
        assert b"<SubscriptionArn>" + topic.encode() in page.read()
    sns_client.publish(TopicArn=topic, Message="hello")
    assert json.loads(Queue(foreign, url, arn).receive_one()["Body"])["Message"] == "hello"


def test_email_is_confirmed_by_its_token(
    fleet: Running, sns_client: Any, make_topic: Make, unique_name: str, refused: Refused
) -> None:
    topic, address = make_topic(), f"{unique_name}@example.com"
    subscription = sns_client.subscribe(TopicArn=topic, Protocol="email", Endpoint=address, ReturnSubscriptionArn=True)[
        "SubscriptionArn"
    ]
    assert attributes_of(sns_client, subscription)["PendingConfirmation"] == "true"
    (question,) = fleet.get(f"/_aws/sns/email-messages?email={address}")["email_messages"][address]
    assert question["Token"] == token_of(fleet, subscription)
    assert refused("confirm_subscription", TopicArn=topic, Token="wrong") == "InvalidParameter: Invalid token"
    wrong = refused("confirm_subscription", TopicArn=topic, Token="51b2ff3edb475b7d91550e0ab6edf0c1")
    assert wrong == "InvalidParameter: Invalid parameter: Token"
    assert refused("confirm_subscription", TopicArn=topic + "x", Token=question["Token"]) == wrong
    assert refused("confirm_subscription", TopicArn="x", Token=question["Token"]) == (
        "InvalidParameter: Invalid parameter: Topic"
    )
    for _ in range(2):
        confirmed = sns_client.confirm_subscription(TopicArn=topic, Token=question["Token"])
        assert confirmed["SubscriptionArn"] == subscription
    assert attributes_of(sns_client, subscription)["PendingConfirmation"] == "false"
    sns_client.publish(TopicArn=topic, Message="hello", Subject="greeting")
    message = fleet.get(f"/_aws/sns/email-messages?email={address}")["email_messages"][address][1]
    assert (message["Message"], message["Subject"]) == ("hello", "greeting")


def test_a_pending_subscription_gets_nothing(
    fleet: Running, sns_client: Any, make_topic: Make, unique_name: str
) -> None:
    topic, address = make_topic(), f"{unique_name}@example.com"
    sns_client.subscribe(TopicArn=topic, Protocol="email-json", Endpoint=address)
    sns_client.publish(TopicArn=topic, Message="hello")
    assert len(fleet.get(f"/_aws/sns/email-messages?email={address}")["email_messages"][address]) == 1


def test_a_subscription_that_nobody_confirms_is_gone_after_two_days(own_fleet: Running, unique_name: str) -> None:
    sns = own_fleet.client("sns")
    topic = sns.create_topic(Name=unique_name)["TopicArn"]
    subscription = sns.subscribe(
        TopicArn=topic, Protocol="email", Endpoint="a@example.com", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    token = token_of(own_fleet, subscription)

    def pending() -> tuple[str, int, int]:
        shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"]
        listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        return shown, len(listed), len(sns.list_subscriptions()["Subscriptions"])

    own_fleet.advance_clock(47 * 3600)
    assert pending() == ("1", 1, 1)
    own_fleet.advance_clock(3600)
    assert pending() == ("0", 0, 0)
    with pytest.raises(sns.exceptions.NotFoundException, match="Subscription does not exist"):
        sns.get_subscription_attributes(SubscriptionArn=subscription)
    with pytest.raises(sns.exceptions.InvalidParameterException, match="Token"):
        sns.confirm_subscription(TopicArn=topic, Token=token)
    sns.unsubscribe(SubscriptionArn=subscription)
    again = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com", ReturnSubscriptionArn=True)
    assert again["SubscriptionArn"] != subscription
    assert pending() == ("1", 1, 1)


def test_subscribing_again_with_what_it_has_by_default(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make, refused: Refused
) -> None:
    topic, queue = make_topic(), make_queue()
    subscription = subscribe(topic, queue)
    defaults = {"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes"}
    assert subscribe(topic, queue, **defaults) == subscription
    other = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue.arn}
    assert refused("subscribe", **other, Attributes={"RawMessageDelivery": "true"}) == (
        "InvalidParameter: Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    )


@pytest.mark.parametrize("value", ["true", "false"])
def test_raw_delivery_is_for_some_protocols(make_topic: Make, refused: Refused, value: str) -> None:
    mail = {"TopicArn": make_topic(), "Protocol": "email", "Endpoint": "me@example.com"}
    assert refused("subscribe", **mail, Attributes={"RawMessageDelivery": value}) == (
        "InvalidParameter: Invalid parameter: Attributes Reason: Delivery protocol [email] does not support raw "
        "message delivery."
    )


def test_a_nested_policy_over_attributes(make_topic: Make, make_queue: Make, subscribe: Make, refused: Refused) -> None:
    nested = '{"a": {"b": ["c"]}}'
    subscription = subscribe(make_topic(), make_queue())
    assert refused(
        "set_subscription_attributes", SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=nested
    ) == (
        "InvalidParameter: Invalid parameter: Filter policy scope MessageAttributes does not support nested filter "
        "policy"
    )


def test_an_unsubscribed_queue_gets_nothing(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make, refused: Refused
) -> None:
    topic, queue = make_topic(), make_queue()
    subscription = subscribe(topic, queue)
    for _ in range(2):
        sns_client.unsubscribe(SubscriptionArn=subscription)
    sns_client.publish(TopicArn=topic, Message="hello")
    assert queue.is_empty()
    assert refused("get_subscription_attributes", SubscriptionArn=subscription) == (
        "NotFound: Subscription does not exist"
    )
    counts = sns_client.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsConfirmed"], counts["SubscriptionsDeleted"]) == ("0", "1")
    assert refused("unsubscribe", SubscriptionArn="nonsense") == (
        "InvalidParameter: Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"
    )
    assert refused("unsubscribe", SubscriptionArn=topic) == "InvalidParameter: Invalid parameter: SubscriptionId"


def test_the_link_in_a_notification_unsubscribes(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic, queue = make_topic(), make_queue()
    subscribe(topic, queue)
    sns_client.publish(TopicArn=topic, Message="hello")
    with urllib.request.urlopen(queue.receive_notification()["UnsubscribeURL"]) as page:
        assert page.status == 200
    assert sns_client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_who_confirmed_with_authentication_alone_unsubscribes(
    fleet: Running, sns_client: Any, make_topic: Make, unique_name: str
) -> None:
    topic = make_topic()
    subscription = sns_client.subscribe(
        TopicArn=topic, Protocol="email", Endpoint=f"{unique_name}@example.com", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    sns_client.confirm_subscription(
        TopicArn=topic, Token=token_of(fleet, subscription), AuthenticateOnUnsubscribe="true"
    )
    query = urllib.parse.urlencode({"Action": "Unsubscribe", "SubscriptionArn": subscription})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{fleet.url}/?{query}")
    assert caught.value.code == 403
    assert b"<Code>AuthorizationError</Code>" in caught.value.read()
    caught.value.close()
    sns_client.unsubscribe(SubscriptionArn=subscription)
    assert sns_client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_subscription_tokens_of_nobody(fleet: Running) -> None:
    for arn, status in (("nonsense", 400), ("arn:aws:sns:us-east-1:000000000000:a:b", 404)):
        with pytest.raises(urllib.error.HTTPError) as caught:
            fleet.get(f"/_aws/sns/subscription-tokens/{arn}")
        assert caught.value.code == status
        caught.value.close()


def test_a_pending_subscription_cannot_be_unsubscribed(
    sns_client: Any, make_topic: Make, unique_name: str, refused: Refused
) -> None:
    pending = sns_client.subscribe(
        TopicArn=make_topic(), Protocol="email", Endpoint=f"{unique_name}@example.com", ReturnSubscriptionArn=True
    )
    # Terraform's provider goes by this text.
    assert refused("unsubscribe", SubscriptionArn=pending["SubscriptionArn"]) == (
        "InvalidParameter: Invalid parameter: SubscriptionArn Reason: "
        "Cannot unsubscribe a subscription that is pending confirmation"
    )
