"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.descriptions import describe_table as description_of


@read_operation("DescribeTable")
def describe_table(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Everything about a table."""
    table = context.runtime.catalog.table(transaction, context, input["TableName"])
    numbers = context.runtime.statistics.read(transaction, table.table_id)
    return {"Table": description_of(table, numbers, context.now)}
