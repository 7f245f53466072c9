"""The links in what SNS sends lead to where their reader can follow them."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tests.processes import Running

Make = Callable[..., Any]

_SCOPE = "Credential=test/20260101/us-east-1/sns/aws4_request"


def publish_as(fleet: Running, topic: str, host: str) -> None:
    form = urlencode({"Action": "Publish", "Version": "2010-03-31", "TopicArn": topic, "Message": "m"}).encode()
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {_SCOPE}, SignedHeaders=host, Signature=0", "Host": host}
    with urllib.request.urlopen(urllib.request.Request(fleet.url + "/", form, headers)) as answer:
        assert answer.status == 200


def test_links_lead_to_the_endpoint_the_publisher_called(
    fleet: Running, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic, queue = make_topic(), make_queue()
    subscribe(topic, queue)
    publish_as(fleet, topic, "stack:4566")
    notification = json.loads(queue.receive_one()["Body"])
    assert notification["UnsubscribeURL"].startswith("http://stack:4566/?Action=Unsubscribe&")
    assert notification["SigningCertURL"].startswith("http://stack:4566/_aws/sns/SimpleNotificationService-")


def test_a_bucket_event_has_the_links_of_its_subscriber(tmp_path: Any) -> None:
    from tests.processes import running_fleet

    with running_fleet(tmp_path / "fleet", "--services", "s3,sqs,sns") as fleet:
        sns, sqs, s3 = (fleet.client(name) for name in ("sns", "sqs", "s3"))
        topic = sns.create_topic(Name="t")["TopicArn"]
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:q")
        s3.create_bucket(Bucket="bucket")
        rule = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket="bucket", NotificationConfiguration={"TopicConfigurations": [rule]}
        )
        s3.put_object(Bucket="bucket", Key="key", Body=b"x")
        bodies: list[dict[str, Any]] = []
        while not any("ObjectCreated" in body["Message"] for body in bodies):
            messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10).get("Messages", [])
            assert messages
            bodies += [json.loads(message["Body"]) for message in messages]
        for body in bodies:
            assert body["Subject"] == "Amazon S3 Notification"
            assert body["UnsubscribeURL"].startswith(fleet.url)
            with urllib.request.urlopen(body["SigningCertURL"]) as certificate:
                assert certificate.read().startswith(b"-----BEGIN CERTIFICATE-----")
