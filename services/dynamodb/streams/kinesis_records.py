"""A table's changes for the Kinesis data streams that it names: the record, and where it goes.

In: a change, in its transaction. Out: an entry of the outbox for each destination; a sink's message, where nobody
stands in for Kinesis.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, Final

import orjson

from awskit.database import Transaction
from awskit.fallback.calls import FallbackCalls
from awskit.outbox import Outbox, OutboxEntry
from awskit.resources.arns import parse_arn
from awskit.sinks.store import SinkMessage, SinkStore
from services.dynamodb.streams.change_records import same_item
from services.dynamodb.tables.table import KinesisDestination, Table
from services.dynamodb.values.attribute_values import Item
from services.dynamodb.values.sizes import item_size

SERVICE: Final = "kinesis"


class KinesisChanges:
    """See the module."""

    def __init__(self, outbox: Outbox, sinks: SinkStore, calls: FallbackCalls) -> None:
        self._outbox = outbox
        self._sinks = sinks
        self._calls = calls

    def note(
        self,
        transaction: Transaction,
        table: Table,
        old: Item | None,
        new: Item | None,
        now: float,
        identity: Mapping[str, str] | None,
    ) -> None:
        """Tell the table's destinations of a change, unless nothing has changed."""
        if same_item(old, new):
            return
        key = _partition_key(table, new if new is not None else old or {})
        records = [
            (destination.arn, _record(table, destination, old, new, now, identity))
            for destination in table.kinesis_destinations
        ]
        if self._calls.has(SERVICE):
            self._outbox.add(transaction, [OutboxEntry(arn, key + b"\n" + record) for arn, record in records])
        else:
            self._sinks.add(transaction, [_sink_message(arn, record) for arn, record in records], now)


def _partition_key(table: Table, item: Item) -> bytes:
    """The same for every change of an item, so that one shard has all of them."""
    keys = orjson.dumps(table.key_of(item), option=orjson.OPT_SORT_KEYS)
    return hashlib.md5(keys, usedforsecurity=False).hexdigest().upper().encode()


def _record(
    table: Table,
    destination: KinesisDestination,
    old: Item | None,
    new: Item | None,
    now: float,
    identity: Mapping[str, str] | None,
) -> bytes:
    keys = table.key_of(new if new is not None else old or {})
    finer = destination.precision == "MICROSECOND"
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": int(now * (1e6 if finer else 1e3)),
        "ApproximateCreationDateTimePrecision": destination.precision,
        "Keys": keys,
    }
    size = item_size(keys)
    for name, image in (("NewImage", new), ("OldImage", old)):
        if image is not None:
            change[name] = image
            size += item_size(image)
    change["SizeBytes"] = size
    who = {"principalId": identity["PrincipalId"], "type": identity["Type"]} if identity is not None else None
    return orjson.dumps(
        {
            "awsRegion": table.region,
            "eventID": str(uuid.uuid4()),
            "eventName": "REMOVE" if new is None else "INSERT" if old is None else "MODIFY",
            "userIdentity": who,
            "recordFormat": "application/json",
            "tableName": table.name,
            "dynamodb": change,
            "eventSource": "aws:dynamodb",
        }
    )


def _sink_message(stream_arn: str, record: bytes) -> SinkMessage:
    arn = parse_arn(stream_arn)
    account_id, region = (arn.account_id, arn.region) if arn is not None else ("", "")
    return SinkMessage(SERVICE, account_id, region, stream_arn, record)
