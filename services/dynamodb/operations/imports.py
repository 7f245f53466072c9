"""ImportTable, DescribeImport and ListImports.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html
"""

from __future__ import annotations

from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import build_arn
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.arns import check_arn, job_arn
from services.dynamodb.backups.table_copies import FOREVER
from services.dynamodb.errors import LimitExceededException, ValidationException
from services.dynamodb.jobs import background_jobs, client_tokens
from services.dynamodb.jobs.paging import arn_of_token, token_of_arn
from services.dynamodb.operations.create_table import free_name
from services.dynamodb.runtime import DynamoDbContext, signer_of
from services.dynamodb.store import documents
from services.dynamodb.store import jobs as job_store
from services.dynamodb.tables.schema_checks import check_new_table
from services.dynamodb.tables.table import Table
from services.dynamodb.tables.table_creation import new_definition
from services.dynamodb.transfers import imports

_MOST_AT_A_TIME: Final = 50
_PAGE: Final = 25
_KEYS: Final = 2
_SUMMARY: Final = (
    "ImportArn",
    "ImportStatus",
    "TableArn",
    "S3BucketSource",
    "CloudWatchLogGroupArn",
    "InputFormat",
    "StartTime",
    "EndTime",
)
_KEPT: Final = ("ClientToken", "S3BucketSource", "InputFormat", "InputFormatOptions", "TableCreationParameters")


@write_operation("ImportTable")
def import_table(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Begin to make a table of files in S3; it is CREATING until they are read."""
    owner = imports.owner_of(context.account_id, context.region)
    conflict = AwsError("ImportConflictException", "There was a conflict when importing from the specified S3 source.")
    known = client_tokens.repeated(context, transaction, owner, input, conflict)
    if known is not None:
        return {"ImportTableDescription": known}
    _check(input)
    if job_store.count(transaction, imports.IMPORT, context.account_id) >= _MOST_AT_A_TIME:
        raise LimitExceededException(
            f"Subscriber limit exceeded: There is a limit of {_MOST_AT_A_TIME} concurrent imports"
        )
    table = _new_table(context, input, transaction)
    description = _description(context, input, table)
    arn = description["ImportArn"]
    documents.put(transaction, owner, arn, {"Description": description, "Digest": client_tokens.digest_of(input)})
    job = {**imports.new_job(table, description), **signer_of(context)}
    background_jobs.leave(context.runtime, transaction, imports.IMPORT, table.account_id, job)
    return {"ImportTableDescription": description}


def _check(input: Input) -> None:
    parameters = input["TableCreationParameters"]
    if len(parameters["KeySchema"]) > _KEYS:
        raise ValidationException("Invalid KeySchema: a table's key has at most a HASH and a RANGE element")
    if "InputFormatOptions" in input and input["InputFormat"] != "CSV":
        raise ValidationException("InputFormatOptions can only be specified when InputFormat is CSV")
    check_new_table(parameters)


def _new_table(context: DynamoDbContext, input: Input, transaction: Transaction) -> Table:
    parameters = input["TableCreationParameters"]
    address = (context.account_id, context.region, parameters["TableName"])
    delay = context.runtime.settings.status_delay
    definition = new_definition(parameters, context.account_id, context.region, context.now, delay)
    definition["StatusUntil"] = FOREVER
    free_name(context, transaction, address)
    return context.runtime.catalog.add(transaction, address, definition)


def _description(context: DynamoDbContext, input: Input, table: Table) -> dict[str, Any]:
    return {
        "ImportArn": job_arn(table.arn, "import", context.now),
        "ImportStatus": "IN_PROGRESS",
        "TableArn": table.arn,
        "TableId": table.definition["TableId"],
        **{name: input[name] for name in _KEPT if name in input},
        "InputCompressionType": input.get("InputCompressionType", "NONE"),
        "CloudWatchLogGroupArn": build_arn("logs", table.region, table.account_id, "log-group:/aws-dynamodb/imports:*"),
        "StartTime": context.now,
        "ProcessedSizeBytes": 0,
        "ProcessedItemCount": 0,
        "ImportedItemCount": 0,
        "ErrorCount": 0,
    }


@read_operation("DescribeImport")
def describe_import(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """How an import is going."""
    arn = input["ImportArn"]
    check_arn(arn, "import")
    found = documents.find(transaction, imports.owner_of(context.account_id, context.region), arn)
    if found is None:
        raise AwsError("ImportNotFoundException", f"Import not found: {arn}")
    return {"ImportTableDescription": found["Description"]}


@read_operation("ListImports")
def list_imports(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Imports of the last 90 days, the latest of each table first, up to 25 at a time."""
    limit = input.get("PageSize", _PAGE)
    table_arn = input.get("TableArn")
    before = arn_of_token(input["NextToken"]) if "NextToken" in input else None
    owner = imports.owner_of(context.account_id, context.region)
    found = [
        {name: description[name] for name in _SUMMARY if name in description}
        for arn, description in client_tokens.recent(context, transaction, owner)
        if (before is None or arn < before) and table_arn in (None, description["TableArn"])
    ]
    output: Output = {"ImportSummaryList": found[:limit]}
    if len(found) > limit:
        output["NextToken"] = token_of_arn(found[limit - 1]["ImportArn"])
    return output
