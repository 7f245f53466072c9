"""StartBulkPutItems, DescribeBulkOperation, ListBulkOperations and CancelBulkOperation.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StartBulkPutItems.html
"""

from __future__ import annotations

from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.arns import job_arn
from services.dynamodb.errors import ResourceInUseException, ResourceNotFoundException, ValidationException
from services.dynamodb.jobs import background_jobs, client_tokens
from services.dynamodb.jobs.paging import arn_of_token, token_of_arn
from services.dynamodb.runtime import DynamoDbContext, signer_of
from services.dynamodb.store import documents
from services.dynamodb.transfers import bulk_puts

_PAGE: Final = 10
_BUSY: Final = {"CREATING": "created", "DELETING": "deleted"}
_SUMMARY: Final = ("BulkOperationArn", "BulkOperationStatus", "StartTime", "EndTime")
_KEPT: Final = ("ClientToken", "InputS3Configuration", "OutputS3Configuration", "MaxWriteRequestUnits")


@write_operation("StartBulkPutItems")
def start_bulk_put_items(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Begin to write the items of files in S3 to a table."""
    owner = bulk_puts.owner_of(context.account_id, context.region)
    conflict = AwsError(
        "IdempotentParameterMismatchException",
        "Specified idempotent token was used with different request parameters within the idempotency window",
    )
    known = client_tokens.repeated(context, transaction, owner, input, conflict)
    if known is not None:
        return {"BulkOperationDescription": known}
    table = context.runtime.catalog.table(transaction, context, input["TableName"])
    status = table.status_at(context.now)
    if status in _BUSY:
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being {_BUSY[status]}: {table.name}"
        )
    arn = job_arn(table.arn, "bulk-operation", context.now)
    description: dict[str, Any] = {
        "BulkOperationArn": arn,
        "BulkOperationStatus": "IN_PROGRESS",
        "TableDetails": [{"TableName": table.name, "TableId": table.definition["TableId"]}],
        **{name: input[name] for name in _KEPT if name in input},
        "StartTime": context.now,
        "ProcessedItemCount": 0,
        "ProcessedInputBytes": 0,
        "FailedItemCount": 0,
        "PerformanceTier": input.get("PerformanceTier", "STANDARD"),
    }
    documents.put(transaction, owner, arn, {"Description": description, "Digest": client_tokens.digest_of(input)})
    job = {**bulk_puts.new_job(table, description), **signer_of(context)}
    background_jobs.leave(context.runtime, transaction, bulk_puts.BULK, context.account_id, job)
    return {"BulkOperationDescription": description}


@read_operation("DescribeBulkOperation")
def describe_bulk_operation(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """How a bulk operation is going."""
    return {"BulkOperationDescription": _find(context, transaction, input)["Description"]}


@write_operation("CancelBulkOperation")
def cancel_bulk_operation(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Have a bulk operation end; what it has written stays."""
    found = _find(context, transaction, input)
    description = found["Description"]
    if description["BulkOperationStatus"] not in ("IN_PROGRESS", "CANCELLING"):
        raise ValidationException(f"The bulk operation is not in progress: {description['BulkOperationArn']}")
    description["BulkOperationStatus"] = "CANCELLING"
    owner = bulk_puts.owner_of(context.account_id, context.region)
    documents.put(transaction, owner, description["BulkOperationArn"], found)
    return {name: description[name] for name in ("BulkOperationArn", "BulkOperationStatus")}


@read_operation("ListBulkOperations")
def list_bulk_operations(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Bulk operations of the last 90 days, the most recent first."""
    limit = input.get("MaxResults", _PAGE)
    before = arn_of_token(input["NextToken"]) if "NextToken" in input else None
    owner = bulk_puts.owner_of(context.account_id, context.region)
    recent = [description for _, description in client_tokens.recent(context, transaction, owner)]
    recent.sort(key=_when, reverse=True)
    found = [
        {name: description[name] for name in _SUMMARY if name in description}
        for description in recent
        if before is None or description["BulkOperationArn"].rpartition("/")[2] < before.rpartition("/")[2]
    ]
    output: Output = {"BulkOperationsSummaryList": found[:limit]}
    if len(found) > limit:
        output["NextToken"] = token_of_arn(found[limit - 1]["BulkOperationArn"])
    return output


def _when(description: dict[str, Any]) -> str:
    """The part of the ARN that begins with the time."""
    operation: str = description["BulkOperationArn"].rpartition("/")[2]
    return operation


def _find(context: DynamoDbContext, transaction: Transaction, input: Input) -> dict[str, Any]:
    arn = input["BulkOperationArn"]
    owner = bulk_puts.owner_of(context.account_id, context.region)
    found = documents.find(transaction, owner, arn)
    if found is None:
        raise ResourceNotFoundException(f"Requested resource not found: BulkOperation: {arn} not found")
    return found
