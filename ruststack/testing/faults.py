"""Faults on purpose, for one account."""

from __future__ import annotations

import json
from typing import Any

from ruststack.control_client import ControlClient
from ruststack.refusal import Refused

_PATH = "/_ruststack/faults"


class AccountFaults:
    """Rules that strike what the account asks, and nobody else (docs/debugging.md)."""

    def __init__(self, endpoint_url: str, account: str) -> None:
        self._client = ControlClient(endpoint_url)
        self._account = account
        self._ids: list[str] = []

    def add(
        self,
        service: str = "*",
        operation: str = "*",
        *,
        error: str | dict[str, Any] | None = None,
        throttle: bool = False,
        latency: float | tuple[float, float] | None = None,
        breaks: str | None = None,
        delivery: str | dict[str, float] | None = None,
        times: int | None = None,
        probability: float | None = None,
        resource: str | None = None,
        region: str | None = None,
    ) -> str:
        """Add a rule; its id comes back. `breaks` is `before` or `after` the work. ValueError where it is none."""
        rule = {
            "service": service,
            "operation": operation,
            "account": self._account,
            "error": error,
            "throttle": throttle or None,
            "latency": list(latency) if isinstance(latency, tuple) else latency,
            "break": breaks,
            "delivery": delivery,
            "times": times,
            "probability": probability,
            "resource": resource,
            "region": region,
        }
        body = json.dumps({name: value for name, value in rule.items() if value is not None}).encode()
        try:
            (added,) = self._client.ask("POST", _PATH, body=body, accepted=(201,))["faults"]
        except Refused as error_said:
            raise ValueError(str(error_said)) from None
        self._ids.append(added["id"])
        return str(added["id"])

    def hits(self, rule_id: str) -> int:
        """How often it has struck. KeyError where there is no such rule of this account's."""
        rules = {rule["id"]: rule["hits"] for rule in self._client.ask("GET", _PATH)["faults"]}
        return int(rules[rule_id])

    def remove(self, rule_id: str) -> None:
        """End one."""
        self._client.ask("DELETE", _PATH, {"id": rule_id}, accepted=(200, 404))
        self._ids = [one for one in self._ids if one != rule_id]

    def clear(self) -> None:
        """End all that were added by this."""
        for rule_id in list(self._ids):
            self.remove(rule_id)
