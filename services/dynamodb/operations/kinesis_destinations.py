"""Kinesis destinations of a table: kept and described; there is no Kinesis here to send records to.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
"""

from __future__ import annotations

from typing import Any, Final

from awskit.database import Transaction
from awskit.operation import Input, Output, read_operation, write_operation
from services.dynamodb.catalog import ResourceInUseException, ResourceNotFoundException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables import Table
from services.dynamodb.values import ValidationException

_PRECISION: Final = "ApproximateCreationDateTimePrecision"
_MOST: Final = 2


@write_operation("EnableKinesisStreamingDestination")
def enable_kinesis_streaming_destination(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Add a destination."""
    table = context.runtime.catalog.table(transaction, context, input["TableName"])
    destinations = _destinations(table)
    arn = input["StreamArn"]
    if destinations.get(arn, {}).get("DestinationStatus") == "ACTIVE":
        raise ResourceInUseException(f"Table is already in a valid Kinesis Streaming Destination state: {table.name}")
    if sum(each["DestinationStatus"] == "ACTIVE" for each in destinations.values()) >= _MOST:
        raise ValidationException(f"A table has at most {_MOST} Kinesis destinations")
    configuration = input.get("EnableKinesisStreamingConfiguration", {})
    destinations[arn] = {"StreamArn": arn, "DestinationStatus": "ACTIVE", **configuration}
    _keep(context, transaction, table, destinations)
    output = _answer(table, arn, "ENABLING")
    if configuration:
        output["EnableKinesisStreamingConfiguration"] = configuration
    return output


@write_operation("DisableKinesisStreamingDestination")
def disable_kinesis_streaming_destination(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Stop sending to a destination; it stays described as DISABLED."""
    table, destinations = _active(context, transaction, input)
    arn = input["StreamArn"]
    destinations[arn] = {**destinations[arn], "DestinationStatus": "DISABLED"}
    _keep(context, transaction, table, destinations)
    return _answer(table, arn, "DISABLING")


@write_operation("UpdateKinesisStreamingDestination")
def update_kinesis_streaming_destination(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Change the precision of a destination's timestamps."""
    table, destinations = _active(context, transaction, input)
    arn = input["StreamArn"]
    configuration = input.get("UpdateKinesisStreamingConfiguration", {})
    if _PRECISION not in configuration:
        raise ValidationException(f"{_PRECISION} must be given")
    destinations[arn] = {**destinations[arn], _PRECISION: configuration[_PRECISION]}
    _keep(context, transaction, table, destinations)
    return {**_answer(table, arn, "UPDATING"), "UpdateKinesisStreamingConfiguration": configuration}


@read_operation("DescribeKinesisStreamingDestination")
def describe_kinesis_streaming_destination(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """A table's destinations."""
    table = context.runtime.catalog.table(transaction, context, input["TableName"])
    return {"TableName": table.name, "KinesisDataStreamDestinations": list(_destinations(table).values())}


def _destinations(table: Table) -> dict[str, dict[str, Any]]:
    return dict(table.definition.get("KinesisDestinations", {}))


def _active(
    context: DynamoDbContext, transaction: Transaction, input: Input
) -> tuple[Table, dict[str, dict[str, Any]]]:
    table = context.runtime.catalog.table(transaction, context, input["TableName"])
    destinations = _destinations(table)
    if destinations.get(input["StreamArn"], {}).get("DestinationStatus") != "ACTIVE":
        raise ResourceNotFoundException(
            f"Table is not in a valid state to disable Kinesis Streaming Destination: {input['StreamArn']}"
        )
    return table, destinations


def _keep(
    context: DynamoDbContext, transaction: Transaction, table: Table, destinations: dict[str, dict[str, Any]]
) -> None:
    context.runtime.catalog.change(transaction, table, KinesisDestinations=destinations)


def _answer(table: Table, arn: str, status: str) -> Output:
    return {"TableName": table.name, "StreamArn": arn, "DestinationStatus": status}
