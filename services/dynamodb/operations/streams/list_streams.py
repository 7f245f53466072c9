"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html"""

from __future__ import annotations

from typing import Final

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import streams as store
from services.dynamodb.streams.catalog import MODEL, arn_of

_MOST: Final = 100


@read_operation("ListStreams", model=MODEL)
def list_streams(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """The account's streams, of one table or of all."""
    rows = store.list_streams(transaction, context.account_id, context.region)
    name = input.get("TableName")
    if name is not None:
        rows = [row for row in rows if row.table_name == name]
    after = input.get("ExclusiveStartStreamArn")
    if after is not None:
        arns = [arn_of(row) for row in rows]
        rows = rows[arns.index(after) + 1 :] if after in arns else []
    limit = min(input.get("Limit", _MOST), _MOST)
    streams = [
        {"StreamArn": arn_of(row), "TableName": row.table_name, "StreamLabel": row.label} for row in rows[:limit]
    ]
    output: Output = {"Streams": streams}
    if len(rows) > limit:
        output["LastEvaluatedStreamArn"] = streams[-1]["StreamArn"]
    return output
