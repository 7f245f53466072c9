"""Streams by their ARN.

Raised: `ResourceNotFoundException` with the text of DynamoDB Streams.
"""

from __future__ import annotations

from typing import Final

from awskit.database import Transaction
from services.dynamodb.arns import ResourceArn, parse_arn, stream_arn, table_arn
from services.dynamodb.errors import ResourceNotFoundException, ValidationException
from services.dynamodb.store import streams as store
from services.dynamodb.store.streams import Shard, StreamRow
from services.dynamodb.streams.shards import RETENTION_SECONDS

MODEL: Final = "dynamodbstreams"


def arn_of(row: StreamRow) -> str:
    """The ARN of a stream."""
    return stream_arn(table_arn(row.region, row.account_id, row.table_name), row.label)


def find_stream(transaction: Transaction, arn: str) -> StreamRow:
    """The stream with that ARN."""
    parsed = _parse(arn)
    row = store.find(transaction, parsed.account_id, parsed.region, parsed.table, parsed.name)
    if row is None or parsed.kind != "stream":
        raise ResourceNotFoundException(f"Requested resource not found: Stream: {arn} not found")
    return row


def _parse(arn: str) -> ResourceArn:
    try:
        return parse_arn(arn)
    except ValidationException:
        raise ValidationException(f"Invalid StreamArn: {arn}") from None


def kept_shards(transaction: Transaction, stream: StreamRow, now: float) -> list[Shard]:
    """The stream's shards that may hold records younger than a day."""
    return [
        shard
        for shard in store.list_shards(transaction, stream.stream_id)
        if shard.closed_at is None or now < shard.closed_at + RETENTION_SECONDS
    ]


def find_shard(transaction: Transaction, stream: StreamRow, shard_id: str, now: float) -> Shard:
    """The stream's shard of that id."""
    for shard in kept_shards(transaction, stream, now):
        if shard.shard_id == shard_id:
            return shard
    raise ResourceNotFoundException(
        f"Requested resource not found: Shard does not exist: {shard_id} in stream: {arn_of(stream)}"
    )


def first_kept(transaction: Transaction, shard: Shard, now: float) -> int:
    """The sequence from which on the shard's records have not been trimmed."""
    sequence = store.first_kept(transaction, shard.stream_id, shard.shard_number, now - RETENTION_SECONDS)
    return sequence if sequence is not None else shard.next_sequence
