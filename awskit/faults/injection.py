"""The fault rules of one process, and what becomes of a request or a delivery that one strikes.

`strike` waits and raises as the rules say: `AwsError`, or `ConnectionBroken`, at which the client's connection ends
without an answer. Where there is no rule (`rules` is empty) nothing of this is called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from random import random, uniform
from typing import Any

from awskit.faults.rules import NO_ERRORS, KnownErrors, Rule, is_for, read_rule
from awskit.outbox import Deliver, Delivered, Delivery, Outcome, Retry
from awskit.wire.http import ClientDisconnected, HttpRequest

_DELIVER = "Deliver"  # the operation, to those of its rules that name one


class ConnectionBroken(ClientDisconnected):
    """The client is to lose its connection."""

    def __init__(self, rule_id: str) -> None:
        super().__init__(f"fault {rule_id}")
        self.rule_id = rule_id


class Faults:
    """Those of one service's process. `chance` gives numbers from 0 to 1."""

    def __init__(self, service: str, known: KnownErrors = NO_ERRORS, chance: Callable[[], float] = random) -> None:
        self.rules: tuple[Rule, ...] = ()
        self.version = 0
        self._service = service
        self._known = known
        self._chance = chance
        self._hits: dict[str, int] = {}
        self._operations: Collection[str] = ()
        self._delivers = False

    def know_operations(self, names: Collection[str]) -> None:
        """What the service can be asked for: a rule for nothing of it is none of its rules."""
        self._operations = names

    @property
    def operations(self) -> Collection[str]:
        """See `know_operations`."""
        return self._operations

    @property
    def delivers(self) -> bool:
        """Whether the service sends anything on, so that a rule can have a `delivery` of its."""
        return self._delivers

    def read(self, given: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
        """Those of these rules that are for this service. ValueError where one of them cannot be used."""
        return tuple(read_rule(one, self._known) for one in given if self._is_own(one))

    def replace(self, version: int, given: Iterable[Mapping[str, Any]]) -> None:
        """Go by these rules from now on; those that stay keep their counts. ValueError where one cannot be used."""
        rules = self.read(given)
        self._hits = {rule.id: self._hits.get(rule.id, 0) for rule in rules}
        self.rules, self.version = rules, version

    def hits(self) -> Mapping[str, int]:
        """How often each rule has struck in this process, by its id."""
        return dict(self._hits)

    async def strike(self, request: HttpRequest, account_id: str, region: str, resource: str) -> Rule | None:
        """Do to the request what the rules do before its work; the one that breaks the connection after it comes back.

        Raises `AwsError` and `ConnectionBroken`.
        """
        facts = {"operation": request.operation, "account": account_id, "region": region, "resource": resource}
        after: Rule | None = None
        for rule in self.rules:
            if rule.is_of_deliveries or not self._strikes(rule, facts):
                continue
            request.fault = rule.id
            if rule.latency is not None:
                await asyncio.sleep(uniform(*rule.latency))
            if rule.breaks == "before":
                raise ConnectionBroken(rule.id)
            if (error := rule.raised()) is not None:
                raise error
            if rule.breaks == "after":
                after = rule
        return after

    def around(self, deliver: Deliver) -> Deliver:
        """`deliver`, but for deliveries that are to come late or twice."""
        self._delivers = True

        async def delivered(destination: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
            if not any(rule.is_of_deliveries for rule in self.rules):
                return await deliver(destination, deliveries)
            return await self._deliver(deliver, destination, deliveries)

        return delivered

    async def _deliver(self, deliver: Deliver, destination: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        held: dict[str, Outcome] = {}
        for delivery in deliveries:
            key = delivery.ordering_key
            outcome = held.get(key) if key is not None else None
            if outcome is None:
                outcome = await self._deliver_one(deliver, destination, delivery)
                if key is not None and isinstance(outcome, Retry):
                    held[key] = outcome
            outcomes.append(outcome)
        return outcomes

    async def _deliver_one(self, deliver: Deliver, destination: str, delivery: Delivery) -> Outcome:
        rule = self._rule_of_delivery(destination) if delivery.attempts == 0 else None
        if rule is not None and rule.delay is not None:
            return Retry(rule.delay, f"delayed by fault {rule.id}")
        (outcome,) = await deliver(destination, [delivery])
        if rule is not None and isinstance(outcome, Delivered):
            await deliver(destination, [delivery])
        return outcome

    def _rule_of_delivery(self, destination: str) -> Rule | None:
        arn = destination[destination.find("arn:") :] if "arn:" in destination else destination
        parts = arn.split(":")
        account, region = (parts[4], parts[3]) if len(parts) > 5 else ("", "")
        for resource in dict.fromkeys((":".join(parts[5:]) or arn, arn)):
            facts = {"operation": _DELIVER, "account": account, "region": region, "resource": resource}
            for rule in self.rules:
                if rule.is_of_deliveries and self._strikes(rule, facts):
                    return rule
        return None

    def _is_own(self, given: Mapping[str, Any]) -> bool:
        deliveries = (_DELIVER,) if self._delivers else ()
        return is_for(self._service, self._operations if given.get("delivery") is None else deliveries, given)

    def _strikes(self, rule: Rule, facts: Mapping[str, str]) -> bool:
        """Whether it does now; it is counted then."""
        if not rule.fits(facts) or (rule.times is not None and self._hits[rule.id] >= rule.times):
            return False
        if rule.probability < 1.0 and self._chance() >= rule.probability:
            return False
        self._hits[rule.id] += 1
        return True
