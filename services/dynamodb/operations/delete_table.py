"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html"""

from __future__ import annotations

from functools import partial

from awskit.database import Transaction
from awskit.service.operation import Input, Output, async_operation
from services.dynamodb.backups import table_deletion
from services.dynamodb.global_tables import legacy_tables
from services.dynamodb.global_tables.arrivals import after_arrivals
from services.dynamodb.global_tables.membership import Membership
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.descriptions import describe_deleted
from services.dynamodb.tables.global_tables import MEMBER


@async_operation("DeleteTable")
async def delete_table(context: DynamoDbContext, input: Input) -> Output:
    """Delete a table with its items; DELETING at first. That in other regions stays, where it is a replica."""
    return await after_arrivals(context.runtime, partial(_delete, context, input))


def _delete(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    runtime = context.runtime
    table = runtime.catalog.table(transaction, context, input["TableName"])
    table_deletion.check_deletable(table, context.now)
    numbers = runtime.statistics.read(transaction, table.table_id)
    description = describe_deleted(table, numbers, context.now)
    if MEMBER in table.definition:
        Membership(runtime, transaction, table, context.now).leave()
        legacy_tables.forget_replica(transaction, table)
        table = runtime.catalog.table(transaction, context, input["TableName"])
    table_deletion.delete(runtime, transaction, table, context.now)
    return {"TableDescription": description}
