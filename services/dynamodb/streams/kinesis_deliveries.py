"""Deliveries of changes to Kinesis data streams, which another emulator stands in for.

In: the outbox's entries for a stream, in order. Out: calls of PutRecords. What is not there, throttles or fails is
tried again for a day, as DynamoDB does; a stream that is gone, too: it may be that of an emulator that has forgotten it
with its restart. What else is refused is not.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from typing import Any, Final

import orjson

from awskit.fallback.calls import FallbackCalls, Owner, is_temporary
from awskit.outbox import Delivered, Delivery, GivenUp, LastTry, Outcome, Retry
from awskit.resources.arns import Arn, parse_arn
from services.dynamodb.streams.kinesis_records import SERVICE

BATCH: Final = 100
"""Records of one call; AWS takes 500."""

_PUT_RECORDS: Final = "Kinesis_20131202.PutRecords"
_GONE: Final = "ResourceNotFoundException"
_BACK_OFF: Final = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0)

LAST_TRY: Final = LastTry(86_400.0, 185)
"""DynamoDB tries for a day; the number is EventBridge's, since a clock that was moved has not tried anything."""

_log = logging.getLogger("ruststack.dynamodb.kinesis")


def stream_name(arn: Arn) -> str:
    """The name in a stream's ARN."""
    return arn.resource.partition("/")[2]


class KinesisDeliveries:
    """`deliver` for destinations that are streams' ARNs."""

    def __init__(self, calls: FallbackCalls) -> None:
        self._calls = calls

    async def deliver(self, stream_arn: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """An outcome for each, in order."""
        arn = parse_arn(stream_arn)
        if arn is None:
            return [GivenUp("it is no ARN")] * len(deliveries)
        content = {"StreamName": stream_name(arn), "Records": [_record(delivery) for delivery in deliveries]}
        try:
            answer = await self._calls.json(SERVICE, Owner(arn.account_id, arn.region), _PUT_RECORDS, content)
        except OSError as error:
            return [self._again(delivery, repr(error), down=True) for delivery in deliveries]
        text = f"{answer.status} {answer.text}".rstrip()
        records = _records_of(answer.body) if answer.succeeded else []
        if len(records) != len(deliveries):
            if answer.is_temporary or answer.code == _GONE:
                return [self._again(delivery, text, down=True) for delivery in deliveries]
            return [self._never(stream_arn, text) for _ in deliveries]
        return [self._outcome(stream_arn, *pair) for pair in zip(deliveries, records, strict=True)]

    def _outcome(self, stream_arn: str, delivery: Delivery, record: Any) -> Outcome:
        code = record.get("ErrorCode")
        if not code:
            return Delivered()
        text = f"{code}: {record.get('ErrorMessage', '')}"
        return self._again(delivery, text) if is_temporary(code) else self._never(stream_arn, text)

    @staticmethod
    def _again(delivery: Delivery, text: str, *, down: bool = False) -> Outcome:
        return Retry(_BACK_OFF[min(delivery.attempts, len(_BACK_OFF) - 1)], text, destination_down=down)

    @staticmethod
    def _never(stream_arn: str, text: str) -> Outcome:
        _log.warning("a change for %s is given up: %s", stream_arn, text)
        return GivenUp(text)


def _record(delivery: Delivery) -> dict[str, str]:
    key, _, data = delivery.payload.partition(b"\n")
    return {"PartitionKey": key.decode("ascii"), "Data": base64.b64encode(data).decode("ascii")}


def _records_of(body: bytes) -> list[Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    records = content.get("Records") if isinstance(content, dict) else None
    return records if isinstance(records, list) else []
