"""The permissions that operations need, as data: their actions in policies, and what they act on.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from awskit.access.condition_keys import Keys, tag_keys
from awskit.access.decision import Permission, ResourcePolicy, resource_policy
from awskit.access.guard import Guarded, Needed, Rule
from awskit.access.refusals import SNS
from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import build_arn, parse_arn
from services.sns.arns import platform_application_arn, require_subscription_arn, topic_arn
from services.sns.errors import invalid_parameter
from services.sns.runtime import SnsContext
from services.sns.store import subscriptions, topics
from services.sns.topics.access_policy import default_policy

Input = Mapping[str, Any]

# operation: the member that names what it is about
_BY_ARN = MappingProxyType(
    {
        **dict.fromkeys(("AddPermission", "RemovePermission", "DeleteTopic", "GetTopicAttributes"), "TopicArn"),
        **dict.fromkeys(("SetTopicAttributes", "ListSubscriptionsByTopic", "PublishBatch", "Subscribe"), "TopicArn"),
        **dict.fromkeys(("GetDataProtectionPolicy", "PutDataProtectionPolicy"), "ResourceArn"),
        **dict.fromkeys(("ListTagsForResource", "TagResource", "UntagResource"), "ResourceArn"),
        **dict.fromkeys(("GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe"), "SubscriptionArn"),
        **dict.fromkeys(("CreatePlatformEndpoint", "DeletePlatformApplication"), "PlatformApplicationArn"),
        **dict.fromkeys(
            ("GetPlatformApplicationAttributes", "SetPlatformApplicationAttributes"), "PlatformApplicationArn"
        ),
        "ListEndpointsByPlatformApplication": "PlatformApplicationArn",
        **dict.fromkeys(("DeleteEndpoint", "GetEndpointAttributes", "SetEndpointAttributes"), "EndpointArn"),
    }
)
_OF_THE_ACCOUNT = (
    *("ListTopics", "ListSubscriptions", "ListPlatformApplications", "ListOriginationNumbers", "GetSMSAttributes"),
    *("SetSMSAttributes", "CheckIfPhoneNumberIsOptedOut", "ListPhoneNumbersOptedOut", "OptInPhoneNumber"),
    *("GetSMSSandboxAccountStatus", "CreateSMSSandboxPhoneNumber", "DeleteSMSSandboxPhoneNumber"),
    *("ListSMSSandboxPhoneNumbers", "VerifySMSSandboxPhoneNumber"),
)


def named_arns(operation: str, input: Input) -> Iterable[str]:
    """The ARNs that an input has, but for those of endpoints to deliver to."""
    member = _BY_ARN.get(operation)
    if member is not None:
        arn = input.get(member)
    elif operation == "Publish":
        arn = input.get("TopicArn", input.get("TargetArn"))
    else:
        return ()
    return () if arn is None else (arn,)


def elsewhere(operation: str, arn: str, input: Input) -> AwsError | None:
    """What is said of an ARN of another region, which this one knows nothing of."""
    if operation in ("GetSubscriptionAttributes", "SetSubscriptionAttributes"):
        return None
    return invalid_parameter(_BY_ARN.get(operation, "TopicArn" if "TopicArn" in input else "TargetArn"))


def _needs(operation: str, resource: str, owner: str, keys: Keys | None = None) -> Permission:
    action = "Publish" if operation == "PublishBatch" else operation
    return Permission(f"sns:{action}", resource, owner, keys or {})


def _owner(arn: str, context: SnsContext) -> str:
    parts = parse_arn(arn)
    return context.account_id if parts is None else parts.account_id


def _by_arn(operation: str, member: str) -> Rule[SnsContext]:
    def rule(context: SnsContext, input: Input) -> Iterable[Permission]:
        arn = input.get(member, "")
        yield _needs(operation, arn, _owner(arn, context), _keys_of(operation, input))

    return rule


def _keys_of(operation: str, input: Input) -> Keys:
    if operation == "Subscribe":
        given = {"sns:protocol": input.get("Protocol"), "sns:endpoint": input.get("Endpoint")}
        return {name: (value,) for name, value in given.items() if value is not None}
    if operation == "TagResource":
        return tag_keys({tag.get("Key", ""): tag.get("Value", "") for tag in input["Tags"]})
    return tag_keys(names=tuple(input["TagKeys"])) if operation == "UntagResource" else {}


def _of_account(operation: str) -> Rule[SnsContext]:
    def rule(context: SnsContext, input: Input) -> Iterable[Permission]:
        account = context.account_id
        resource = build_arn("sns", context.region, account, "*") if operation.startswith("List") else "*"
        yield _needs(operation, resource, account)

    return rule


def _create_topic(context: SnsContext, input: Input) -> Iterable[Permission]:
    account = context.account_id
    arn = topic_arn(context.region, account, input["Name"])
    tags = {tag.get("Key", ""): tag.get("Value", "") for tag in input.get("Tags") or ()}
    yield _needs("CreateTopic", arn, account, tag_keys(tags))
    if tags:
        yield _needs("TagResource", arn, account, tag_keys(tags))


def _create_application(context: SnsContext, input: Input) -> Iterable[Permission]:
    account = context.account_id
    arn = platform_application_arn(context.region, account, input["Platform"], input["Name"])
    yield _needs("CreatePlatformApplication", arn, account)


def _publish(context: SnsContext, input: Input) -> Iterable[Permission]:
    target = input.get("TopicArn", input.get("TargetArn"))
    if target is not None:
        yield _needs("Publish", target, _owner(target, context))
    else:
        yield _needs("Publish", input.get("PhoneNumber", "*"), context.account_id)


def _confirm(context: SnsContext, input: Input) -> Iterable[Permission]:
    """None: the token is what lets in."""
    return ()


def _unsubscribe(context: SnsContext, input: Input) -> Iterable[Permission]:
    """Who has not signed follows the link of a message; whether that is enough is the subscription's matter."""
    if context.access_key_id is None:
        return ()
    if "SubscriptionArn" in input:
        require_subscription_arn(input["SubscriptionArn"])  # AWS looks at its form first
    return _by_arn("Unsubscribe", "SubscriptionArn")(context, input)


def _resolve(transaction: Transaction, context: SnsContext, permission: Permission) -> Needed:
    arn = permission.resource
    parts = parse_arn(arn)
    if parts is None or parts.service != "sns" or "/" in parts.resource:
        return permission, None
    if ":" in parts.resource:
        topic_part = arn.rpartition(":")[0]
        subscription = subscriptions.find(transaction, arn)
        owner = permission.owner
        if subscription is not None and subscription.account_id == context.account_id:
            owner = context.account_id
        permission, arn = replace(permission, resource=topic_part, owner=owner), topic_part
    topic = topics.find(transaction, arn)
    if topic is None:
        return permission, None
    keys = {**tag_keys(existing=topic.tags), **permission.keys}
    text = topic.attributes.get("Policy") or default_policy(topic.arn, topic.account_id)
    policy: ResourcePolicy = resource_policy(f"the policy of {topic.arn}", text)
    return replace(permission, keys=keys), policy


RULES: Mapping[tuple[str, str], Rule[SnsContext]] = MappingProxyType(
    {
        **{("sns", name): _by_arn(name, member) for name, member in _BY_ARN.items()},
        **{("sns", name): _of_account(name) for name in _OF_THE_ACCOUNT},
        ("sns", "CreateTopic"): _create_topic,
        ("sns", "CreatePlatformApplication"): _create_application,
        ("sns", "Publish"): _publish,
        ("sns", "ConfirmSubscription"): _confirm,
        ("sns", "Unsubscribe"): _unsubscribe,
    }
)

GUARDED = Guarded(RULES, _resolve, SNS, "sns")
