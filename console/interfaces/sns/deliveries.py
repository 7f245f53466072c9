"""What the fleet tells of deliveries, of messages that end in it, and of filters: its paths under `/_aws/sns/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from console.interfaces.errors import ControlError
from console.interfaces.fleet import FleetClient

_PREFIX = "/_aws/sns"


@dataclass(frozen=True, slots=True)
class Sink:
    """Where messages of a kind end. `key` is the answer's member, `parameter` what picks one recipient."""

    path: str
    key: str
    parameter: str
    label: str
    recipient: str


SINKS = (
    Sink("email-messages", "email_messages", "email", "E-mail", "Address"),
    Sink("sms-messages", "sms_messages", "phoneNumber", "SMS", "Phone number"),
    Sink("platform-endpoint-messages", "platform_endpoint_messages", "endpointArn", "Push", "Endpoint"),
    Sink("lambda-messages", "lambda_messages", "endpoint", "Lambda", "Function"),
    Sink("firehose-messages", "firehose_messages", "endpoint", "Firehose", "Stream"),
)


async def deliveries_of(fleet: FleetClient, **wanted: str) -> list[dict[str, Any]]:
    """Pending and failed deliveries with their tries, the newest first; `wanted` are the path's parameters."""
    answer = await fleet.ask("GET", f"{_PREFIX}/deliveries", {name: value for name, value in wanted.items() if value})
    found: list[dict[str, Any]] = answer["deliveries"]
    return found[::-1]


async def sent_to(fleet: FleetClient, sink: Sink, account: str, region: str) -> list[tuple[str, Any]]:
    """What has come to a sink, by recipient and content, the newest of each recipient first."""
    answer = await fleet.ask("GET", f"{_PREFIX}/{sink.path}", {"accountId": account, "region": region})
    by_recipient: dict[str, list[Any]] = answer[sink.key]
    return [(recipient, content) for recipient, contents in by_recipient.items() for content in reversed(contents)]


async def clear_sink(fleet: FleetClient, sink: Sink, account: str, region: str) -> None:
    await fleet.ask("DELETE", f"{_PREFIX}/{sink.path}", {"accountId": account, "region": region}, accepted=(204,))


async def confirmation_token(fleet: FleetClient, subscription_arn: str) -> str | None:
    """The token that confirms a subscription; None where there is none to confirm."""
    try:
        answer = await fleet.ask("GET", f"{_PREFIX}/subscription-tokens/{quote(subscription_arn, safe=':')}")
    except ControlError as error:
        if error.status in (400, 404):
            return None
        raise
    return str(answer["subscription_token"])


async def check_filters(fleet: FleetClient, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each subscription that a message would reach or not, and why: a thousand at most."""
    answer = await fleet.ask("POST", f"{_PREFIX}/filter-check", content=dict(document))
    found: list[dict[str, Any]] = answer["subscriptions"]
    return found
