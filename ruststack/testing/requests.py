"""What an account has asked, from the journals of the services."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ruststack.control_client import ControlClient
from ruststack.refusal import Refused

_PATH = "/_ruststack/requests"
_MOST = "100000"
_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class AskedRequest:
    """One request, as the journal has it (docs/debugging.md)."""

    time: datetime
    service: str
    operation: str | None
    resource: str | None
    """`bucket/key`, a table, queue or topic."""
    status: int
    error: str | None
    """The error's code."""
    parameters: str
    """Their beginning."""
    region: str
    user_agent: str | None
    fault: str | None
    """The id of the fault rule that struck it."""
    entry: Mapping[str, Any]
    """All that is known."""

    @property
    def name(self) -> str:
        """`sqs.SendMessage`"""
        return f"{self.service}.{self.operation}"


class AccountRequests:
    """Those of one account. Filters are the journal's: `service="sqs"`, `operation="Put*"`, `status="error"`, ..."""

    def __init__(self, endpoint_url: str, account: str) -> None:
        self._client = ControlClient(endpoint_url)
        self._account = account

    def __call__(self, **filters: str | float) -> list[AskedRequest]:
        """What it has asked, in the order of time. ValueError where there is no such filter."""
        asked = {name: str(value) for name, value in filters.items()}
        try:
            found = self._client.ask("GET", _PATH, {**asked, "account": self._account, "limit": _MOST})
        except Refused as error:
            raise ValueError(str(error)) from None
        return [_request(entry) for entry in found["requests"]]

    def names(self, **filters: str | float) -> list[str]:
        """`["dynamodb.PutItem", "sqs.SendMessage"]`: what it has asked for, in the order of time."""
        return [request.name for request in self(**filters)]

    def wait_for(self, count: int = 1, timeout: float = 30.0, **filters: str | float) -> list[AskedRequest]:
        """The same, once there are `count` of them: of an application that works in the background.

        AssertionError, with what it has asked instead, where there are fewer after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while len(found := self(**filters)) < count:
            if time.monotonic() > deadline:
                wanted = ", ".join(f"{name}={value!r}" for name, value in filters.items()) or "requests"
                raise AssertionError(
                    f"{len(found)} of {count} with {wanted} within {timeout:g} s; asked were {self.names()}"
                )
            time.sleep(_LOOK_SECONDS)
        return found


def _request(entry: Mapping[str, Any]) -> AskedRequest:
    return AskedRequest(
        time=datetime.fromtimestamp(entry["time"], UTC),
        service=entry["service"],
        operation=entry["operation"],
        resource=entry["resource"],
        status=entry["status"],
        error=entry["error"] and entry["error"]["code"],
        parameters=entry["parameters"],
        region=entry["region"],
        user_agent=entry["user_agent"],
        fault=entry["fault"],
        entry=entry,
    )
