"""SNS's table of permissions, and `RUSTSTACK_AUTH` at SNS alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from awskit.wire.model import load_model
from services.sns.access.rules import RULES
from tests.access import OTHER, OWNER, Callers, access_environment, error_of, refusal
from tests.processes import running_service

UNSIGNED = (403, "MissingAuthenticationToken", "Request is missing Authentication Token")


@pytest.fixture(scope="module")
def sns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    folder = tmp_path_factory.mktemp("sns-access")
    with running_service("sns", folder, environment=access_environment(folder)) as running:
        yield Callers(running.url, "sns")


def test_every_operation_has_a_rule() -> None:
    assert {name for _, name in RULES} == set(load_model("sns").operations)


def test_a_topics_policy_lets_in(sns: Callers, unique_name: str) -> None:
    topic = sns.named("owner").create_topic(Name=unique_name)["TopicArn"]
    given = {"TopicArn": topic, "Message": "x"}
    who = f"User: arn:aws:iam::{OWNER}:user/user is not authorized to perform: SNS:Publish on resource: {topic}"
    why = "because no identity-based policy allows the SNS:Publish action"
    assert error_of(sns.named("user").publish, **given) == (403, "AuthorizationError", f"{who} {why}")
    assert refusal(sns.named("other").publish, **given) == (403, "AuthorizationError")
    assert error_of(sns.anonymous.publish, **given) == UNSIGNED
    sns.named("owner").add_permission(TopicArn=topic, Label="l", AWSAccountId=[OTHER], ActionName=["Publish"])
    sns.named("other").publish(**given)
    assert refusal(sns.named("other").delete_topic, TopicArn=topic) == (403, "AuthorizationError")
    condition = {"StringEquals": {"sns:Protocol": "https"}}
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "SNS:Subscribe",
        "Resource": topic,
        "Condition": condition,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    sns.named("owner").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    endpoint = {"TopicArn": topic, "Endpoint": "ann@example.com", "ReturnSubscriptionArn": True}
    assert refusal(sns.named("other").subscribe, Protocol="email", **endpoint) == (403, "AuthorizationError")
    subscribed = sns.named("other").subscribe(**{**endpoint, "Endpoint": "https://example.test/"}, Protocol="https")
    arn = subscribed["SubscriptionArn"]
    # a subscription is also its owner's, not the topic's alone
    assert sns.named("other").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["Owner"] == OTHER
    assert sns.named("admin").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["Owner"] == OTHER
