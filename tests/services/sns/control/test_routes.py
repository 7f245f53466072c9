"""What `/_aws/sns/` shows of protocols whose messages end here, and what a reset leaves."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config

from tests.processes import Running
from tests.services.sns.delivery.receiver import running_receiver

Make = Callable[..., Any]

ATTRIBUTES = {"n": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "Binary", "BinaryValue": b"x"}}


def test_a_functions_event(fleet: Running, sns_client: Any, make_topic: Make, unique_name: str) -> None:
    topic = make_topic()
    function = f"arn:aws:lambda:us-east-1:000000000000:function:{unique_name}"
    subscription = sns_client.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)["SubscriptionArn"]
    sns_client.publish(TopicArn=topic, Message="hello", MessageAttributes=ATTRIBUTES)
    (sent,) = fleet.get(f"/_aws/sns/lambda-messages?endpoint={function}")["lambda_messages"][function]
    (record,) = sent["Event"]["Records"]
    assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
    assert record["EventSubscriptionArn"] == subscription
    assert record["Sns"]["Message"] == "hello"
    assert record["Sns"]["Subject"] is None
    assert record["Sns"]["MessageAttributes"] == {
        "n": {"Type": "String", "Value": "1"},
        "b": {"Type": "Binary", "Value": "eA=="},
    }


def test_a_streams_records(fleet: Running, sns_client: Any, make_topic: Make, unique_name: str) -> None:
    topic = make_topic()
    stream = f"arn:aws:firehose:us-east-1:000000000000:deliverystream/{unique_name}"
    role = {"SubscriptionRoleArn": "arn:aws:iam::000000000000:role/r"}
    sns_client.subscribe(TopicArn=topic, Protocol="firehose", Endpoint=stream, Attributes=role)
    sns_client.publish(TopicArn=topic, Message="hello")
    (sent,) = fleet.get(f"/_aws/sns/firehose-messages?endpoint={stream}")["firehose_messages"][stream]
    assert json.loads(sent["Message"])["Message"] == "hello"
    assert sent["Message"].endswith("}\n")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("sms-messages?account=000000000000", "there is no parameter 'account'; did you mean accountId?"),
        ("sms-messages?accountId=1", "an account has 12 digits, which '1' has not"),
        ("deliveries?topicArm=x", "there is no parameter 'topicArm'; did you mean topicArn?"),
        ("deliveries?status=done", "status is one of pending, failed"),
    ],
)
def test_what_a_path_does_not_take_is_refused(fleet: Running, path: str, text: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        fleet.get(f"/_aws/sns/{path}")
    assert (refused.value.code, json.loads(refused.value.read())) == (400, {"message": text})


def test_a_sink_of_one_recipient(fleet: Running, sns_client: Any, make_topic: Make, unique_name: str) -> None:
    topic = make_topic()
    functions = [f"arn:aws:lambda:us-east-1:000000000000:function:{unique_name}{n}" for n in range(2)]
    paths = [f"/_aws/sns/lambda-messages?endpoint={function}" for function in functions]
    assert fleet.get(paths[0]) == {"lambda_messages": {functions[0]: []}, "region": "us-east-1"}
    for function in functions:
        sns_client.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    sns_client.publish(TopicArn=topic, Message="hello")
    with urllib.request.urlopen(urllib.request.Request(fleet.url + paths[0], method="DELETE")) as answer:
        assert answer.status == 204
    assert [
        len(fleet.get(path)["lambda_messages"][function]) for path, function in zip(paths, functions, strict=True)
    ] == [
        0,
        1,
    ]


def test_the_account_and_region_of_a_recipient(fleet: Running, unique_name: str) -> None:
    client = fleet.client("sns", account_id="333344445557", config=Config(region_name="eu-west-1"))
    topic = client.create_topic(Name=unique_name)["TopicArn"]
    function = f"arn:aws:lambda:eu-west-1:333344445557:function:{unique_name}"
    client.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    client.publish(TopicArn=topic, Message="hello")
    shown = fleet.get(f"/_aws/sns/lambda-messages?endpoint={function}")
    assert shown["region"] == "eu-west-1"
    assert [event["TopicArn"] for event in shown["lambda_messages"][function]] == [topic]


def test_a_certificate_of_nobody(fleet: Running) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{fleet.url}/_aws/sns/SimpleNotificationService-00.pem")
    assert caught.value.code == 404
    caught.value.close()


def test_a_reset_of_one_account_leaves_what_is_on_its_way_for_others(
    fleet: Running, sns_client: Any, make_topic: Make
) -> None:
    topic = make_topic()
    with running_receiver() as receiver:
        sns_client.subscribe(TopicArn=topic, Protocol="http", Endpoint=receiver.url)
        (question,) = receiver.wait_for(1)
        sns_client.confirm_subscription(TopicArn=topic, Token=question.document["Token"])
        receiver.answering.clear()
        for number in range(15):
            sns_client.publish(TopicArn=topic, Message=str(number))
        fleet.post("/_ruststack/reset?service=sns&account=333344445555")
        receiver.answering.set()
        posts = receiver.wait_for(16)[1:]
    assert {post.document["Message"] for post in posts} == {str(number) for number in range(15)}


def test_a_reset_of_one_account(fleet: Running) -> None:
    mine, other = (fleet.client("sns", account_id=account) for account in ("333344445555", "333344445556"))
    for client in (mine, other):
        topic = client.create_topic(Name="t")["TopicArn"]
        client.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15551112222")
        client.publish(TopicArn=topic, Message="hello")
    fleet.post("/_ruststack/reset?service=sns&account=333344445555")
    assert mine.list_topics()["Topics"] == []
    assert mine.list_subscriptions()["Subscriptions"] == []
    assert fleet.get("/_aws/sns/sms-messages?accountId=333344445555")["sms_messages"] == {}
    assert len(other.list_topics()["Topics"]) == 1
    assert len(fleet.get("/_aws/sns/sms-messages?accountId=333344445556")["sms_messages"]) == 1
