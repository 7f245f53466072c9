"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""

from __future__ import annotations

from typing import Final

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.operations.create_table import with_stream
from services.dynamodb.operations.delete_table import check_not_busy
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import tables as store
from services.dynamodb.streams import shards
from services.dynamodb.tables.descriptions import describe_table
from services.dynamodb.tables.replicas import change_replicas
from services.dynamodb.tables.table import Table
from services.dynamodb.tables.table_creation import check_stream
from services.dynamodb.tables.table_update_checks import check_update, stays_active
from services.dynamodb.tables.table_updates import TableUpdate

_A_MOMENT: Final = 0.001


@write_operation("UpdateTable")
def update_table(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Change a table's throughput, indexes, stream and settings; UPDATING at first."""
    check_update(input)
    stream = input.get("StreamSpecification")
    streaming = check_stream(stream, new=False)
    runtime, now = context.runtime, context.now
    table = runtime.catalog.table(transaction, context, input["TableName"])
    check_not_busy(table, now)
    before = table
    update = TableUpdate(table, input, now, now + runtime.settings.status_delay)
    update.apply()
    if "ReplicaUpdates" in input:
        change_replicas(update.definition, input["ReplicaUpdates"], context.region)
    table = runtime.catalog.replace(transaction, table, update.definition)
    if stream is not None:
        table = _change_stream(context, transaction, table, streaming, stream.get("StreamViewType", ""))
    elif "ReplicaUpdates" in input and "Replicas" in table.definition and table.stream_id is None:
        table = with_stream(context, transaction, table, "NEW_AND_OLD_IMAGES")
    for number in update.created:
        table = runtime.backfill.begin_index(transaction, table, number)
    for number in update.deleted:
        if all(index.number != number for index in table.indexes):
            store.purge_later(transaction, store.Purge(table.table_id, number))
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
    if "Replicas" in table.definition:
        raise ValidationException(
            "One or more parameter values were invalid: Disabling Stream is not allowed for a Global Table replica."
        )
    shards.close_stream(transaction, table, context.now)
    return context.runtime.catalog.change(transaction, table, StreamSpecification=None, StreamId=None)
