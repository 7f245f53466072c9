"""ExportTableToPointInTime, DescribeExport and ListExports.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.HowItWorks.html
"""

from __future__ import annotations

from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.arns import check_arn, job_arn
from services.dynamodb.backups import table_copies
from services.dynamodb.backups.point_in_time_recovery import backed_up_table, is_enabled, is_within, recovery_window
from services.dynamodb.errors import (
    LimitExceededException,
    PointInTimeRecoveryUnavailableException,
    ValidationException,
)
from services.dynamodb.jobs import background_jobs, client_tokens
from services.dynamodb.runtime import DynamoDbContext, signer_of
from services.dynamodb.store import documents
from services.dynamodb.store import jobs as job_store
from services.dynamodb.tables.table import TABLE_STATISTICS, Table
from services.dynamodb.transfers import exports
from services.dynamodb.transfers.export_filters import filter_of

_MOST_AT_A_TIME: Final = 300
_PAGE: Final = 25
_SHORTEST_PERIOD: Final = 15 * 60
_LONGEST_PERIOD: Final = 24 * 3600
_DEFAULT_VIEW: Final = "NEW_AND_OLD_IMAGES"


class InvalidExportTimeException(AwsError):
    """The moment lies outside of the recovery period."""

    def __init__(self) -> None:
        super().__init__(
            "InvalidExportTimeException", "The specified ExportTime is outside of the point in time recovery window."
        )


@write_operation("ExportTableToPointInTime")
def export_table_to_point_in_time(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Begin to export a table, or its changes in a period, to S3."""
    table = backed_up_table(context, transaction, input["TableArn"])
    if not is_enabled(table):
        raise PointInTimeRecoveryUnavailableException(table.name)
    owner = exports.owner_of(table.account_id, table.region)
    conflict = AwsError(
        "ExportConflictException", "Export conflict: Duplicate request detected with conflicting parameters"
    )
    known = client_tokens.repeated(context, transaction, owner, input, conflict)
    if known is not None:
        return {"ExportDescription": known}
    filter_of(input.get("FilterSpecification"), table)
    runtime, now = context.runtime, context.now
    if job_store.count(transaction, exports.EXPORT, context.account_id) >= _MOST_AT_A_TIME:
        raise LimitExceededException(
            f"Subscriber limit exceeded: There is a limit of {_MOST_AT_A_TIME} concurrent exports"
        )
    size = runtime.statistics.read(transaction, table.table_id).get(TABLE_STATISTICS, (0, 0))[1]
    arn = job_arn(table.arn, "export", now)
    description = exports.new_description(table, arn, now, input, size)
    moment = _add_times(context, input, table, description)
    if "FilterSpecification" in input:
        description["FilterSpecification"] = input["FilterSpecification"]
    documents.put(transaction, owner, arn, {"Description": description, "Digest": client_tokens.digest_of(input)})
    document = {
        **table_copies.table_source(runtime, transaction, table, moment, exports.EXPORT),
        "Description": description,
        **signer_of(context),
    }
    background_jobs.leave(runtime, transaction, exports.EXPORT, table.account_id, document, table.table_id)
    table_copies.hold(runtime, transaction, document)
    return {"ExportDescription": description}


def _add_times(context: DynamoDbContext, input: Input, table: Table, description: dict[str, Any]) -> float:
    """Add what is exported of the table's history; the earliest moment that is needed of it."""
    window = recovery_window(table, context.now)
    specification = input.get("IncrementalExportSpecification")
    if description["ExportType"] == exports.FULL:
        if specification is not None:
            raise ValidationException(
                "IncrementalExportSpecification can only be specified when ExportType is INCREMENTAL_EXPORT"
            )
        moment: float = input.get("ExportTime", window[1])
        if not is_within(window, moment):
            raise InvalidExportTimeException
        description["ExportTime"] = moment
        return moment
    if specification is None or "ExportFromTime" not in specification:
        raise ValidationException("Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification")
    if "ExportTime" in input:
        raise ValidationException("ExportTime cannot be specified when ExportType is INCREMENTAL_EXPORT")
    if "FilterSpecification" in input:
        raise ValidationException("FilterSpecification can only be specified when ExportType is FULL_EXPORT")
    begin: float = specification["ExportFromTime"]
    end: float = specification.get("ExportToTime", min(window[1], begin + _LONGEST_PERIOD))
    if not is_within(window, begin) or not is_within(window, end):
        raise InvalidExportTimeException
    if not _SHORTEST_PERIOD <= end - begin <= _LONGEST_PERIOD:
        raise ValidationException("The export period must be at least 15 minutes and at most 24 hours")
    description["IncrementalExportSpecification"] = {
        "ExportFromTime": begin,
        "ExportToTime": end,
        "ExportViewType": specification.get("ExportViewType", _DEFAULT_VIEW),
    }
    return begin


@read_operation("DescribeExport")
def describe_export(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """How an export is going."""
    arn = input["ExportArn"]
    check_arn(arn, "export")
    owner = exports.owner_of(context.account_id, context.region)
    found = documents.find(transaction, owner, arn)
    if found is None:
        raise AwsError("ExportNotFoundException", f"Export not found: {arn}")
    return {"ExportDescription": found["Description"]}


@read_operation("ListExports")
def list_exports(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Exports of the last 90 days, against the order of their ARNs, up to 25 at a time."""
    limit = input.get("MaxResults", _PAGE)
    table_arn, before = input.get("TableArn"), input.get("NextToken")
    owner = exports.owner_of(context.account_id, context.region)
    found = [
        {name: description[name] for name in ("ExportArn", "ExportStatus", "ExportType")}
        for arn, description in client_tokens.recent(context, transaction, owner)
        if (before is None or arn < before) and table_arn in (None, description["TableArn"])
    ]
    output: Output = {"ExportSummaries": found[:limit]}
    if len(found) > limit:
        output["NextToken"] = found[limit - 1]["ExportArn"]
    return output
