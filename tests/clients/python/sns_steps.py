"""SNS in boto3, with the queues that its topics lead to."""

from __future__ import annotations

import json
from typing import Any

from sqs_steps import URLS, arn, create, delete, receive, sqs
from steps import PREFIX, client, raises, step

sns = client("sns")
TOPICS: dict[str, str] = {}


def topic(name: str, **attributes: str) -> str:
    TOPICS[name] = sns.create_topic(Name=f"{PREFIX}-{name}", Attributes=attributes)["TopicArn"]
    return TOPICS[name]


def subscribe(topic_arn: str, url: str, **attributes: str) -> str:
    made: str = sns.subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint=arn(url), Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    return made


@step
def sns_publish() -> None:
    url = create("enveloped")
    subscription = subscribe(topic("events"), url)
    sent = sns.publish(TopicArn=TOPICS["events"], Subject="a subject", Message="a message")
    (message,) = receive(url)
    envelope: dict[str, Any] = json.loads(message["Body"])
    assert (envelope["Type"], envelope["MessageId"]) == ("Notification", sent["MessageId"])
    assert (envelope["Subject"], envelope["Message"]) == ("a subject", "a message")
    delete(url, message)
    sns.unsubscribe(SubscriptionArn=subscription)
    assert sns.list_subscriptions_by_topic(TopicArn=TOPICS["events"])["Subscriptions"] == []


@step
def sns_filter() -> None:
    url = create("filtered")
    policy = {"kind": ["order"], "price": [{"numeric": [">=", 10]}]}
    subscribe(TOPICS["events"], url, RawMessageDelivery="true", FilterPolicy=json.dumps(policy))
    for body, kind, price in (("cheap", "order", "5"), ("wanted", "order", "10"), ("other", "refund", "10")):
        attributes = {
            "kind": {"DataType": "String", "StringValue": kind},
            "price": {"DataType": "Number", "StringValue": price},
        }
        sns.publish(TopicArn=TOPICS["events"], Message=body, MessageAttributes=attributes)
    (message,) = receive(url, MessageAttributeNames=["All"])
    assert message["Body"] == "wanted"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "order"
    delete(url, message)
    assert receive(url, WaitTimeSeconds=1) == []


@step
def sns_batch_failed() -> None:
    entries = [{"Id": "good", "Message": "good"}, {"Id": "bad", "Message": "bad", "MessageDeduplicationId": "1"}]
    answer = sns.publish_batch(TopicArn=TOPICS["events"], PublishBatchRequestEntries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    (failed,) = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("bad", "InvalidParameter", True)


@step
def sns_fifo() -> None:
    url = create("ordered.fifo", FifoQueue="true")
    arn_ = topic("ordered.fifo", FifoTopic="true", ContentBasedDeduplication="true")
    subscribe(arn_, url, RawMessageDelivery="true")
    for body in ("1", "2", "2", "3"):
        sns.publish(TopicArn=arn_, Message=body, MessageGroupId="one")
    bodies: list[str] = []
    while len(bodies) < 3:
        received = receive(url, MaxNumberOfMessages=10)
        bodies += [message["Body"] for message in received]
        for message in received:
            delete(url, message)
    assert bodies == ["1", "2", "3"]


@step
def sns_no_such_topic() -> None:
    with raises(sns.exceptions.NotFoundException, "NotFound", 404):
        sns.publish(TopicArn=f"{TOPICS['events']}-none", Message="to nobody")


@step
def sns_paginator() -> None:
    for n in range(101):
        topic(f"page-{n}")
    pages = [page["Topics"] for page in sns.get_paginator("list_topics").paginate()]
    assert len(pages) > 1
    assert set(TOPICS.values()) <= {found["TopicArn"] for page in pages for found in page}


def run() -> None:
    sns_publish()
    sns_filter()
    sns_batch_failed()
    sns_fifo()
    sns_no_such_topic()
    sns_paginator()
    for arn_ in TOPICS.values():
        sns.delete_topic(TopicArn=arn_)
    for name in ("enveloped", "filtered", "ordered.fifo"):
        sqs.delete_queue(QueueUrl=URLS[name])
