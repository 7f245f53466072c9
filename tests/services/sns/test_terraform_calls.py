"""The requests that Terraform's provider makes of SNS, byte for byte where an SDK would make them differently."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from tests.processes import Running

Make = Callable[..., Any]
Post = Callable[..., dict[str, str]]

_NAMESPACE = "{http://sns.amazonaws.com/doc/2010-03-31/}"
_SCOPE = "Credential=test/20260101/us-east-1/sns/aws4_request"


@pytest.fixture
def post(fleet: Running) -> Post:
    """`post("GetTopicAttributes", TopicArn=...)`: the attributes, or the single elements, of the answer."""

    def call(action: str, **parameters: str) -> dict[str, str]:
        form = urlencode({"Action": action, "Version": "2010-03-31", **parameters}).encode()
        headers = {"Authorization": f"AWS4-HMAC-SHA256 {_SCOPE}, SignedHeaders=host, Signature=0"}
        with urllib.request.urlopen(urllib.request.Request(fleet.url + "/", form, headers)) as answer:
            document = ElementTree.fromstring(answer.read())
        entries = document.iter(f"{_NAMESPACE}entry")
        attributes = {e.findtext(f"{_NAMESPACE}key") or "": e.findtext(f"{_NAMESPACE}value") or "" for e in entries}
        return attributes or {element.tag.removeprefix(_NAMESPACE): element.text or "" for element in document.iter()}

    return call


def test_a_topic(post: Post, unique_name: str) -> None:
    topic = post("CreateTopic", Name=unique_name, Tags="", Attributes="")["TopicArn"]
    given = {
        "DisplayName": "shop",
        "KmsMasterKeyId": "alias/aws/sns",
        "SQSSuccessFeedbackRoleArn": "arn:aws:iam::000000000000:role/r",
        "SQSSuccessFeedbackSampleRate": "50",
    }
    for name, value in given.items():
        post("SetTopicAttributes", TopicArn=topic, AttributeName=name, AttributeValue=value)
    shown = post("GetTopicAttributes", TopicArn=topic)
    assert given.items() <= shown.items()
    assert post("ListTagsForResource", ResourceArn=topic)["Tags"] == ""
    for name in given:
        value = "0" if name.endswith("SampleRate") else ""
        post("SetTopicAttributes", TopicArn=topic, AttributeName=name, AttributeValue=value)
    shown = post("GetTopicAttributes", TopicArn=topic)
    assert (shown["DisplayName"], shown["SQSSuccessFeedbackSampleRate"]) == ("", "0")
    assert "KmsMasterKeyId" not in shown
    default = json.loads(shown["Policy"])
    post("SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(default))
    assert json.loads(post("GetTopicAttributes", TopicArn=topic)["Policy"]) == default
    post("DeleteTopic", TopicArn=topic)


def test_a_subscription(post: Post, make_queue: Make, unique_name: str) -> None:
    topic = post("CreateTopic", Name=unique_name)["TopicArn"]
    queue = make_queue()
    redrive = json.dumps({"deadLetterTargetArn": queue.arn})
    subscribed = post(
        "Subscribe",
        **{
            "TopicArn": topic,
            "Protocol": "sqs",
            "Endpoint": queue.arn,
            "ReturnSubscriptionArn": "true",
            "Attributes.entry.1.key": "FilterPolicy",
            "Attributes.entry.1.value": '{"store":["here"]}',
            "Attributes.entry.2.key": "RedrivePolicy",
            "Attributes.entry.2.value": redrive,
        },
    )
    arn = subscribed["SubscriptionArn"]
    shown = post("GetSubscriptionAttributes", SubscriptionArn=arn)
    assert (shown["FilterPolicy"], shown["RedrivePolicy"]) == ('{"store":["here"]}', redrive)
    post("SetSubscriptionAttributes", SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="{}")
    post("SetSubscriptionAttributes", SubscriptionArn=arn, AttributeName="RedrivePolicy")
    shown = post("GetSubscriptionAttributes", SubscriptionArn=arn)
    assert not {"FilterPolicy", "FilterPolicyScope", "RedrivePolicy"} & shown.keys()
    post("Unsubscribe", SubscriptionArn=arn)
    with pytest.raises(urllib.error.HTTPError) as caught:
        post("GetSubscriptionAttributes", SubscriptionArn=arn)
    assert caught.value.code == 404
    assert b"<Code>NotFound</Code>" in caught.value.read()
    caught.value.close()
    assert post("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes="")["SubscriptionArn"]
