"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html"""

from __future__ import annotations

from awskit.bounds.integers import parse_natural
from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import streams as store
from services.dynamodb.store.streams import Shard
from services.dynamodb.streams.catalog import MODEL, find_shard, find_stream, first_kept
from services.dynamodb.streams.shard_iterators import Position, encode, trimmed
from services.dynamodb.streams.shards import SEQUENCE_BASE

_MOST_DIGITS = 40


@read_operation("GetShardIterator", model=MODEL)
def get_shard_iterator(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Where to begin reading a shard."""
    stream = find_stream(transaction, input["StreamArn"])
    shard = find_shard(transaction, stream, input["ShardId"], context.now)
    kind = input["ShardIteratorType"]
    if kind == "TRIM_HORIZON":
        sequence = shard.first_sequence
    elif kind == "LATEST":
        sequence = shard.next_sequence
    elif kind == "AT_TIMESTAMP":
        sequence = _at_timestamp(transaction, shard, input)
    else:
        sequence = _at_sequence_number(transaction, shard, input, context.now)
        if kind == "AFTER_SEQUENCE_NUMBER":
            sequence += 1
    exact = kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
    position = Position(stream.stream_id, shard.shard_number, sequence, exact, context.now)
    return {"ShardIterator": encode(input["StreamArn"], position)}


def _at_sequence_number(transaction: Transaction, shard: Shard, input: Input, now: float) -> int:
    text = input.get("SequenceNumber", "")
    try:
        sequence = parse_natural(text, _MOST_DIGITS) - SEQUENCE_BASE
    except ValueError:
        kind = input["ShardIteratorType"]
        raise ValidationException(f"Invalid SequenceNumber for the ShardIteratorType {kind}") from None
    if not shard.first_sequence <= sequence < max(shard.next_sequence, shard.first_sequence + 1):
        raise ValidationException(
            f"Invalid SequenceNumber: the sequence number {text} is not in the shard {shard.shard_id}"
        )
    if sequence == shard.first_sequence:
        sequence += 1  # where the shard begins: its first record comes next
    if sequence < first_kept(transaction, shard, now):
        raise trimmed()
    return sequence


def _at_timestamp(transaction: Transaction, shard: Shard, input: Input) -> int:
    moment = input.get("Timestamp")
    if moment is None:
        raise ValidationException("Timestamp must be given for the ShardIteratorType AT_TIMESTAMP")
    sequence = store.first_since(transaction, shard.stream_id, shard.shard_number, moment)
    return sequence if sequence is not None else shard.next_sequence
