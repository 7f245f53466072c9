"""Topics: create, list, delete, attributes, tags, permissions, data protection."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config

from tests.processes import Running

Refused = Callable[..., str]
MakeTopic = Callable[..., str]


def attributes_of(sns_client: Any, topic: str) -> dict[str, str]:
    attributes: dict[str, str] = sns_client.get_topic_attributes(TopicArn=topic)["Attributes"]
    return attributes


def test_a_topic_has_the_arn_of_its_account_and_region(fleet: Running, unique_name: str, account_id: str) -> None:
    client = fleet.client("sns", account_id=account_id)
    assert client.create_topic(Name=unique_name)["TopicArn"] == f"arn:aws:sns:us-east-1:{account_id}:{unique_name}"


def test_creating_a_topic_again_answers_the_same_arn(sns_client: Any, unique_name: str) -> None:
    first = sns_client.create_topic(Name=unique_name, Attributes={"DisplayName": "one"})
    assert sns_client.create_topic(Name=unique_name)["TopicArn"] == first["TopicArn"]
    again = sns_client.create_topic(Name=unique_name, Attributes={"DisplayName": "one"})
    assert again["TopicArn"] == first["TopicArn"]


def test_creating_a_topic_again_with_other_attributes_is_refused(
    sns_client: Any, unique_name: str, refused: Refused
) -> None:
    sns_client.create_topic(Name=unique_name, Tags=[{"Key": "a", "Value": "1"}])
    assert refused("create_topic", Name=unique_name, Attributes={"DisplayName": "other"}) == (
        "InvalidParameter: Invalid parameter: Attributes Reason: Topic already exists with different attributes"
    )
    assert refused("create_topic", Name=unique_name, Tags=[{"Key": "a", "Value": "2"}]) == (
        "InvalidParameter: Invalid parameter: Tags Reason: Topic already exists with different tags"
    )


def test_creating_a_topic_again_with_some_of_its_tags(sns_client: Any, unique_name: str, refused: Refused) -> None:
    one, two, three = ({"Key": key, "Value": "1"} for key in "abc")
    first = sns_client.create_topic(Name=unique_name, Tags=[one, two])
    for tags in ([one], [two], [two, one], []):
        assert sns_client.create_topic(Name=unique_name, Tags=tags)["TopicArn"] == first["TopicArn"]
    assert refused("create_topic", Name=unique_name, Tags=[one, three]) == (
        "InvalidParameter: Invalid parameter: Tags Reason: Topic already exists with different tags"
    )


def test_creating_a_topic_again_with_what_it_has_by_default(
    sns_client: Any, unique_name: str, refused: Refused
) -> None:
    name, fifo = f"{unique_name}.fifo", {"FifoTopic": "true"}
    first = sns_client.create_topic(Name=name, Attributes=fifo)
    again = sns_client.create_topic(Name=name, Attributes={**fifo, "ContentBasedDeduplication": "false"})
    assert again["TopicArn"] == first["TopicArn"]
    assert refused("create_topic", Name=name, Attributes={**fifo, "ContentBasedDeduplication": "true"}) == (
        "InvalidParameter: Invalid parameter: Attributes Reason: Topic already exists with different attributes"
    )


STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "SNS:Publish", "Resource": "*"}


def test_policies_of_a_topic(sns_client: Any, make_topic: MakeTopic) -> None:
    topic = make_topic()
    for action in ("*", "sns:*", "SNS:Get*", ["sns:publish", "SNS:Subscribe", "SNS:Receive"]):
        policy = json.dumps({"Statement": {**STATEMENT, "Action": action}})
        sns_client.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
        assert attributes_of(sns_client, topic)["Policy"] == policy


@pytest.mark.parametrize("name", ["a b", "a.b", "x" * 257, "ä", "a.fifo"])
def test_names_of_standard_topics(refused: Refused, name: str) -> None:
    assert refused("create_topic", Name=name) == "InvalidParameter: Invalid parameter: Topic Name"


def test_a_fifo_topics_name_ends_with_fifo(refused: Refused, unique_name: str) -> None:
    text = refused("create_topic", Name=unique_name, Attributes={"FifoTopic": "true"})
    assert text == "InvalidParameter: Invalid parameter: Topic Name"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("Nonsense", "1", "Unknown attribute Nonsense"),
        ("ContentBasedDeduplication", "true", "Unknown attribute ContentBasedDeduplication"),
        ("FifoTopic", "perhaps", "FifoTopic: Invalid value perhaps. Must be true or false."),
        ("Policy", "{", "Policy Error: null"),
        ("Policy", '{"Statement": []}', "Policy Error: null"),
        ("Policy", json.dumps({"Statement": {**STATEMENT, "Principal": None}}), "Policy Error: null"),
        ("Policy", json.dumps({"Statement": [STATEMENT, {"Effect": "Allow"}]}), "Policy Error: null"),
        (
            "Policy",
            json.dumps({"Statement": {**STATEMENT, "Action": ["sns:Publish", "sqs:SendMessage"]}}),
            "Policy statement action out of service scope!",
        ),
        ("DisplayName", "x" * 101, "DisplayName"),
        ("SQSSuccessFeedbackSampleRate", "101", "SQSSuccessFeedbackSampleRate: Invalid value 101."),
        ("MaximumMessageSize", "1023", "MaximumMessageSize: Invalid value 1023."),
        ("DeliveryPolicy", '{"http":{"defaultHealthyRetryPolicy":{}}}', "DeliveryPolicy: http.defaultHealthyRetry"),
    ],
)
def test_attributes_that_a_topic_cannot_have(
    refused: Refused, unique_name: str, name: str, value: str, reason: str
) -> None:
    text = refused("create_topic", Name=unique_name, Attributes={name: value})
    assert text.startswith(f"InvalidParameter: Invalid parameter: Attributes Reason: {reason}")


def test_attributes_of_a_plain_topic(sns_client: Any, make_topic: MakeTopic) -> None:
    topic = make_topic()
    attributes = attributes_of(sns_client, topic)
    policy = json.loads(attributes.pop("Policy"))
    assert policy["Statement"][0]["Resource"] == topic
    assert json.loads(attributes.pop("EffectiveDeliveryPolicy"))["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3
    assert attributes == {
        "TopicArn": topic,
        "Owner": "000000000000",
        "DisplayName": "",
        "SubscriptionsConfirmed": "0",
        "SubscriptionsPending": "0",
        "SubscriptionsDeleted": "0",
    }


def test_attributes_of_a_fifo_topic(sns_client: Any, make_topic: MakeTopic) -> None:
    attributes = attributes_of(sns_client, make_topic(FifoTopic="true"))
    assert attributes["FifoTopic"] == "true"
    assert attributes["ContentBasedDeduplication"] == "false"
    assert "FifoThroughputScope" not in attributes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DisplayName", "shop"),
        ("KmsMasterKeyId", "alias/aws/sns"),
        ("SQSSuccessFeedbackRoleArn", "arn:aws:iam::000000000000:role/feedback"),
        ("HTTPFailureFeedbackRoleArn", "arn:aws:iam::000000000000:role/feedback"),
        ("LambdaSuccessFeedbackSampleRate", "0"),
        ("SignatureVersion", "2"),
        ("TracingConfig", "Active"),
        ("MaximumMessageSize", "1048576"),
    ],
)
def test_an_attribute_that_is_set_comes_back_and_goes(
    sns_client: Any, make_topic: MakeTopic, name: str, value: str
) -> None:
    topic = make_topic()
    before = attributes_of(sns_client, topic)
    sns_client.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
    assert attributes_of(sns_client, topic)[name] == value
    sns_client.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue="")
    assert attributes_of(sns_client, topic) == before


@pytest.mark.parametrize("name", ["Nonsense", "FifoTopic", "Owner", "ContentBasedDeduplication"])
def test_attributes_that_cannot_be_set(refused: Refused, make_topic: MakeTopic, name: str) -> None:
    text = refused("set_topic_attributes", TopicArn=make_topic(), AttributeName=name, AttributeValue="true")
    assert text == "InvalidParameter: Invalid parameter: AttributeName"


def test_topics_are_listed_a_hundred_at_a_time(fleet: Running, account_id: str) -> None:
    client = fleet.client("sns", account_id=account_id)
    made = [client.create_topic(Name=f"topic-{number}")["TopicArn"] for number in range(103)]
    first = client.list_topics()
    assert len(first["Topics"]) == 100
    second = client.list_topics(NextToken=first["NextToken"])
    assert [topic["TopicArn"] for topic in first["Topics"] + second["Topics"]] == made
    assert "NextToken" not in second


def test_a_token_that_no_listing_gave_is_refused(refused: Refused) -> None:
    assert refused("list_topics", NextToken="nonsense") == "InvalidParameter: Invalid parameter: NextToken"


def test_a_deleted_topic_is_gone_with_its_subscriptions(
    sns_client: Any, make_topic: MakeTopic, make_queue: Any, subscribe: Any, refused: Refused
) -> None:
    topic = make_topic()
    subscription = subscribe(topic, make_queue())
    sns_client.delete_topic(TopicArn=topic)
    sns_client.delete_topic(TopicArn=topic)
    missing = "NotFound: Topic does not exist"
    assert refused("get_topic_attributes", TopicArn=topic) == missing
    assert refused("publish", TopicArn=topic, Message="x") == missing
    assert refused("list_subscriptions_by_topic", TopicArn=topic) == missing
    assert refused("get_subscription_attributes", SubscriptionArn=subscription) == (
        "NotFound: Subscription does not exist"
    )


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        ("nonsense", "TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ("arn:aws:sqs:us-east-1:000000000000:name", "TopicArn"),
        ("arn:aws:sns:us-east-1:000000000000:", "TopicArn"),
    ],
)
def test_what_is_no_topics_arn(refused: Refused, arn: str, reason: str) -> None:
    for operation in ("delete_topic", "get_topic_attributes"):
        assert refused(operation, TopicArn=arn) == f"InvalidParameter: Invalid parameter: {reason}"


@pytest.mark.parametrize("tag", [{"Key": "a,b", "Value": "x"}, {"Key": "at", "Value": "Friday, 10:00"}])
def test_characters_that_no_tag_has(
    make_topic: MakeTopic, unique_name: str, refused: Refused, tag: dict[str, str]
) -> None:
    reason = "InvalidParameter: Invalid parameter: Tags Reason: The given tag(s) contain invalid characters"
    assert refused("create_topic", Name=unique_name, Tags=[tag]) == reason
    assert refused("tag_resource", ResourceArn=make_topic(), Tags=[tag]) == reason


def test_tags(sns_client: Any, unique_name: str, refused: Refused) -> None:
    topic = sns_client.create_topic(Name=unique_name, Tags=[{"Key": "a", "Value": "1"}])["TopicArn"]
    sns_client.tag_resource(ResourceArn=topic, Tags=[{"Key": "b", "Value": ""}, {"Key": "a", "Value": "2"}])
    sns_client.tag_resource(ResourceArn=topic, Tags=[{"Key": "c", "Value": "3"}])
    sns_client.untag_resource(ResourceArn=topic, TagKeys=["c", "d"])
    assert sns_client.list_tags_for_resource(ResourceArn=topic)["Tags"] == [
        {"Key": "a", "Value": "2"},
        {"Key": "b", "Value": ""},
    ]
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    assert refused("tag_resource", ResourceArn=topic, Tags=twice) == (
        "InvalidParameter: Invalid parameter: Duplicated keys are not allowed."
    )
    many = [{"Key": str(number), "Value": ""} for number in range(50)]
    assert refused("tag_resource", ResourceArn=topic, Tags=many).startswith("TagLimitExceeded: ")
    assert refused("list_tags_for_resource", ResourceArn=topic + "x") == "ResourceNotFound: Resource does not exist"


def test_permissions_are_statements_of_the_policy(sns_client: Any, make_topic: MakeTopic, refused: Refused) -> None:
    topic = make_topic()
    sns_client.add_permission(
        TopicArn=topic, Label="one", AWSAccountId=["111122223333"], ActionName=["Publish", "Subscribe"]
    )
    statements = json.loads(attributes_of(sns_client, topic)["Policy"])["Statement"]
    assert statements[1] == {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": ["SNS:Publish", "SNS:Subscribe"],
        "Resource": topic,
    }
    again = {"TopicArn": topic, "Label": "one", "AWSAccountId": ["111122223333"], "ActionName": ["Publish"]}
    assert refused("add_permission", **again) == "InvalidParameter: Invalid parameter: Statement already exists"
    wrong = {**again, "Label": "two", "ActionName": ["Dance"]}
    assert refused("add_permission", **wrong) == (
        "InvalidParameter: Invalid parameter: Policy statement action out of service scope!"
    )
    sns_client.remove_permission(TopicArn=topic, Label="one")
    assert len(json.loads(attributes_of(sns_client, topic)["Policy"])["Statement"]) == 1


def test_a_data_protection_policy_is_kept(sns_client: Any, make_topic: MakeTopic, refused: Refused) -> None:
    topic = make_topic()
    statement = {
        "DataDirection": "Inbound",
        "Principal": ["*"],
        "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/Name"],
        "Operation": {"Deny": {}},
    }
    policy = json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": [statement]})
    assert sns_client.get_data_protection_policy(ResourceArn=topic).get("DataProtectionPolicy", "") == ""
    sns_client.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=policy)
    assert sns_client.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == policy
    for wrong in ("{", "{}", '{"Name": "p", "Version": "2021-06-01", "Statement": [{}]}'):
        text = refused("put_data_protection_policy", ResourceArn=topic, DataProtectionPolicy=wrong)
        assert text.startswith("InvalidParameter: Invalid parameter: DataProtectionPolicy Reason: ")


def test_a_topic_belongs_to_its_region(fleet: Running, account_id: str, unique_name: str) -> None:
    topic = fleet.client("sns", account_id=account_id).create_topic(Name=unique_name)["TopicArn"]
    elsewhere = fleet.client("sns", account_id=account_id, config=Config(region_name="eu-west-1"))
    for operation in ("get_topic_attributes", "delete_topic", "list_subscriptions_by_topic"):
        with pytest.raises(elsewhere.exceptions.InvalidParameterException, match=r"Invalid parameter: TopicArn$"):
            getattr(elsewhere, operation)(TopicArn=topic)
    with pytest.raises(elsewhere.exceptions.InvalidParameterException, match=r"Invalid parameter: TargetArn$"):
        elsewhere.publish(TargetArn=topic, Message="x")
    assert elsewhere.list_topics()["Topics"] == []
