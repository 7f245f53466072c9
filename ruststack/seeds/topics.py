"""Topics and subscriptions: made, or their attributes and tags set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from awskit.wire.xml_reader import Element
from ruststack.seeds.aws_client import text_of
from ruststack.seeds.changes import (
    Change,
    Resource,
    Wanted,
    arn_of,
    differing,
    tag_changes,
    text,
    texts,
    unless_missing,
)

# In the order in which they can be set.
_IN_SHORT = {"filter_scope": "FilterPolicyScope", "filter": "FilterPolicy", "raw": "RawMessageDelivery"}
_MISSING = ("NotFound", "NotFoundException")


def check(topic: Resource) -> None:
    """Raises `SeedError` where a subscription that stands at the topic names another."""
    for number, said in enumerate(topic.said.get("subscriptions", ())):
        if "topic" in said:
            raise topic.mistake("stands at its topic, and names another", "subscriptions", number, "topic")


def check_subscription(subscription: Resource) -> None:
    """Raises `SeedError` where it names no topic."""
    if "topic" not in subscription.said:
        raise subscription.mistake("lacks topic")


def changes(topic: Wanted) -> Iterator[Change]:
    """What is to be done until the topic is as it is said to be, and its subscriptions are there."""
    what, arn = f"topic {topic.name}", arn_of("sns", topic.name, topic.place)
    attributes = _topic_attributes(topic)
    tags = topic.said.get("tags", {})
    found = unless_missing(lambda: _call(topic, "GetTopicAttributes", TopicArn=arn), *_MISSING)
    if found is None:
        given = {"Name": topic.name, **_entries("Attributes", attributes), **_tags(texts(tags))}
        yield Change(what, "create", lambda: _call(topic, "CreateTopic", **given))
    else:
        current = _attributes_of(found)
        changed = differing({"FifoTopic": "false", **current}, attributes)
        if "FifoTopic" in changed:
            raise topic.mistake("cannot become a topic of the other kind (FifoTopic): delete it", "name")
        for name, value in changed.items():
            given = {"TopicArn": arn, "AttributeName": name, "AttributeValue": value}
            yield Change(what, f"set {name}", partial(_call, topic, "SetTopicAttributes", **given))
        tagged = tag_changes(_tags_of(_call(topic, "ListTagsForResource", ResourceArn=arn)), tags) if tags else {}
        if tagged:
            how = f"tag with {', '.join(tagged)}"
            yield Change(what, how, lambda: _call(topic, "TagResource", ResourceArn=arn, **_tags(tagged)))
    for number, said in enumerate(topic.said.get("subscriptions", ())):
        one = topic.within("subscriptions", number, said={**said, "topic": arn})
        yield from subscription_changes(one, topic_is_there=found is not None)


def subscription_changes(subscription: Wanted, *, topic_is_there: bool = True) -> Iterator[Change]:
    """What is to be done until the subscription is there as it is said to be."""
    said = subscription.said
    arn = arn_of("sns", said["topic"], subscription.place)
    protocol, endpoint = said.get("protocol", "sqs"), said.get("endpoint", "")
    if "queue" in said:
        protocol, endpoint = "sqs", arn_of("sqs", said["queue"], subscription.place)
    what = f"subscription of {protocol} {endpoint} to {arn.rpartition(':')[2]}"
    attributes = _subscription_attributes(said)
    found = _find(subscription, arn, protocol, endpoint) if topic_is_there else None
    if found is None:
        given = {"TopicArn": arn, "Protocol": protocol, "Endpoint": endpoint, "ReturnSubscriptionArn": "true"}
        given.update(_entries("Attributes", attributes))
        yield Change(what, "create", lambda: _call(subscription, "Subscribe", **given))
        return
    if not found.startswith("arn:") or not attributes:
        return  # it waits to be confirmed: nothing can be set until then
    current = _attributes_of(_call(subscription, "GetSubscriptionAttributes", SubscriptionArn=found))
    for name, value in differing(current, attributes).items():
        given = {"SubscriptionArn": found, "AttributeName": name, "AttributeValue": value}
        how = f"set {name}"
        yield Change(what, how, partial(_call, subscription, "SetSubscriptionAttributes", **given))


def _find(subscription: Wanted, topic: str, protocol: str, endpoint: str) -> str | None:
    """The ARN of the subscription, or what stands for it as long as it is not confirmed."""
    given = {"TopicArn": topic}
    while True:
        page = unless_missing(partial(_call, subscription, "ListSubscriptionsByTopic", **given), *_MISSING)
        if page is None:
            return None
        for entry in _members(page, "Subscriptions"):
            if (text_of(entry, "Protocol"), text_of(entry, "Endpoint")) == (protocol, endpoint):
                return text_of(entry, "SubscriptionArn")
        given["NextToken"] = text_of(page, "NextToken")
        if not given["NextToken"]:
            return None


def _topic_attributes(topic: Wanted) -> dict[str, str]:
    attributes = texts(topic.said.get("attributes", {}))
    if topic.name.endswith(".fifo"):
        attributes["FifoTopic"] = "true"
    if "policy" in topic.said:
        attributes["Policy"] = text(topic.said["policy"])
    return attributes


def _subscription_attributes(said: Mapping[str, object]) -> dict[str, str]:
    attributes = texts(said.get("attributes", {}))  # type: ignore[arg-type]
    for name, attribute in _IN_SHORT.items():
        if name in said:
            attributes[attribute] = text(said[name])
    return attributes


def _entries(name: str, attributes: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, (key, value) in enumerate(attributes.items(), 1):
        found[f"{name}.entry.{number}.key"] = key
        found[f"{name}.entry.{number}.value"] = value
    return found


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, (key, value) in enumerate(tags.items(), 1):
        found[f"Tags.member.{number}.Key"] = key
        found[f"Tags.member.{number}.Value"] = value
    return found


def _attributes_of(result: Element) -> dict[str, str]:
    entries = (entry for child in result.children if child.name == "Attributes" for entry in child.children)
    return {text_of(entry, "key"): text_of(entry, "value") for entry in entries}


def _tags_of(result: Element) -> dict[str, str]:
    return {text_of(tag, "Key"): text_of(tag, "Value") for tag in _members(result, "Tags")}


def _members(result: Element, name: str) -> Iterable[Element]:
    return (entry for child in result.children if child.name == name for entry in child.children)


def _call(resource: Wanted, operation: str, **given: str) -> Element:
    return resource.client.query(resource.place, operation, given)
