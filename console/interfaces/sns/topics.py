"""Topics and their subscriptions. https://docs.aws.amazon.com/sns/latest/api/API_Operations.html"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from console.interfaces.aws_client import AwsClient
from console.interfaces.xml_answers import entries, text

_VERSION = "2010-03-31"


@dataclass(frozen=True, slots=True)
class Subscription:
    """As the lists of SNS tell it; `arn` is `PendingConfirmation` of one that is not confirmed."""

    arn: str
    protocol: str
    endpoint: str
    owner: str
    topic_arn: str

    @property
    def is_pending(self) -> bool:
        return not self.arn.startswith("arn:")


async def call(aws: AwsClient, action: str, given: Mapping[str, str]) -> Element:
    """An operation, its parameters as the query protocol has them. Raises what `AwsClient` does."""
    return await aws.query("sns", action, _VERSION, given)


async def list_topics(aws: AwsClient, token: str) -> tuple[list[str], str]:
    """The ARNs of a hundred topics, and where the list goes on."""
    document = await call(aws, "ListTopics", {"NextToken": token} if token else {})
    found = [arn.text or "" for arn in document.iterfind("ListTopicsResult/Topics/member/TopicArn")]
    return found, text(document, "ListTopicsResult/NextToken")


async def topic_attributes(aws: AwsClient, arn: str) -> dict[str, str]:
    document = await call(aws, "GetTopicAttributes", {"TopicArn": arn})
    return dict(entries(document, "GetTopicAttributesResult/Attributes/entry"))


async def topic_tags(aws: AwsClient, arn: str) -> list[tuple[str, str]]:
    document = await call(aws, "ListTagsForResource", {"ResourceArn": arn})
    return [
        (text(tag, "Key"), text(tag, "Value")) for tag in document.iterfind("ListTagsForResourceResult/Tags/member")
    ]


async def subscriptions_of(aws: AwsClient, arn: str, token: str) -> tuple[list[Subscription], str]:
    """A hundred of a topic's subscriptions, and where the list goes on."""
    given = {"TopicArn": arn, **({"NextToken": token} if token else {})}
    document = await call(aws, "ListSubscriptionsByTopic", given)
    result = "ListSubscriptionsByTopicResult"
    found = [_subscription(member) for member in document.iterfind(f"{result}/Subscriptions/member")]
    return found, text(document, f"{result}/NextToken")


async def list_subscriptions(aws: AwsClient, token: str) -> tuple[list[Subscription], str]:
    """A hundred of all subscriptions, and where the list goes on."""
    document = await call(aws, "ListSubscriptions", {"NextToken": token} if token else {})
    found = [_subscription(member) for member in document.iterfind("ListSubscriptionsResult/Subscriptions/member")]
    return found, text(document, "ListSubscriptionsResult/NextToken")


async def subscription_attributes(aws: AwsClient, arn: str) -> dict[str, str]:
    document = await call(aws, "GetSubscriptionAttributes", {"SubscriptionArn": arn})
    return dict(entries(document, "GetSubscriptionAttributesResult/Attributes/entry"))


def attribute_parameters(prefix: str, attributes: Mapping[str, str]) -> dict[str, str]:
    """A map in the query protocol: `Attributes.entry.1.key`, `.value`."""
    found: dict[str, str] = {}
    for number, (name, value) in enumerate(attributes.items(), 1):
        found[f"{prefix}.entry.{number}.key"] = name
        found[f"{prefix}.entry.{number}.value"] = value
    return found


def message_attribute_parameters(attributes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Message attributes in the query protocol."""
    found: dict[str, str] = {}
    for number, (name, value) in enumerate(attributes.items(), 1):
        found[f"MessageAttributes.entry.{number}.Name"] = name
        for member, said in value.items():
            found[f"MessageAttributes.entry.{number}.Value.{member}"] = said
    return found


def _subscription(member: Element) -> Subscription:
    return Subscription(
        text(member, "SubscriptionArn"),
        text(member, "Protocol"),
        text(member, "Endpoint"),
        text(member, "Owner"),
        text(member, "TopicArn"),
    )
