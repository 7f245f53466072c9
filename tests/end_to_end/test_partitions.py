"""ARNs of all four services are of the partition of their region."""

from __future__ import annotations

from typing import Any

import pytest

from tests.processes import Running

REGIONS = [
    ("eu-west-1", "aws"),
    ("cn-northwest-1", "aws-cn"),
    ("us-gov-east-1", "aws-us-gov"),
    ("us-iso-east-1", "aws-iso"),
    ("us-isob-east-1", "aws-iso-b"),
    ("eu-isoe-west-1", "aws-iso-e"),
    ("us-isof-south-1", "aws-iso-f"),
    ("eusc-de-east-1", "aws-eusc"),
]


@pytest.mark.parametrize(("region", "partition"), REGIONS)
def test_every_service(fleet: Running, account_id: str, unique_name: str, region: str, partition: str) -> None:
    def client(service: str) -> Any:
        return fleet.client(service, account_id=account_id, region_name=region)

    def arn(service: str, resource: str) -> str:
        return f"arn:{partition}:{service}:{region}:{account_id}:{resource}"

    sqs, sns, dynamodb, s3 = (client(name) for name in ("sqs", "sns", "dynamodb", "s3"))
    url = sqs.create_queue(QueueName=unique_name)["QueueUrl"]
    sqs.add_permission(QueueUrl=url, Label="a", AWSAccountIds=["111111111111"], Actions=["SendMessage"])
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["QueueArn"] == arn("sqs", unique_name)
    assert f"arn:{partition}:iam::111111111111:root" in attributes["Policy"]
    topic = sns.create_topic(Name=unique_name)["TopicArn"]
    assert topic == arn("sns", unique_name)
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])["SubscriptionArn"]
    assert subscription.startswith(f"{topic}:")
    table = dynamodb.create_table(
        TableName=unique_name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    assert table["TableArn"] == arn("dynamodb", f"table/{unique_name}")
    assert table["LatestStreamArn"].startswith(f"{table['TableArn']}/stream/")
    constraint = {"LocationConstraint": region}
    created = s3.create_bucket(Bucket=unique_name, CreateBucketConfiguration=constraint)
    assert created["BucketArn"] == f"arn:{partition}:s3:::{unique_name}"
    events = {"QueueConfigurations": [{"QueueArn": attributes["QueueArn"], "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(
        Bucket=unique_name, NotificationConfiguration=events, SkipDestinationValidation=True
    )
    s3.put_object(Bucket=unique_name, Key="key", Body=b"x")
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert f"arn:{partition}:s3:::{unique_name}" in message["Body"]
    who = client("sts").get_caller_identity()["Arn"]
    assert who.startswith(f"arn:{partition}:iam::{account_id}:")
