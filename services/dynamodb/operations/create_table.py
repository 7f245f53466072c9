"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, write_operation
from services.dynamodb.arns import table_address
from services.dynamodb.errors import ResourceInUseException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.streams.shards import streamed
from services.dynamodb.tables.descriptions import describe_table
from services.dynamodb.tables.resource_policies import new_policy
from services.dynamodb.tables.schema_checks import check_new_table
from services.dynamodb.tables.table import Table
from services.dynamodb.tables.table_creation import check_stream, new_definition
from services.dynamodb.tables.table_statuses import check_not_busy
from services.dynamodb.tables.throughput_checks import check_new_throughput


@write_operation("CreateTable")
def create_table(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """A table with its indexes and its stream, CREATING at first."""
    if "GlobalTableSourceArn" in input:
        raise AwsError(
            "NotImplemented", "Global tables of several accounts cannot be made (GlobalTableSourceArn).", 501
        )
    check_new_table(input)
    check_new_throughput(input)
    streaming = check_stream(input.get("StreamSpecification"), new=True)
    account_id, region, name = table_address(context, input["TableName"])
    runtime = context.runtime
    definition = new_definition(
        {**input, "TableName": name}, account_id, region, context.now, runtime.settings.status_delay
    )
    if "ResourcePolicy" in input:
        definition["ResourcePolicy"] = new_policy(input["ResourcePolicy"], region)
    present = runtime.catalog.find(transaction, (account_id, region, name), context.now)
    if present is not None and present.status_at(context.now) == "CREATING":
        check_not_busy(present, context.now)
    free_name(context, transaction, (account_id, region, name))
    table = runtime.catalog.add(transaction, (account_id, region, name), definition)
    if streaming:
        table = with_stream(context, transaction, table, input["StreamSpecification"]["StreamViewType"])
    return {"TableDescription": describe_table(table, {}, context.now, status="CREATING", brief=True)}


def free_name(context: DynamoDbContext, transaction: Transaction, address: tuple[str, str, str]) -> None:
    """Make sure that no table has the name; one whose deletion is over by now gives it up."""
    if not context.runtime.catalog.free(transaction, address, context.now):
        raise ResourceInUseException(f"Table already exists: {address[2]}")
    transaction.after_commit(context.runtime.restless.set)


def with_stream(context: DynamoDbContext, transaction: Transaction, table: Table, view_type: str) -> Table:
    """The table with a new stream."""
    return streamed(context.runtime.catalog, transaction, table, view_type, context.now)
