"""Publish and PublishBatch to topics: what they take, and what arrives."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]
Refused = Callable[..., str]

STRING = {"DataType": "String", "StringValue": "x"}
ATTRIBUTES = {
    "text": {"DataType": "String", "StringValue": "é"},
    "list": {"DataType": "String.Array", "StringValue": '["a", 1, true, null]'},
    "number": {"DataType": "Number", "StringValue": "3.015e2"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}


def test_what_is_published_is_there_to_be_received(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic, queues = make_topic(), [make_queue(), make_queue()]
    arns = [subscribe(topic, queue) for queue in queues]
    answer = sns_client.publish(TopicArn=topic, Message='hello\n"you" é', Subject="Greetings")
    for queue, arn in zip(queues, arns, strict=True):
        (message,) = queue.receive(wait=0)
        notification = json.loads(message["Body"])
        assert list(notification) == [
            *("Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature"),
            *("SigningCertURL", "UnsubscribeURL"),
        ]
        assert notification["Type"] == "Notification"
        assert notification["MessageId"] == answer["MessageId"]
        assert notification["TopicArn"] == topic
        assert notification["Subject"] == "Greetings"
        assert notification["Message"] == 'hello\n"you" é'
        assert notification["UnsubscribeURL"].endswith(f"/?Action=Unsubscribe&SubscriptionArn={arn}")
        assert message["Body"].startswith('{\n  "Type" : "Notification",\n  "MessageId" : "')


def test_a_large_message_comes_to_many_queues_each_in_its_form(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic, queues = make_topic(), [make_queue() for _ in range(8)]
    forms = ["true" if number % 2 else "false" for number in range(8)]
    arns = [subscribe(topic, queue, RawMessageDelivery=raw) for queue, raw in zip(queues, forms, strict=True)]
    text = "line\n" + "é" * 120_000  # eight times this is more than one call carries
    sns_client.publish(TopicArn=topic, Message=text, MessageGroupId="g")
    for queue, raw, arn in zip(queues, forms, arns, strict=True):
        (message,) = queue.receive(wait=5)
        assert message["Attributes"]["MessageGroupId"] == "g"
        body = message["Body"]
        if raw == "false":
            assert json.loads(body)["UnsubscribeURL"].endswith(f"SubscriptionArn={arn}")
            body = json.loads(body)["Message"]
        assert body == text


def test_a_topic_can_be_the_target(sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make) -> None:
    topic, queue = make_topic(), make_queue()
    subscribe(topic, queue)
    sns_client.publish(TargetArn=topic, Message="hello")
    assert queue.receive_notification()["Message"] == "hello"


def test_attributes_are_in_the_envelope(sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make) -> None:
    topic, queue = make_topic(), make_queue()
    subscribe(topic, queue)
    sns_client.publish(TopicArn=topic, Message="hello", MessageAttributes=ATTRIBUTES)
    message = queue.receive_one()
    assert "MessageAttributes" not in message
    assert json.loads(message["Body"])["MessageAttributes"] == {
        "text": {"Type": "String", "Value": "é"},
        "list": {"Type": "String.Array", "Value": '["a", 1, true, null]'},
        "number": {"Type": "Number", "Value": "3.015e2"},
        "bytes": {"Type": "Binary", "Value": "AP8="},
    }


def test_raw_delivery_strips_the_envelope(sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make) -> None:
    topic, queue = make_topic(), make_queue()
    subscribe(topic, queue, RawMessageDelivery="true")
    sns_client.publish(TopicArn=topic, Message="hello", Subject="gone", MessageAttributes=ATTRIBUTES)
    message = queue.receive_one()
    assert message["Body"] == "hello"
    assert message["MessageAttributes"] == ATTRIBUTES


def test_a_message_by_protocol(sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make) -> None:
    topic, enveloped, raw = make_topic(), make_queue(), make_queue()
    subscribe(topic, enveloped)
    subscribe(topic, raw, RawMessageDelivery="true")
    text = json.dumps({"default": "for all", "sqs": "for queues"})
    sns_client.publish(TopicArn=topic, Message=text, MessageStructure="json")
    assert enveloped.receive_notification()["Message"] == "for queues"
    assert raw.receive_one()["Body"] == "for queues"
    sns_client.publish(TopicArn=topic, Message=json.dumps({"default": "for all"}), MessageStructure="json")
    assert raw.receive_one()["Body"] == "for all"


def test_the_group_of_a_message_goes_on_to_the_queue(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic, queue = make_topic(), make_queue()
    subscribe(topic, queue)
    sns_client.publish(TopicArn=topic, Message="hello", MessageGroupId="tenant-1")
    assert queue.receive_one()["Attributes"]["MessageGroupId"] == "tenant-1"


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"Message": ""}, "InvalidParameter: Invalid parameter: Empty message"),
        ({"Message": "x" * 262_145}, "InvalidParameter: Invalid parameter: Message too long"),
        ({"Message": "é" * 131_073}, "InvalidParameter: Invalid parameter: Message too long"),
        ({"Subject": ""}, "InvalidParameter: Invalid parameter: Subject"),
        ({"Subject": "x" * 101}, "InvalidParameter: Invalid parameter: Subject"),
        ({"Subject": "two\nlines"}, "InvalidParameter: Invalid parameter: Subject"),
        ({"MessageStructure": "xml"}, "InvalidParameter: Invalid parameter: Invalid value for MessageStructure"),
        (
            {"MessageStructure": "json"},
            "InvalidParameter: Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": '{"sqs": "x"}', "MessageStructure": "json"},
            "InvalidParameter: Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            {"MessageDeduplicationId": "x"},
            "InvalidParameter: Invalid parameter: MessageDeduplicationId Reason: The request includes",
        ),
        ({"MessageGroupId": "é"}, "InvalidParameter: Invalid parameter: MessageGroupId Reason: "),
    ],
)
def test_messages_that_are_refused(make_topic: Make, refused: Refused, parameters: dict[str, str], error: str) -> None:
    assert refused("publish", **{"TopicArn": make_topic(), "Message": "x", **parameters}).startswith(error)


def test_messages_are_not_encrypted_with_what_is_no_key(sns_client: Any, make_topic: Make, refused: Refused) -> None:
    topic = make_topic(KmsMasterKeyId="key")
    entries = [{"Id": "a", "Message": "x"}]
    assert refused("publish", TopicArn=topic, Message="x") == "KMSNotFound: Invalid keyId 'key'"
    assert refused("publish_batch", TopicArn=topic, PublishBatchRequestEntries=entries).startswith("KMSNotFound: ")
    sns_client.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="alias/mine")
    assert sns_client.publish(TopicArn=topic, Message="x")["MessageId"]


def test_attributes_count_toward_the_size(make_topic: Make, refused: Refused) -> None:
    attributes = {"a": {"DataType": "String", "StringValue": "x" * 100}}
    text = "x" * (262_144 - 106)
    parameters = {"TopicArn": make_topic(), "Message": text, "MessageAttributes": attributes}
    assert refused("publish", **parameters) == "InvalidParameter: Invalid parameter: Message too long"


def test_the_largest_message_arrives_raw(sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make) -> None:
    topic, queue = make_topic(), make_queue()
    subscribe(topic, queue, RawMessageDelivery="true")
    sns_client.publish(TopicArn=topic, Message="x" * 262_144)
    assert len(queue.receive_one()["Body"]) == 262_144


@pytest.mark.parametrize(
    ("name", "attribute", "reason"),
    [
        (
            "a",
            {"DataType": "Boolean", "StringValue": "x"},
            "The message attribute 'a' has an invalid message attribute",
        ),
        ("a", {"DataType": "", "StringValue": "x"}, "The message attribute 'a' must contain non-empty message attribu"),
        ("a", {"DataType": "String"}, "The message attribute 'a' must contain non-empty message attribute value for"),
        ("a", {"DataType": "Number", "StringValue": "x"}, "Could not cast message attribute 'a' value to number."),
        ("a", {"DataType": "String", "BinaryValue": b"x"}, "The message attribute 'a' with type 'String' must use fie"),
        ("a", {"DataType": "String.Array", "StringValue": "x"}, "The message attribute 'a' with type 'String.Array'"),
        ("a..b", STRING, "Message attribute name can not have successive '.' character."),
        (".a", STRING, "Invalid message attribute name starting with character '.' was found."),
        ("a.", STRING, "Invalid message attribute name ending with character '.' was found."),
        ("a" * 257, STRING, "Length of message attribute name must be less than 256 bytes."),
        ("a$", STRING, "Invalid non-alphanumeric character '#x24' was found in the message attribute name. Can only "),
        ("AWS.x", {"DataType": "String", "StringValue": "x"}, "The message attribute name 'AWS.x' starts with a"),
    ],
)
def test_attributes_that_are_refused(
    make_topic: Make, refused: Refused, name: str, attribute: dict[str, Any], reason: str
) -> None:
    text = refused("publish", TopicArn=make_topic(), Message="x", MessageAttributes={name: attribute})
    assert text.startswith(f"ParameterValueInvalid: {reason}")


def test_a_target_is_needed(refused: Refused) -> None:
    assert refused("publish", Message="x") == (
        "InvalidParameter: Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"
    )


def test_a_batch(sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make) -> None:
    topic, queue = make_topic(), make_queue()
    subscribe(topic, queue, RawMessageDelivery="true")
    entries: list[dict[str, Any]] = [{"Id": str(number), "Message": f"m{number}"} for number in range(10)]
    answer = sns_client.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == [str(number) for number in range(10)]
    assert answer["Failed"] == []
    assert sorted(message["Body"] for message in queue.receive(wait=0)) == [f"m{number}" for number in range(10)]


def test_what_a_topic_of_this_type_does_not_take_fails_alone(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic, queue = make_topic(), make_queue()
    subscribe(topic, queue, RawMessageDelivery="true")
    entries = [{"Id": "1", "Message": "one"}, {"Id": "2", "Message": "two", "MessageDeduplicationId": "2"}]
    answer = sns_client.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["1"]
    assert answer["Failed"] == [
        {
            "Id": "2",
            "Code": "InvalidParameter",
            "Message": "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId "
            "parameter that is not valid for this topic type",
            "SenderFault": True,
        }
    ]
    assert [message["Body"] for message in queue.receive(wait=0)] == ["one"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"Message": ""}, "InvalidParameter: Invalid parameter: Empty message"),
        ({"Message": "x", "Subject": "a\nb"}, "InvalidParameter: Invalid parameter: Subject"),
        (
            {"Message": '{"sqs": "x"}', "MessageStructure": "json"},
            "InvalidParameter: Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            {"Message": "x", "MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}},
            "ParameterValueInvalid: The message attribute 'a' must contain non-empty message attribute value for "
            "message attribute type 'String'.",
        ),
        (
            {"Message": "x", "MessageAttributes": {"a": {"DataType": "String"}}},
            "ParameterValueInvalid: The message attribute 'a' must contain non-empty message attribute value for "
            "message attribute type 'String'.",
        ),
        (
            {"Message": "x", "MessageAttributes": {"a": {"DataType": "Binary", "StringValue": "x"}}},
            "ParameterValueInvalid: The message attribute 'a' with type 'Binary' must use field 'Binary'.",
        ),
    ],
)
def test_a_batch_is_refused_for_one_message(
    sns_client: Any,
    make_topic: Make,
    make_queue: Make,
    subscribe: Make,
    refused: Refused,
    wrong: dict[str, Any],
    reason: str,
) -> None:
    topic, queue = make_topic(), make_queue()
    subscribe(topic, queue)
    entries = [{"Id": "0", "Message": "x"}, {"Id": "1", **wrong}]
    assert refused("publish_batch", TopicArn=topic, PublishBatchRequestEntries=entries) == reason
    assert queue.is_empty()


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(number), "Message": "x"} for number in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "a", "Message": "x"}, {"Id": "a", "Message": "y"}], "BatchEntryIdsNotDistinct"),
        ([{"Id": "a b", "Message": "x"}], "InvalidBatchEntryId"),
        ([{"Id": str(number), "Message": "x" * 150_000} for number in range(2)], "BatchRequestTooLong"),
    ],
)
def test_batches_that_are_refused(make_topic: Make, refused: Refused, entries: list[Any], code: str) -> None:
    text = refused("publish_batch", TopicArn=make_topic(), PublishBatchRequestEntries=entries)
    assert text.startswith(f"{code}: ")


def test_filter_policies_choose(sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make) -> None:
    topic, by_attribute, by_body = make_topic(), make_queue(), make_queue()
    subscribe(topic, by_attribute, FilterPolicy='{"store": ["here"]}', RawMessageDelivery="true")
    body_policy = {
        "FilterPolicy": '{"order": {"price": [{"numeric": [">", 100]}]}}',
        "FilterPolicyScope": "MessageBody",
    }
    subscribe(topic, by_body, RawMessageDelivery="true", **body_policy)
    cheap, dear = json.dumps({"order": {"price": 5}}), json.dumps({"order": {"price": 500}})
    here = {"store": {"DataType": "String", "StringValue": "here"}}
    there = {"store": {"DataType": "String", "StringValue": "there"}}
    sns_client.publish(TopicArn=topic, Message=cheap, MessageAttributes=here)
    sns_client.publish(TopicArn=topic, Message=dear, MessageAttributes=there)
    sns_client.publish(TopicArn=topic, Message="no JSON")
    assert [message["Body"] for message in by_attribute.receive(wait=0)] == [cheap]
    assert [message["Body"] for message in by_body.receive(wait=0)] == [dear]


def test_a_changed_filter_policy_counts_at_once(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic, queue = make_topic(), make_queue()
    subscription = subscribe(topic, queue, RawMessageDelivery="true")
    policy = {"SubscriptionArn": subscription, "AttributeName": "FilterPolicy"}
    sns_client.publish(TopicArn=topic, Message="one")
    sns_client.set_subscription_attributes(**policy, AttributeValue='{"a": ["b"]}')
    sns_client.publish(TopicArn=topic, Message="two")
    sns_client.set_subscription_attributes(**policy, AttributeValue="{}")
    sns_client.publish(TopicArn=topic, Message="three")
    assert sorted(message["Body"] for message in queue.receive(wait=0)) == ["one", "three"]


def test_messages_up_to_a_mebibyte_where_the_topic_takes_them(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make, refused: Refused
) -> None:
    topic, queue = make_topic(MaximumMessageSize="1048576"), make_queue(MaximumMessageSize="1048576")
    subscribe(topic, queue, RawMessageDelivery="true")
    sns_client.publish(TopicArn=topic, Message="x" * 1_048_576)
    assert len(queue.receive_one()["Body"]) == 1_048_576
    email = {"TopicArn": topic, "Protocol": "email", "Endpoint": "me@example.com"}
    assert refused("subscribe", **email).startswith("InvalidParameter: Invalid parameter: Endpoint Reason: ")
    other = make_topic()
    sns_client.subscribe(TopicArn=other, Protocol="email", Endpoint="me@example.com")
    size = {"TopicArn": other, "AttributeName": "MaximumMessageSize", "AttributeValue": "1048576"}
    assert refused("set_topic_attributes", **size).startswith(
        "InvalidParameter: Invalid parameter: MaximumMessageSize Reason: "
    )
