"""Kinesis destinations that are being enabled: whether the stream is there, asked of who stands in for Kinesis.

A destination is ENABLING until that is known, then ACTIVE or ENABLE_FAILED. Where nobody stands in for Kinesis, it is
ACTIVE at once.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_EnableKinesisStreamingDestination.html
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from awskit.database import Transaction
from awskit.fallback.calls import Owner
from awskit.resources.arns import parse_arn
from services.dynamodb.jobs.background_jobs import Document, Progress, leave
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import tables as table_store
from services.dynamodb.streams.kinesis_deliveries import stream_name
from services.dynamodb.streams.kinesis_records import SERVICE
from services.dynamodb.tables.table import Table, build_table

ENABLE: Final = "enable-kinesis-destination"

_DESCRIBE: Final = "Kinesis_20131202.DescribeStreamSummary"
_WAITS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0, 5.0)


class NotAnswered(Exception):
    """It is not known whether the stream is there: to be asked again."""


def begin(runtime: DynamoDbRuntime, transaction: Transaction, table: Table, stream_arn: str) -> bool:
    """Have it found out whether the stream is there; False where nobody can say, and it is taken to be."""
    if not runtime.calls.has(SERVICE):
        return False
    leave(runtime, transaction, ENABLE, table.account_id, {"TableId": table.table_id, "StreamArn": stream_arn})
    return True


async def enable(progress: Progress) -> None:
    """The errand."""
    failure = await _failure(progress.runtime, progress.document["StreamArn"])
    await progress.step(partial(_decide, progress.runtime, failure))


async def end_failed(progress: Progress) -> None:
    """Its ending, after too many tries."""
    await progress.step(partial(_decide, progress.runtime, "Kinesis does not answer"))


async def _failure(runtime: DynamoDbRuntime, stream_arn: str) -> str:
    """Why the stream takes nothing; "" where it does. Raises NotAnswered."""
    arn = parse_arn(stream_arn)
    if arn is None or arn.service != SERVICE:
        return "The stream's ARN is not valid"
    reason = ""
    for wait in (*_WAITS, None):
        try:
            asked = {"StreamName": stream_name(arn)}
            answer = await runtime.calls.json(SERVICE, Owner(arn.account_id, arn.region), _DESCRIBE, asked)
        except OSError as error:
            reason = repr(error)
        else:
            if answer.succeeded:
                return ""
            if answer.code == "ResourceNotFoundException":
                return f"Stream {stream_name(arn)} under account {arn.account_id} not found"
            reason = answer.text
        if wait is not None:
            await asyncio.sleep(wait)
    raise NotAnswered(reason)


def _decide(runtime: DynamoDbRuntime, failure: str, transaction: Transaction, document: Document) -> Document | None:
    row = table_store.get(transaction, document["TableId"])
    if row is None:
        return None
    table = build_table(*row)
    destinations: dict[str, Any] = dict(table.definition.get("KinesisDestinations", {}))
    entry = destinations.get(document["StreamArn"])
    if entry is None or entry["DestinationStatus"] != "ENABLING":
        return None
    changed = {**entry, "DestinationStatus": "ENABLE_FAILED" if failure else "ACTIVE"}
    if failure:
        changed["DestinationStatusDescription"] = failure
    destinations[document["StreamArn"]] = changed
    runtime.catalog.change(transaction, table, KinesisDestinations=destinations)
    return None
