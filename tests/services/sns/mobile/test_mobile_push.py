"""Platform applications, their endpoints, and messages to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.processes import Running

Make = Callable[..., Any]
Refused = Callable[..., str]

CREDENTIALS = {"PlatformPrincipal": "certificate", "PlatformCredential": "key"}


@pytest.fixture
def application(sns_client: Any, unique_name: str) -> str:
    arn: str = sns_client.create_platform_application(Name=unique_name, Platform="APNS", Attributes=CREDENTIALS)[
        "PlatformApplicationArn"
    ]
    return arn


def test_an_application(sns_client: Any, application: str, unique_name: str, refused: Refused) -> None:
    assert application == f"arn:aws:sns:us-east-1:000000000000:app/APNS/{unique_name}"
    again = sns_client.create_platform_application(Name=unique_name, Platform="APNS", Attributes=CREDENTIALS)
    assert again["PlatformApplicationArn"] == application
    sns_client.set_platform_application_attributes(
        PlatformApplicationArn=application, Attributes={"SuccessFeedbackSampleRate": "10"}
    )
    shown = sns_client.get_platform_application_attributes(PlatformApplicationArn=application)["Attributes"]
    assert shown == {"Enabled": "true", "SuccessFeedbackSampleRate": "10"}
    listed = sns_client.get_paginator("list_platform_applications").paginate().build_full_result()
    assert {"PlatformApplicationArn": application, "Attributes": shown} in listed["PlatformApplications"]
    sns_client.delete_platform_application(PlatformApplicationArn=application)
    assert refused("get_platform_application_attributes", PlatformApplicationArn=application) == (
        "NotFound: PlatformApplication does not exist"
    )


@pytest.mark.parametrize(
    ("name", "platform", "attributes", "reason"),
    [
        ("", "GCM", {"PlatformCredential": "x"}, " Reason: cannot be empty"),
        ("a" * 257, "GCM", {"PlatformCredential": "x"}, "a" * 257 + " Reason: must be at most 256 characters long"),
        ("a b", "GCM", {"PlatformCredential": "x"}, "a b Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-"),
        ("a", "PIGEON", {"PlatformCredential": "x"}, "Platform Reason: PIGEON is not supported"),
        (
            "a",
            "GCM",
            {"PlatformCredential": ""},
            "Attributes Reason: Invalid value for attribute: PlatformCredential: cannot be empty",
        ),
        (
            "a",
            "APNS",
            {"PlatformCredential": "x"},
            "Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal",
        ),
        (
            "a",
            "GCM",
            {"PlatformPrincipal": "x"},
            "Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential",
        ),
        (
            "a",
            "APNS",
            {"PlatformCredential": "x", "PlatformPrincipal": ""},
            "Attributes Reason: Invalid value for attribute: PlatformPrincipal: cannot be empty",
        ),
        ("a", "GCM", {"PlatformCredential": "x", "Color": "red"}, "Attributes Reason: Invalid attribute name: Color"),
    ],
)
def test_applications_that_are_refused(
    refused: Refused, name: str, platform: str, attributes: dict[str, str], reason: str
) -> None:
    text = refused("create_platform_application", Name=name, Platform=platform, Attributes=attributes)
    assert text.startswith(f"InvalidParameter: Invalid parameter: {reason}")


def test_an_endpoint(sns_client: Any, application: str, refused: Refused) -> None:
    def create(token: str, data: str) -> dict[str, Any]:
        return {"PlatformApplicationArn": application, "Token": token, "CustomUserData": data}

    endpoint = sns_client.create_platform_endpoint(**create("token", "me"))["EndpointArn"]
    assert endpoint.startswith(application.replace(":app/", ":endpoint/") + "/")
    assert sns_client.create_platform_endpoint(**create("token", "me"))["EndpointArn"] == endpoint
    assert refused("create_platform_endpoint", **create("token", "you")) == (
        f"InvalidParameter: Invalid parameter: Token Reason: Endpoint {endpoint} already exists with the same Token, "
        "but different attributes."
    )
    assert refused("create_platform_endpoint", **create("", "me")) == (
        "InvalidParameter: Invalid parameter: Token Reason: cannot be empty"
    )
    # What is among the attributes goes before the parameter.
    both = {**create("token", "you"), "Attributes": {"CustomUserData": "me"}}
    assert sns_client.create_platform_endpoint(**both)["EndpointArn"] == endpoint
    sns_client.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "False", "Token": "new"})
    attributes = {"Enabled": "false", "Token": "new", "CustomUserData": "me"}
    assert sns_client.get_endpoint_attributes(EndpointArn=endpoint)["Attributes"] == attributes
    listed = sns_client.list_endpoints_by_platform_application(PlatformApplicationArn=application)["Endpoints"]
    assert listed == [{"EndpointArn": endpoint, "Attributes": attributes}]
    assert refused("publish", TargetArn=endpoint, Message="x") == "EndpointDisabled: Endpoint is disabled"
    for _ in range(2):
        sns_client.delete_endpoint(EndpointArn=endpoint)
    assert refused("get_endpoint_attributes", EndpointArn=endpoint) == "NotFound: Endpoint does not exist"
    assert refused("publish", TargetArn=endpoint, Message="x") == (
        "InvalidParameter: Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"
    )


def test_messages_to_a_device(
    fleet: Running, sns_client: Any, application: str, make_topic: Make, refused: Refused
) -> None:
    topic = make_topic()
    endpoint = sns_client.create_platform_endpoint(PlatformApplicationArn=application, Token="token")["EndpointArn"]
    sns_client.subscribe(TopicArn=topic, Protocol="application", Endpoint=endpoint)
    text = json.dumps({"default": "for all", "APNS": json.dumps({"aps": {"alert": "hi"}})})
    sns_client.publish(TargetArn=endpoint, Message=text, MessageStructure="json")
    sns_client.publish(TopicArn=topic, Message="by topic")
    path = f"/_aws/sns/platform-endpoint-messages?endpointArn={endpoint}"
    direct, by_topic = fleet.get(path)["platform_endpoint_messages"][endpoint]
    assert (direct["TargetArn"], direct["TopicArn"], direct["Message"]) == (endpoint, None, '{"aps": {"alert": "hi"}}')
    assert (by_topic["TopicArn"], by_topic["Message"]) == (topic, "by topic")
    sns_client.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "false"})
    sns_client.publish(TopicArn=topic, Message="not to a disabled one")
    assert len(fleet.get(path)["platform_endpoint_messages"][endpoint]) == 2
    sns_client.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "true"})
    for text, shown in (({"APNS": "{}"}, "{}"), ({"GCM": "{}"}, '{"GCM": "{}"}')):
        sns_client.publish(TargetArn=endpoint, Message=json.dumps(text), MessageStructure="json")
        assert fleet.get(path)["platform_endpoint_messages"][endpoint][-1]["Message"] == shown
    malformed = json.dumps({"default": "for all", "APNS": "not JSON"})
    assert refused("publish", TargetArn=endpoint, Message=malformed, MessageStructure="json") == (
        "InvalidParameter: Invalid parameter: Message Reason: Invalid notification for protocol APNS: Notification is "
        "malformed"
    )


def test_a_device_that_does_not_exist_cannot_subscribe(make_topic: Make, application: str, refused: Refused) -> None:
    missing = application.replace(":app/", ":endpoint/") + "/missing"
    assert refused("subscribe", TopicArn=make_topic(), Protocol="application", Endpoint=missing) == (
        f"InvalidParameter: Invalid parameter: Endpoint Reason: Endpoint does not exist for endpoint {missing}"
    )
