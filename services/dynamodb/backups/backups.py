"""Backups of tables: made, described, deleted.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Backup-and-Restore.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from awskit.database import Transaction
from services.dynamodb.arns import job_arn
from services.dynamodb.backups import table_copies
from services.dynamodb.backups.point_in_time_recovery import DAY
from services.dynamodb.errors import BackupNotFoundException
from services.dynamodb.jobs import background_jobs
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import backups as store
from services.dynamodb.store.backups import Backup
from services.dynamodb.tables.table import Table

_UNITS: Final = ("ReadCapacityUnits", "WriteCapacityUnits")
_INDEX_PARTS: Final = ("IndexName", "KeySchema", "Projection")
_SYSTEM_DAYS: Final = 35
_SYSTEM_SUFFIX: Final = "$DeletedTableBackup"


def make(runtime: DynamoDbRuntime, transaction: Transaction, table: Table, name: str, kind: str, now: float) -> Backup:
    """Back up a table as it is `now`; `kind` is USER or SYSTEM."""
    arn = job_arn(table.arn, "backup", now)
    definition: dict[str, Any] = {
        "Name": name,
        "Type": kind,
        "Table": dict(table.definition),
        "ItemCount": 0,
        "SizeBytes": 0,
        "ReadyAt": now + runtime.settings.status_delay,
        "AvailableAt": None,
    }
    if kind == "SYSTEM":
        definition["ExpiresAt"] = now + _SYSTEM_DAYS * DAY
    backup_id = store.add(transaction, (table.account_id, table.region, table.name), arn, now, definition)
    document = {
        **table_copies.table_source(runtime, transaction, table, now, table_copies.BACKUP),
        "BackupId": backup_id,
    }
    table_copies.begin(
        runtime, transaction, table_copies.BACKUP, table_copies.advance_backup, table.account_id, document
    )
    made = store.get(transaction, backup_id)
    assert made is not None
    return made


def system_backup_name(table: Table) -> str:
    """What DynamoDB calls the backup that it makes of a deleted table."""
    return table.name + _SYSTEM_SUFFIX


def find(transaction: Transaction, arn: str) -> Backup:
    """The backup with that ARN."""
    backup = store.find(transaction, arn)
    if backup is None:
        raise BackupNotFoundException(arn)
    return backup


def status_at(backup: Backup, now: float) -> str:
    """CREATING or AVAILABLE."""
    available_at = backup.definition["AvailableAt"]
    return "AVAILABLE" if available_at is not None and available_at <= now else "CREATING"


def remove(runtime: DynamoDbRuntime, transaction: Transaction, backup: Backup) -> None:
    """Delete a backup; its items may be swept later."""
    store.remove(transaction, backup.backup_id)
    document = {"BackupId": backup.backup_id}
    background_jobs.begin(
        runtime, transaction, table_copies.SWEEP, table_copies.advance_sweep, backup.account_id, document
    )


def expire(runtime: DynamoDbRuntime, transaction: Transaction, now: float) -> None:
    """Delete the backups of deleted tables that are too old."""
    for backup in store.created_before(transaction, now - _SYSTEM_DAYS * DAY):
        if backup.definition.get("ExpiresAt", now + 1) <= now:
            remove(runtime, transaction, backup)


# Descriptions


def describe_details(backup: Backup, status: str) -> dict[str, Any]:
    """`BackupDetails`."""
    details = {
        "BackupArn": backup.arn,
        "BackupName": backup.definition["Name"],
        "BackupSizeBytes": backup.definition["SizeBytes"],
        "BackupStatus": status,
        "BackupType": backup.definition["Type"],
        "BackupCreationDateTime": backup.created_at,
    }
    if "ExpiresAt" in backup.definition:
        details["BackupExpiryDateTime"] = backup.definition["ExpiresAt"]
    return details


def describe_summary(backup: Backup, status: str) -> dict[str, Any]:
    """`BackupSummary`."""
    return {
        "TableName": backup.table_name,
        "TableId": backup.definition["Table"]["TableId"],
        "TableArn": backup.arn.partition("/backup/")[0],
        **describe_details(backup, status),
    }


def describe(backup: Backup, status: str) -> dict[str, Any]:
    """`BackupDescription`."""
    table = backup.definition["Table"]
    source: dict[str, Any] = {
        "TableName": backup.table_name,
        "TableId": table["TableId"],
        "TableArn": backup.arn.partition("/backup/")[0],
        "TableSizeBytes": backup.definition["SizeBytes"],
        "KeySchema": table["KeySchema"],
        "TableCreationDateTime": table["CreationDateTime"],
        "ProvisionedThroughput": _units(table),
        "ItemCount": backup.definition["ItemCount"],
        "BillingMode": table.get("BillingMode", "PROVISIONED"),
    }
    if "OnDemandThroughput" in table:
        source["OnDemandThroughput"] = table["OnDemandThroughput"]
    return {
        "BackupDetails": describe_details(backup, status),
        "SourceTableDetails": source,
        "SourceTableFeatureDetails": _describe_features(table),
    }


def _units(holder: Mapping[str, Any]) -> dict[str, int]:
    return {name: holder["ProvisionedThroughput"][name] for name in _UNITS}


def _describe_features(table: Mapping[str, Any]) -> dict[str, Any]:
    features: dict[str, Any] = {}
    local = table.get("LocalSecondaryIndexes")
    if local:
        features["LocalSecondaryIndexes"] = [{name: entry[name] for name in _INDEX_PARTS} for entry in local]
    indexes = table.get("GlobalSecondaryIndexes")
    if indexes:
        features["GlobalSecondaryIndexes"] = [_describe_index(entry) for entry in indexes]
    if table.get("VectorIndexes"):
        features["VectorIndexes"] = table["VectorIndexes"]
    stream = table.get("StreamSpecification")
    if stream is not None:
        features["StreamDescription"] = stream
    ttl = table.get("TimeToLive", {})
    if ttl.get("Enabled"):
        features["TimeToLiveDescription"] = {"TimeToLiveStatus": "ENABLED", "AttributeName": ttl["AttributeName"]}
    if "SSEDescription" in table:
        features["SSEDescription"] = table["SSEDescription"]
    return features


def _describe_index(entry: Mapping[str, Any]) -> dict[str, Any]:
    described = {name: entry[name] for name in _INDEX_PARTS}
    described["ProvisionedThroughput"] = _units(entry)
    if "OnDemandThroughput" in entry:
        described["OnDemandThroughput"] = entry["OnDemandThroughput"]
    return described
