"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html"""

from __future__ import annotations

from typing import Final

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.dynamodb.errors import ResourceNotFoundException, ValidationException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import streams as store
from services.dynamodb.streams.catalog import MODEL, arn_of, find_stream

_MOST: Final = 100


@read_operation("ListStreams", model=MODEL)
def list_streams(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """The account's streams, of one table or of all."""
    after = _stream_id_of(context, transaction, input)
    limit = min(input.get("Limit", _MOST), _MOST)
    if after is None:
        return {"Streams": []}
    name = input.get("TableName")
    rows = store.list_streams(transaction, context.account_id, context.region, name, after=after, most=limit + 1)
    streams = [
        {"StreamArn": arn_of(row), "TableName": row.table_name, "StreamLabel": row.label} for row in rows[:limit]
    ]
    output: Output = {"Streams": streams}
    if len(rows) > limit:
        output["LastEvaluatedStreamArn"] = streams[-1]["StreamArn"]
    return output


def _stream_id_of(context: DynamoDbContext, transaction: Transaction, input: Input) -> int | None:
    """The id of the stream after which the page begins, 0 where it is the first; None for one that is not listed."""
    after = input.get("ExclusiveStartStreamArn")
    if after is None:
        return 0
    try:
        row = find_stream(transaction, after)
    except (ResourceNotFoundException, ValidationException):
        return None
    is_listed = (row.account_id, row.region) == (context.account_id, context.region)
    return row.stream_id if is_listed and input.get("TableName", row.table_name) == row.table_name else None
