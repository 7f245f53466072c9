"""CreateBackup, DescribeBackup, ListBackups and DeleteBackup.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Backup-and-Restore.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.arns import check_arn, table_address
from services.dynamodb.backups import backups
from services.dynamodb.backups.point_in_time_recovery import backed_up_table
from services.dynamodb.errors import BackupInUseException, BackupNotFoundException, ValidationException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import backups as store
from services.dynamodb.store.backups import Backup

_MOST: Final = 100
_BUSY: Final = {"CREATING": "created", "UPDATING": "updated", "DELETING": "deleted"}


class TableInUseException(AwsError):
    """A table whose status does not go with a backup of it."""

    def __init__(self, message: str) -> None:
        super().__init__("TableInUseException", message)


@write_operation("CreateBackup")
def create_backup(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Back up a table as it is at the request; CREATING at first."""
    table = backed_up_table(context, transaction, input["TableName"])
    status = table.status_at(context.now)
    if status in ("CREATING", "DELETING"):
        raise TableInUseException(f"Table is being {_BUSY[status]}: {table.name}")
    backup = backups.make(context.runtime, transaction, table, input["BackupName"], "USER", context.now)
    return {"BackupDetails": backups.describe_details(backup, "CREATING")}


@read_operation("DescribeBackup")
def describe_backup(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """A backup with the table that it is of."""
    backup = own_backup(context, transaction, input["BackupArn"])
    return {"BackupDescription": backups.describe(backup, backups.status_at(backup, context.now))}


@write_operation("DeleteBackup")
def delete_backup(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Delete a backup that is not being made any more."""
    backup = own_backup(context, transaction, input["BackupArn"])
    if backups.status_at(backup, context.now) == "CREATING":
        raise BackupInUseException(f"Backup is being created: {backup.arn}")
    if "ExpiresAt" in backup.definition:
        expiry = datetime.fromtimestamp(backup.definition["ExpiresAt"], UTC).isoformat(timespec="milliseconds")
        raise ValidationException(
            f"Invalid Request: User is not allowed to delete the system backup with arn {backup.arn}. It will "
            f"automatically expire on {expiry}"
        )
    backups.remove(context.runtime, transaction, backup)
    return {"BackupDescription": backups.describe(backup, "DELETED")}


@read_operation("ListBackups")
def list_backups(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Backups of a table or of all, the oldest first, up to 100 at a time."""
    limit = input.get("Limit", _MOST)
    lower, upper = input.get("TimeRangeLowerBound"), input.get("TimeRangeUpperBound")
    if lower is not None and upper is not None and lower > upper:
        raise ValidationException(
            "One or more parameter values were invalid: Time range lower bound must be less than or equal to upper "
            "bound"
        )
    found = store.all_backups(transaction, context.account_id, context.region)
    start = input.get("ExclusiveStartBackupArn")
    if start is not None:
        found = _after(found, start)
    wanted = [backup for backup in found if _is_wanted(context, input, backup)]
    output: Output = {
        "BackupSummaries": [
            backups.describe_summary(backup, backups.status_at(backup, context.now)) for backup in wanted[:limit]
        ]
    }
    if len(wanted) > limit:
        output["LastEvaluatedBackupArn"] = wanted[limit - 1].arn
    return output


def own_backup(context: DynamoDbContext, transaction: Transaction, arn: str) -> Backup:
    """The backup, where it is of the caller's account and region."""
    check_arn(arn, "backup")
    backup = backups.find(transaction, arn)
    if (backup.account_id, backup.region) != (context.account_id, context.region):
        raise BackupNotFoundException(arn)
    return backup


def _after(found: list[Backup], arn: str) -> list[Backup]:
    """What comes after a backup, which may be deleted meanwhile: its ARN tells when it was made."""
    for position, backup in enumerate(found):
        if backup.arn == arn:
            return found[position + 1 :]
    made = arn.rpartition("/")[2]
    return [backup for backup in found if backup.arn.rpartition("/")[2] > made]


def _is_wanted(context: DynamoDbContext, input: Input, backup: Backup) -> bool:
    conditions: dict[str, Any] = {
        "TableName": lambda name: backup.table_name == table_address(context, name)[2],
        "TimeRangeLowerBound": lambda moment: backup.created_at >= moment,
        "TimeRangeUpperBound": lambda moment: backup.created_at < moment,
    }
    kind = input.get("BackupType", "USER")
    return kind in ("ALL", backup.definition["Type"]) and all(
        holds(input[name]) for name, holds in conditions.items() if name in input
    )
