"""Documents of absurd depth, in every parameter that takes one: each service refuses them in its own words.

What reads JSON goes deeper than what writes it, so that what is taken too easily fails in a later request; therefore
each is followed by one that deals with what is kept.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import ClientError

from tests.processes import Running, running_fleet

Put = Callable[[str], object]
Take = Callable[["Services"], tuple[Put, Put]]
"""Of a service: what puts a document, and what deals with the one that is kept."""

_QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:deep"
_TABLE_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/deep"
_SHAPES = {"lists": ("[", "]"), "objects": ('{"a":', "}")}


class Services:
    """A fleet with one of everything that has a document."""

    def __init__(self, fleet: Running) -> None:
        self.fleet = fleet
        self.sqs, self.sns, self.s3, self.dynamodb = (fleet.client(name) for name in ("sqs", "sns", "s3", "dynamodb"))
        self.queue = self.sqs.create_queue(QueueName="deep")["QueueUrl"]
        self.topic = self.sns.create_topic(Name="deep")["TopicArn"]
        subscribed = self.sns.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=_QUEUE_ARN, ReturnSubscriptionArn=True
        )
        self.subscription = subscribed["SubscriptionArn"]
        self.s3.create_bucket(Bucket="deep-bucket")
        self.table = {
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        self.dynamodb.create_table(TableName="deep", **self.table)

    def queue_attribute(self, name: str) -> tuple[Put, Put]:
        def put(text: str) -> object:
            return self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={name: text})

        def use(label: str) -> object:
            self.sqs.add_permission(
                QueueUrl=self.queue, Label=label, AWSAccountIds=["111122223333"], Actions=["SendMessage"]
            )
            return self.sqs.remove_permission(QueueUrl=self.queue, Label=label)

        return put, use

    def topic_attribute(self, name: str) -> tuple[Put, Put]:
        def put(text: str) -> object:
            return self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName=name, AttributeValue=text)

        def use(label: str) -> object:
            self.sns.add_permission(
                TopicArn=self.topic, Label=label, AWSAccountId=["111122223333"], ActionName=["Publish"]
            )
            self.sns.remove_permission(TopicArn=self.topic, Label=label)
            return self.sns.get_topic_attributes(TopicArn=self.topic)

        return put, use

    def subscription_attribute(self, name: str) -> tuple[Put, Put]:
        def put(text: str) -> object:
            return self.sns.set_subscription_attributes(
                SubscriptionArn=self.subscription, AttributeName=name, AttributeValue=text
            )

        def use(_: str) -> object:
            self.sns.get_subscription_attributes(SubscriptionArn=self.subscription)
            return self.sns.publish(TopicArn=self.topic, Message="{}")

        return put, use

    def data_protection(self) -> tuple[Put, Put]:
        def put(text: str) -> object:
            return self.sns.put_data_protection_policy(ResourceArn=self.topic, DataProtectionPolicy=text)

        return put, lambda _: self.sns.get_data_protection_policy(ResourceArn=self.topic)

    def bucket_policy(self) -> tuple[Put, Put]:
        def put(text: str) -> object:
            return self.s3.put_bucket_policy(Bucket="deep-bucket", Policy=text)

        return put, lambda _: self.s3.list_objects_v2(Bucket="deep-bucket")

    def encryption_context(self) -> tuple[Put, Put]:
        def put(text: str) -> object:
            context = base64.b64encode(text.encode()).decode()
            return self.s3.put_object(
                Bucket="deep-bucket", Key="k", ServerSideEncryption="aws:kms", SSEKMSEncryptionContext=context
            )

        return put, lambda _: self.s3.list_objects_v2(Bucket="deep-bucket")

    def table_policy(self) -> tuple[Put, Put]:
        def put(text: str) -> object:
            return self.dynamodb.put_resource_policy(ResourceArn=_TABLE_ARN, Policy=text)

        return put, lambda _: self.dynamodb.describe_table(TableName="deep")

    def new_table_policy(self) -> tuple[Put, Put]:
        def put(text: str) -> object:
            return self.dynamodb.create_table(TableName="deeper", ResourcePolicy=text, **self.table)

        return put, lambda _: self.dynamodb.list_tables()


_POLICY = {"Sid": "a", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
_POLICIES = {
    "whole": "@",
    "Statement": '{"Statement":@}',
    "Id": json.dumps({"Version": "2012-10-17", "Id": "@", "Statement": [_POLICY]}).replace('"@"', "@"),
    **{
        name: json.dumps({"Version": "2012-10-17", "Statement": [{**_POLICY, name: "@"}]}).replace('"@"', "@")
        for name in ("Action", "Condition", "Principal", "Resource", "Sid")
    },
}
_REDRIVE = {"whole": "@", "target": '{"deadLetterTargetArn":@,"maxReceiveCount":3}'}
_PROTECTION = (
    '{"Name":"a","Version":"2021-06-01","Statement":[{"DataDirection":"Inbound","Principal":["*"],'
    '"DataIdentifier":["a"],"Operation":{"Deny":@}}]}'
)
_DELIVERY = {"whole": "@", "http": '{"http":{"defaultHealthyRetryPolicy":@}}'}
_FILTER = {"whole": "@", "inner": '{"a":[{"anything-but":@}]}', "or": '{"$or":@}'}

_TAKERS: dict[str, tuple[Take, dict[str, str]]] = {
    "SQS Policy": (lambda s: s.queue_attribute("Policy"), _POLICIES),
    "SQS RedrivePolicy": (lambda s: s.queue_attribute("RedrivePolicy"), _REDRIVE),
    "SQS RedriveAllowPolicy": (
        lambda s: s.queue_attribute("RedriveAllowPolicy"),
        {"whole": "@", "arns": '{"redrivePermission":"byQueue","sourceQueueArns":@}'},
    ),
    "SNS Policy": (lambda s: s.topic_attribute("Policy"), _POLICIES),
    "SNS DeliveryPolicy": (lambda s: s.topic_attribute("DeliveryPolicy"), _DELIVERY),
    "SNS subscription's DeliveryPolicy": (lambda s: s.subscription_attribute("DeliveryPolicy"), _DELIVERY),
    "SNS subscription's RedrivePolicy": (lambda s: s.subscription_attribute("RedrivePolicy"), _REDRIVE),
    "SNS FilterPolicy": (lambda s: s.subscription_attribute("FilterPolicy"), _FILTER),
    "SNS DataProtectionPolicy": (lambda s: s.data_protection(), {"whole": "@", "operation": _PROTECTION}),
    "S3 policy": (lambda s: s.bucket_policy(), _POLICIES),
    "S3 encryption context": (lambda s: s.encryption_context(), {"whole": "@", "value": '{"a":@}'}),
    "DynamoDB ResourcePolicy": (lambda s: s.table_policy(), _POLICIES),
    "DynamoDB CreateTable's ResourcePolicy": (lambda s: s.new_table_policy(), _POLICIES),
}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with running_fleet(tmp_path_factory.mktemp("deep")) as fleet:
        yield Services(fleet)


@pytest.mark.parametrize("taker", _TAKERS)
def test_is_refused(services: Services, taker: str) -> None:
    """The depths are those up to which orjson writes (254) and reads (1,024), and Python recurses (1,000)."""
    take, documents = _TAKERS[taker]
    put, use = take(services)
    log = len(services.fleet.log.read_text())
    for form, document in documents.items():
        for opening, closing in _SHAPES.values():
            for depth in (253, 260, 900, 1016, 3000):
                if taker == "S3 encryption context" and depth > 900:
                    continue  # of a header
                with pytest.raises(ClientError) as raised:
                    put(document.replace("@", opening * depth + '"a"' + closing * depth))
                status = raised.value.response["ResponseMetadata"]["HTTPStatusCode"]
                assert status == 400, (form, depth, raised.value)
            use(f"{form}-{depth}")
    assert "Traceback" not in services.fleet.log.read_text()[log:]


def test_policies_have_the_sizes_of_their_service(services: Services) -> None:
    """SQS's quota is 8,192 bytes, SNS's 30 KB; what AddPermission would make larger is refused too."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**_POLICY, "Resource": _QUEUE_ARN, "Sid": "@"}]})
    put, _ = services.queue_attribute("Policy")
    put(policy.replace("@", "a" * (8193 - len(policy))))
    with pytest.raises(ClientError, match="InvalidAttributeValue"):
        put(policy.replace("@", "a" * (8194 - len(policy))))
    with pytest.raises(ClientError, match="OverLimit"):
        services.sqs.add_permission(
            QueueUrl=services.queue, Label="more", AWSAccountIds=["111122223333"], Actions=["SendMessage"]
        )
    topic = policy.replace('"*"', '"SNS:Publish"', 2).replace('"SNS:Publish"', '"*"', 1)
    put, _ = services.topic_attribute("Policy")
    put(topic.replace("@", "a" * (30 * 1024 + 1 - len(topic))))
    with pytest.raises(ClientError, match="Policy Error"):
        put(topic.replace("@", "a" * (30 * 1024 + 2 - len(topic))))
    with pytest.raises(ClientError, match="Policy Error"):
        services.sns.add_permission(
            TopicArn=services.topic, Label="more", AWSAccountId=["111122223333"], ActionName=["Publish"]
        )
