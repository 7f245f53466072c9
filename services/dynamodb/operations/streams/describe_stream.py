"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html"""

from __future__ import annotations

from typing import Any, Final

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store.streams import Shard
from services.dynamodb.streams.catalog import MODEL, arn_of, find_shard, find_stream, kept_shards
from services.dynamodb.streams.shards import sequence_number

_MOST: Final = 100


@read_operation("DescribeStream", model=MODEL)
def describe_stream(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """A stream with its shards, those of one parent where a filter asks for them."""
    stream = find_stream(transaction, input["StreamArn"])
    shards = kept_shards(transaction, stream, context.now)
    wanted = input.get("ShardFilter")
    if wanted is not None:
        parent = _parent_of(wanted)
        find_shard(transaction, stream, parent, context.now)
        shards = [shard for shard in shards if shard.parent_shard_id == parent]
    after = input.get("ExclusiveStartShardId")
    if after is not None:
        shards = [shard for shard in shards if shard.shard_id > after]
    limit = min(input.get("Limit", _MOST), _MOST)
    definition = stream.definition
    description: dict[str, Any] = {
        "StreamArn": arn_of(stream),
        "StreamLabel": stream.label,
        "StreamStatus": definition["Status"],
        "StreamViewType": definition["StreamViewType"],
        "CreationRequestDateTime": definition["CreationRequestDateTime"],
        "TableName": stream.table_name,
        "KeySchema": definition["KeySchema"],
        "Shards": [_describe(shard) for shard in shards[:limit]],
    }
    if len(shards) > limit:
        description["LastEvaluatedShardId"] = shards[limit - 1].shard_id
    return {"StreamDescription": description}


def _parent_of(shard_filter: Input) -> str:
    if "ShardId" not in shard_filter or "Type" not in shard_filter:
        raise ValidationException("ShardFilter needs a Type and a ShardId")
    parent: str = shard_filter["ShardId"]
    return parent


def _describe(shard: Shard) -> dict[str, Any]:
    numbers = {"StartingSequenceNumber": sequence_number(shard.first_sequence)}
    if shard.closed_at is not None:
        numbers["EndingSequenceNumber"] = sequence_number(max(shard.next_sequence - 1, shard.first_sequence))
    described: dict[str, Any] = {"ShardId": shard.shard_id, "SequenceNumberRange": numbers}
    if shard.parent_shard_id is not None:
        described["ParentShardId"] = shard.parent_shard_id
    return described
