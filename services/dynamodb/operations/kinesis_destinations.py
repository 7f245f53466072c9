"""Kinesis destinations of a table, which get its changes: from whoever stands in for Kinesis, else in a sink.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
"""

from __future__ import annotations

from typing import Any, Final

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.housekeeping import kinesis_enabling
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.table import DEFAULT_PRECISION, Table

_PRECISION: Final = "ApproximateCreationDateTimePrecision"
_NOT_VALID: Final = "Table is not in a valid state to enable Kinesis Streaming Destination: "


@write_operation("EnableKinesisStreamingDestination")
def enable_kinesis_streaming_destination(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Give the table a destination; it has one at a time."""
    table = context.runtime.catalog.table(transaction, context, input["TableName"])
    destinations = _destinations(table)
    arn = input["StreamArn"]
    if any(each["DestinationStatus"] in ("ACTIVE", "ENABLING") for each in destinations.values()):
        raise ValidationException(
            _NOT_VALID + "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE "
            "operation."
        )
    configuration = input.get("EnableKinesisStreamingConfiguration", {})
    status = "ENABLING" if kinesis_enabling.begin(context.runtime, transaction, table, arn) else "ACTIVE"
    destinations[arn] = {"StreamArn": arn, "DestinationStatus": status, **configuration}
    _keep(context, transaction, table, destinations)
    return {**_answer(table, arn, "ENABLING"), "EnableKinesisStreamingConfiguration": configuration}


@write_operation("DisableKinesisStreamingDestination")
def disable_kinesis_streaming_destination(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Stop sending to a destination; it stays described as DISABLED."""
    text = "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."
    table, destinations = _active(context, transaction, input, text)
    arn = input["StreamArn"]
    destinations[arn] = {**destinations[arn], "DestinationStatus": "DISABLED"}
    _keep(context, transaction, table, destinations)
    return _answer(table, arn, "DISABLING")


@write_operation("UpdateKinesisStreamingDestination")
def update_kinesis_streaming_destination(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Change the precision of a destination's timestamps."""
    arn = input["StreamArn"]
    configuration = input.get("UpdateKinesisStreamingConfiguration", {})
    if _PRECISION not in configuration:
        raise ValidationException(
            "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration "
            "cannot be null or contain only null values"
        )
    text = (
        "Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. "
        f"TableName: {input['TableName']}, kdsArn: {arn}"
    )
    table, destinations = _active(context, transaction, input, text)
    if destinations[arn].get(_PRECISION, DEFAULT_PRECISION) == configuration[_PRECISION]:
        raise ValidationException(
            f"Invalid Request: Precision is already set to the desired value of {configuration[_PRECISION]} for "
            f"tableId: {table.definition['TableId']}, kdsArn: {arn}"
        )
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
    context: DynamoDbContext, transaction: Transaction, input: Input, otherwise: str
) -> tuple[Table, dict[str, dict[str, Any]]]:
    table = context.runtime.catalog.table(transaction, context, input["TableName"])
    destinations = _destinations(table)
    if destinations.get(input["StreamArn"], {}).get("DestinationStatus") != "ACTIVE":
        raise ValidationException(_NOT_VALID + otherwise)
    return table, destinations


def _keep(
    context: DynamoDbContext, transaction: Transaction, table: Table, destinations: dict[str, dict[str, Any]]
) -> None:
    context.runtime.catalog.change(transaction, table, KinesisDestinations=destinations)


def _answer(table: Table, arn: str, status: str) -> Output:
    return {"TableName": table.name, "StreamArn": arn, "DestinationStatus": status}
