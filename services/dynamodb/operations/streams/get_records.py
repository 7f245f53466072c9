"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html"""

from __future__ import annotations

from typing import Final

import orjson

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.dynamodb.errors import ResourceNotFoundException, ValidationException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import streams as store
from services.dynamodb.store.streams import Record, Shard
from services.dynamodb.streams import shard_iterators
from services.dynamodb.streams.catalog import MODEL, first_kept
from services.dynamodb.streams.shard_iterators import Position
from services.dynamodb.streams.shards import RETENTION_SECONDS

_MOST: Final = 1000
_LARGEST: Final = 1024 * 1024


@read_operation("GetRecords", model=MODEL)
def get_records(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Up to 1,000 records, or 1 MB of them, in the order of their changes."""
    now = context.now
    position = shard_iterators.decode(input["ShardIterator"], now)
    limit = input.get("Limit", _MOST)
    if limit > _MOST:
        raise ValidationException(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {_MOST}"
        )
    shard = _shard_of(transaction, position)
    if position.exact and position.sequence < first_kept(transaction, shard, now):
        raise shard_iterators.trimmed()
    records = _read(transaction, position, limit, now)
    output: Output = {"Records": [orjson.Fragment(record.record) for record in records]}
    following = records[-1].sequence + 1 if records else position.sequence
    if shard.closed_at is None or following < shard.next_sequence:
        moved = position._replace(sequence=following, made_at=now)
        if not records and shard.closed_at is not None:
            return output  # what is left has been trimmed
        arn = input["ShardIterator"].partition("|")[0]
        output["NextShardIterator"] = shard_iterators.encode(arn, moved)
    return output


def _shard_of(transaction: Transaction, position: Position) -> Shard:
    for shard in store.list_shards(transaction, position.stream_id, position.shard_number - 1):
        if shard.shard_number == position.shard_number:
            return shard
    raise ResourceNotFoundException("Requested resource not found: Shard does not exist")


def _read(transaction: Transaction, position: Position, limit: int, now: float) -> list[Record]:
    horizon = now - RETENTION_SECONDS
    read: list[Record] = []
    size = 0
    sequence = position.sequence
    while len(read) < limit:
        wanted = min(limit - len(read), 100)
        rows = store.records(
            transaction, position.stream_id, position.shard_number, sequence, horizon=horizon, limit=wanted
        )
        for row in rows:
            size += len(row.record)
            if read and size > _LARGEST:
                return read
            read.append(row)
        if len(rows) < wanted:
            break
        sequence = rows[-1].sequence + 1
    return read
