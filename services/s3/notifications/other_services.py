"""Events for Lambda functions and for EventBridge, which another emulator stands in for.

In: the outbox's deliveries to a function or an event bus, by its ARN. Out: calls of AWS's own API, `Invoke` and
`PutEvents`. What is not there, throttles or fails is tried again until the outbox's last try, and so is a function that
is gone: an emulator may have forgotten it with its restart. What else is refused is not. One that takes `aws.s3` for a
source from nobody, as AWS from its customers, gets `ruststack.s3`.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from awskit.fallback import functions
from awskit.fallback.calls import Answer, FallbackCalls, Owner, is_temporary
from awskit.outbox import Delivered, Delivery, GivenUp, Outcome, Retry
from awskit.resources.arns import parse_arn
from services.s3.notifications.event_records import request_id_of, untraced

_BACK_OFF = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0)
_GONE = "ResourceNotFoundException"
_SERVICES = ("lambda", "events")
_PUT_EVENTS = "AWSEvents.PutEvents"
_NOT_OUR_SOURCE = "NotAuthorizedForSourceException"
_OTHER_SOURCE = {"Source": "ruststack.s3"}

_log = logging.getLogger("ruststack.s3.notifications")

Note = Callable[[str, str, str, str], None]


class OtherServices:
    """See the module. `note` is told of each try, as `Senders` tells it."""

    def __init__(self, calls: FallbackCalls, note: Note) -> None:
        self._calls = calls
        self._tell = note

    @staticmethod
    def take(destination: str) -> bool:
        """Whether the destination is one of theirs."""
        arn = parse_arn(destination)
        return arn is not None and arn.service in _SERVICES

    async def deliver(self, arn: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """An outcome for each, in order."""
        if ":lambda:" in arn:
            return await asyncio.gather(*(self._invoke(arn, delivery) for delivery in deliveries))
        try:
            return await self._put_events(arn, deliveries)
        except OSError as error:
            return [self._again(arn, delivery, repr(error), down=True) for delivery in deliveries]

    async def _invoke(self, arn: str, delivery: Delivery) -> Outcome:
        trace, message = untraced(delivery.payload)
        try:
            answer = await functions.invoke(self._calls, arn, message, trace)
        except functions.NoFunction:
            return self._never(arn, delivery, "it is no function's ARN")
        except OSError as error:
            return self._again(arn, delivery, repr(error), down=True)
        if answer.code == functions.FUNCTION_ERROR:
            delay = functions.retry_delay(delivery.attempts)
            self._note(arn, delivery, answer.text)
            return self._never(arn, delivery, answer.text) if delay is None else Retry(delay, answer.text)
        if answer.code == _GONE:
            return self._again(arn, delivery, answer.text, down=True)
        return self._outcome(arn, delivery, answer)

    async def _put_events(
        self, arn: str, deliveries: Sequence[Delivery], changes: Mapping[str, str] | None = None
    ) -> Sequence[Outcome]:
        bus = parse_arn(arn)
        assert bus is not None
        content = {"Entries": [{**orjson.loads(delivery.payload), **(changes or {})} for delivery in deliveries]}
        answer = await self._calls.json("events", Owner(bus.account_id, bus.region), _PUT_EVENTS, content)
        entries = _entries(answer) if answer.succeeded else ()
        if len(entries) != len(deliveries):
            return [self._outcome(arn, delivery, answer) for delivery in deliveries]
        if changes is None and all(entry.get("ErrorCode") == _NOT_OUR_SOURCE for entry in entries):
            return await self._put_events(arn, deliveries, _OTHER_SOURCE)
        return [self._of_entry(arn, delivery, entry) for delivery, entry in zip(deliveries, entries, strict=True)]

    def _of_entry(self, arn: str, delivery: Delivery, entry: Any) -> Outcome:
        code = entry.get("ErrorCode")
        if not code:
            self._note(arn, delivery, "200")
            return Delivered()
        text = f"{code}: {entry.get('ErrorMessage', '')}"
        return self._again(arn, delivery, text) if is_temporary(code) else self._never(arn, delivery, text)

    def _outcome(self, arn: str, delivery: Delivery, answer: Answer) -> Outcome:
        if answer.succeeded:
            self._note(arn, delivery, f"{answer.status}")
            return Delivered()
        text = f"{answer.status} {answer.text}".rstrip()
        return self._again(arn, delivery, text) if answer.is_temporary else self._never(arn, delivery, text)

    def _again(self, arn: str, delivery: Delivery, text: str, *, down: bool = False) -> Outcome:
        self._note(arn, delivery, text)
        wait = _BACK_OFF[min(delivery.attempts, len(_BACK_OFF) - 1)]
        return Retry(wait, text, destination_down=down)

    def _never(self, arn: str, delivery: Delivery, text: str) -> Outcome:
        self._note(arn, delivery, f"given up: {text}")
        _log.warning("an event for %s is given up: %s", arn, text)
        return GivenUp(text)

    def _note(self, arn: str, delivery: Delivery, text: str) -> None:
        self._tell(request_id_of(delivery.payload), "", arn, text[:200])


def _entries(answer: Answer) -> Sequence[Any]:
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return ()
    entries = content.get("Entries") if isinstance(content, dict) else None
    return entries if isinstance(entries, list) else ()
