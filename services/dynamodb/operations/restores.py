"""RestoreTableFromBackup and RestoreTableToPointInTime.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, write_operation
from services.dynamodb.backups import backups, table_copies
from services.dynamodb.backups.point_in_time_recovery import backed_up_table, is_enabled, is_within, recovery_window
from services.dynamodb.backups.restored_tables import restored_definition
from services.dynamodb.errors import (
    BackupInUseException,
    LimitExceededException,
    PointInTimeRecoveryUnavailableException,
    TableAlreadyExistsException,
    ValidationException,
)
from services.dynamodb.operations.backups import own_backup
from services.dynamodb.operations.create_table import free_name
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import jobs
from services.dynamodb.tables.descriptions import describe_table
from services.dynamodb.tables.table import Table

_MOST_AT_A_TIME: Final = 50


class InvalidRestoreTimeException(AwsError):
    """The moment lies outside of the recovery period."""

    def __init__(self) -> None:
        super().__init__(
            "InvalidRestoreTimeException",
            "An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime and "
            "LatestRestorableDateTime.",
        )


@write_operation("RestoreTableFromBackup")
def restore_table_from_backup(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """A new table with what a backup holds; CREATING at first."""
    backup = own_backup(context, transaction, input["BackupArn"])
    if backups.status_at(backup, context.now) == "CREATING":
        raise BackupInUseException(f"Backup is being created: {backup.arn}")
    summary = {
        "SourceBackupArn": backup.arn,
        "SourceTableArn": backup.arn.partition("/backup/")[0],
        "RestoreDateTime": backup.created_at,
    }
    source = {
        "BackupId": backup.backup_id,
        "Numbers": (backup.definition["ItemCount"], backup.definition["SizeBytes"]),
    }
    return _restore(context, input, transaction, backup.definition["Table"], summary, source)


@write_operation("RestoreTableToPointInTime")
def restore_table_to_point_in_time(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """A new table with what a table held at a moment; CREATING at first."""
    moment: float | None = input.get("RestoreDateTime")
    if bool(input.get("UseLatestRestorableTime")) == (moment is not None):
        raise ValidationException(
            "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both"
        )
    table = _source(context, input, transaction)
    if not is_enabled(table):
        raise PointInTimeRecoveryUnavailableException(table.name)
    window = recovery_window(table, context.now)
    if moment is None:
        moment = window[1]
    elif not is_within(window, moment):
        raise InvalidRestoreTimeException
    summary = {"SourceTableArn": table.arn, "RestoreDateTime": moment}
    source = table_copies.table_source(context.runtime, transaction, table, moment, table_copies.RESTORE)
    return _restore(context, input, transaction, table.definition, summary, source)


def _source(context: DynamoDbContext, input: Input, transaction: Transaction) -> Table:
    name, arn = input.get("SourceTableName"), input.get("SourceTableArn")
    if (name is None) == (arn is None):
        raise ValidationException("Must provide exactly one of: sourceTableArn, sourceTableName")
    return backed_up_table(context, transaction, name if name is not None else arn)  # type: ignore[arg-type]


def _restore(
    context: DynamoDbContext,
    input: Input,
    transaction: Transaction,
    source_definition: Mapping[str, Any],
    summary: Mapping[str, Any],
    source: dict[str, Any],
) -> Output:
    runtime, now = context.runtime, context.now
    address = (context.account_id, context.region, input["TargetTableName"])
    definition = restored_definition(context, source_definition, input)
    if runtime.catalog.find(transaction, address, now) is not None:
        raise TableAlreadyExistsException(address[2])
    if jobs.count(transaction, table_copies.RESTORE, context.account_id) >= _MOST_AT_A_TIME:
        raise LimitExceededException(
            f"Subscriber limit exceeded: There is a limit of {_MOST_AT_A_TIME} concurrent table restores"
        )
    free_name(context, transaction, address)
    definition["RestoreSummary"] = {**summary, "RestoreInProgress": True}
    table = runtime.catalog.add(transaction, address, definition)
    document = {**source, "TargetId": table.table_id, "ReadyAt": now + runtime.settings.status_delay}
    table_copies.begin(
        runtime, transaction, table_copies.RESTORE, table_copies.advance_restore, context.account_id, document
    )
    return {"TableDescription": describe_table(table, {}, now, status="CREATING", brief=True)}
