"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""

from __future__ import annotations

from functools import partial
from typing import Final

from awskit.database import Transaction
from awskit.service.operation import Input, Output, async_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.global_tables.arrivals import after_arrivals
from services.dynamodb.global_tables.following_tables import follow_update, write_update
from services.dynamodb.global_tables.membership import Membership
from services.dynamodb.operations.create_table import with_stream
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.streams import shards
from services.dynamodb.tables.descriptions import describe_table
from services.dynamodb.tables.table import Table
from services.dynamodb.tables.table_creation import check_stream
from services.dynamodb.tables.table_statuses import check_not_busy
from services.dynamodb.tables.table_update_checks import check_update, stays_active
from services.dynamodb.tables.table_updates import TableUpdate

_A_MOMENT: Final = 0.001
_OF_REPLICAS: Final = frozenset({"ReplicaUpdates", "MultiRegionConsistency", "GlobalTableWitnessUpdates"})


@async_operation("UpdateTable")
async def update_table(context: DynamoDbContext, input: Input) -> Output:
    """Change a table's throughput, indexes, stream and settings; UPDATING at first."""
    return await after_arrivals(context.runtime, partial(_update, context, input))


def _update(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    check_update(input)
    stream = input.get("StreamSpecification")
    streaming = check_stream(stream, new=False)
    runtime, now = context.runtime, context.now
    table = runtime.catalog.table(transaction, context, input["TableName"])
    check_not_busy(table, now)
    before = table
    update = TableUpdate(table, input, now, now + runtime.settings.status_delay)
    update.apply()
    table = write_update(runtime, transaction, table, update)
    if table.replicas:
        follow_update(runtime, transaction, table, input, now)
    if stream is not None:
        table = _change_stream(context, transaction, table, streaming, stream.get("StreamViewType", ""))
    if not _OF_REPLICAS.isdisjoint(input):
        table = Membership(runtime, transaction, table, now).update(input)
    transaction.after_commit(runtime.restless.set)
    numbers = runtime.statistics.read(transaction, table.table_id)
    # as it was at the moment of the request, before anything could have taken effect
    description = describe_table(
        table, numbers, now - _A_MOMENT, status="ACTIVE" if stays_active(input) else "UPDATING"
    )
    if "SSESpecification" in input:
        encryption = table.definition.get("SSEDescription", before.definition.get("SSEDescription"))
        description["SSEDescription"] = {**(encryption or {}), "Status": "UPDATING"}
    return {"TableDescription": description}


def _change_stream(
    context: DynamoDbContext, transaction: Transaction, table: Table, streaming: bool, view_type: str
) -> Table:
    if streaming:
        if table.stream_id is not None:
            raise ValidationException(f"Table already has an enabled stream: TableName: {table.name}")
        return with_stream(context, transaction, table, view_type)
    if table.stream_id is None:
        raise ValidationException(f"Table has no stream to disable: TableName: {table.name}")
    if table.replicas and not table.is_strong:
        raise ValidationException(
            "One or more parameter values were invalid: Disabling Stream is not allowed for a Global Table replica."
        )
    shards.close_stream(transaction, table, context.now)
    return context.runtime.catalog.change(transaction, table, StreamSpecification=None, StreamId=None)
