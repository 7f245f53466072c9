"""Backups of a table, and points in time that it can be restored to."""

from __future__ import annotations

from dataclasses import dataclass

from console.interfaces.aws_client import AwsClient
from console.interfaces.dynamodb.calls import call


@dataclass(frozen=True, slots=True)
class Backup:
    """`created` in epoch seconds, `size` in bytes."""

    arn: str
    name: str
    status: str
    created: float | None
    size: int | None


@dataclass(frozen=True, slots=True)
class PointInTime:
    """From when to when the table can be restored, in epoch seconds, where that is on."""

    enabled: bool
    earliest: float | None
    latest: float | None


async def list_backups(client: AwsClient, table: str) -> list[Backup]:
    """The first hundred."""
    output = await call(client, "ListBackups", TableName=table, Limit=100)
    return [
        Backup(
            one["BackupArn"],
            one["BackupName"],
            one["BackupStatus"],
            one.get("BackupCreationDateTime"),
            one.get("BackupSizeBytes"),
        )
        for one in output.get("BackupSummaries", ())
    ]


async def create_backup(client: AwsClient, table: str, name: str) -> None:
    await call(client, "CreateBackup", TableName=table, BackupName=name)


async def delete_backup(client: AwsClient, arn: str) -> None:
    await call(client, "DeleteBackup", BackupArn=arn)


async def restore_backup(client: AwsClient, arn: str, target: str) -> None:
    """Into a table of the name `target`, which may not be there."""
    await call(client, "RestoreTableFromBackup", BackupArn=arn, TargetTableName=target)


async def point_in_time(client: AwsClient, table: str) -> PointInTime:
    said = (await call(client, "DescribeContinuousBackups", TableName=table))["ContinuousBackupsDescription"]
    of_time = said.get("PointInTimeRecoveryDescription", {})
    return PointInTime(
        of_time.get("PointInTimeRecoveryStatus") == "ENABLED",
        of_time.get("EarliestRestorableDateTime"),
        of_time.get("LatestRestorableDateTime"),
    )


async def set_point_in_time(client: AwsClient, table: str, *, enabled: bool) -> None:
    wanted = {"PointInTimeRecoveryEnabled": enabled}
    await call(client, "UpdateContinuousBackups", TableName=table, PointInTimeRecoverySpecification=wanted)


async def restore_to_point(client: AwsClient, table: str, target: str, moment: float | None) -> None:
    """As the table was at `moment` (epoch seconds), or is now."""
    await call(
        client,
        "RestoreTableToPointInTime",
        SourceTableName=table,
        TargetTableName=target,
        RestoreDateTime=moment,
        UseLatestRestorableTime=True if moment is None else None,
    )
