"""SMS: messages to phones, attributes, the sandbox, opting out."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from tests.processes import Running

Refused = Callable[..., str]


@pytest.fixture
def client(fleet: Running, account_id: str) -> Any:
    return fleet.client("sns", account_id=account_id)


def texts(fleet: Running, account_id: str, number: str) -> list[dict[str, Any]]:
    path = f"/_aws/sns/sms-messages?accountId={account_id}&phoneNumber=%2B{number[1:]}"
    found: list[dict[str, Any]] = fleet.get(path)["sms_messages"].get(number, [])
    return found


def error_of(client: Any, operation: str, **parameters: Any) -> str:
    with pytest.raises(client.exceptions.ClientError) as caught:
        getattr(client, operation)(**parameters)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def test_messages_to_a_phone(fleet: Running, client: Any, account_id: str) -> None:
    number = "+15551234567"
    topic = client.create_topic(Name="t")["TopicArn"]
    client.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+1 (555) 123-4567")
    client.publish(PhoneNumber=number, Message="direct")
    client.publish(TopicArn=topic, Message="by topic")
    direct, by_topic = texts(fleet, account_id, number)
    assert (direct["PhoneNumber"], direct["Message"], direct["TopicArn"]) == (number, "direct", None)
    assert direct["MessageAttributes"] == {}
    assert (by_topic["PhoneNumber"], by_topic["Message"], by_topic["TopicArn"]) == (number, "by topic", topic)
    request = urllib.request.Request(f"{fleet.url}/_aws/sns/sms-messages?accountId={account_id}", method="DELETE")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 204
    assert texts(fleet, account_id, number) == []


def test_a_number_that_is_none(client: Any) -> None:
    for number in ("call me", "123", "+123", "+1a234", "0123456789", "+1" + "2" * 15):
        assert error_of(client, "publish", PhoneNumber=number, Message="x") == (
            f"InvalidParameter: Invalid parameter: PhoneNumber Reason: {number} is not valid to publish to"
        )


def test_a_text_has_at_most_1600_characters(client: Any) -> None:
    number = "+15551234567"
    client.publish(PhoneNumber=number, Message="x" * 1600)
    assert "must be less than 1600" in error_of(client, "publish", PhoneNumber=number, Message="x" * 1601)


def test_numbers_to_subscribe(client: Any) -> None:
    topic = client.create_topic(Name="t")["TopicArn"]
    client.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15/55-123.4567")
    for number in ("call me", "NAA+15551234567", "+15551234567.", "/+15551234567", "+15--551234567"):
        assert error_of(client, "subscribe", TopicArn=topic, Protocol="sms", Endpoint=number) == (
            f"InvalidParameter: Invalid SMS endpoint: {number}"
        )


def test_attributes(client: Any) -> None:
    assert client.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "1"}
    client.set_sms_attributes(attributes={"DefaultSMSType": "Transactional", "MonthlySpendLimit": "5"})
    client.set_sms_attributes(attributes={"MonthlySpendLimit": "", "DefaultSenderID": "Shop"})
    assert client.get_sms_attributes()["attributes"] == {
        "DefaultSMSType": "Transactional",
        "DefaultSenderID": "Shop",
        "MonthlySpendLimit": "1",
    }
    assert client.get_sms_attributes(attributes=["DefaultSenderID"])["attributes"] == {"DefaultSenderID": "Shop"}
    for name, value, reason in (
        ("Color", "red", "Color is not a valid attribute"),
        ("DefaultSMSType", "Loud", "DefaultSMSType is invalid"),
        ("DefaultSenderID", "123", "DefaultSenderID is invalid"),
        ("MonthlySpendLimit", "x", "MonthlySpendLimit is invalid"),
    ):
        assert error_of(client, "set_sms_attributes", attributes={name: value}) == f"InvalidParameter: {reason}"


def test_the_sandbox(fleet: Running, client: Any, account_id: str) -> None:
    number = "+15557654321"
    assert client.get_sms_sandbox_account_status()["IsInSandbox"] is True
    client.create_sms_sandbox_phone_number(PhoneNumber=number)
    assert client.list_sms_sandbox_phone_numbers()["PhoneNumbers"] == [{"PhoneNumber": number, "Status": "Pending"}]
    (text,) = texts(fleet, account_id, number)
    (password,) = re.findall(r"\d{6}", text["Message"])
    wrong = "000000" if password != "000000" else "111111"
    text_of_error = error_of(client, "verify_sms_sandbox_phone_number", PhoneNumber=number, OneTimePassword=wrong)
    assert text_of_error.startswith("VerificationException: ")
    client.verify_sms_sandbox_phone_number(PhoneNumber=number, OneTimePassword=password)
    assert client.list_sms_sandbox_phone_numbers()["PhoneNumbers"] == [{"PhoneNumber": number, "Status": "Verified"}]
    client.delete_sms_sandbox_phone_number(PhoneNumber=number)
    assert error_of(client, "delete_sms_sandbox_phone_number", PhoneNumber=number).startswith("ResourceNotFound: ")


def test_opting_out(fleet: Running, client: Any, account_id: str) -> None:
    number = "+15550001111"
    fleet.post(f"/_aws/sns/opted-out-numbers?accountId={account_id}&phoneNumber=%2B15550001111")
    assert client.check_if_phone_number_is_opted_out(phoneNumber=number)["isOptedOut"] is True
    assert client.list_phone_numbers_opted_out()["phoneNumbers"] == [number]
    client.publish(PhoneNumber=number, Message="unheard")
    assert texts(fleet, account_id, number) == []
    client.opt_in_phone_number(phoneNumber=number)
    assert client.check_if_phone_number_is_opted_out(phoneNumber=number)["isOptedOut"] is False
    assert error_of(client, "check_if_phone_number_is_opted_out", phoneNumber="+0123") == (
        "InvalidParameter: Invalid parameter: PhoneNumber Reason: input incorrectly formatted"
    )


@pytest.mark.parametrize("path", ["phone-opt-outs", "opted-out-numbers"])
def test_opting_out_by_a_json_object(fleet: Running, client: Any, account_id: str, path: str) -> None:
    body = json.dumps({"phoneNumber": "+15550002222", "accountId": account_id}).encode()
    for _ in range(2):
        with urllib.request.urlopen(f"{fleet.url}/_aws/sns/{path}", data=body) as answer:
            assert answer.status == 200
    assert client.list_phone_numbers_opted_out()["phoneNumbers"] == ["+15550002222"]
    with pytest.raises(urllib.error.HTTPError, match="400") as caught:
        urllib.request.urlopen(f"{fleet.url}/_aws/sns/{path}", data=b'{"phoneNumber": 1}')
    caught.value.close()


def test_there_are_no_origination_numbers(client: Any) -> None:
    assert client.list_origination_numbers()["PhoneNumbers"] == []
