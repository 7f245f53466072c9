"""Backups, restores from them, and point-in-time recovery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.dynamodb.backups import table_copies
from services.dynamodb.jobs.background_jobs import JobRunner, Progress
from services.dynamodb.store import jobs
from tests.services.dynamodb.conftest import DynamoDb

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/"
INDEXED = {
    "AttributeDefinitions": [{"AttributeName": "b", "AttributeType": "S"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-b",
            "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
LARGE = 1300
"""More items than a copy makes in its request."""


async def fill(dynamodb: DynamoDb, table: str, count: int) -> None:
    for start in range(0, count, 25):
        requests = [
            {"PutRequest": {"Item": {"a": {"S": f"{number:05}"}, "b": {"S": str(number % 3)}}}}
            for number in range(start, min(start + 25, count))
        ]
        await dynamodb.batch_write_item(RequestItems={table: requests})


async def backed_up(dynamodb: DynamoDb, table: str, name: str = "backup") -> str:
    created = await dynamodb.create_backup(TableName=table, BackupName=name)
    arn: str = created["BackupDetails"]["BackupArn"]
    return arn


async def keep_history(dynamodb: DynamoDb, table: str, days: int | None = None) -> None:
    specification: dict[str, Any] = {"PointInTimeRecoveryEnabled": True}
    if days is not None:
        specification["RecoveryPeriodInDays"] = days
    await dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=specification)


async def test_a_backup_is_described(dynamodb: DynamoDb) -> None:
    await dynamodb.table("source", "a:S", **INDEXED)
    await dynamodb.put("source", {"a": "1", "b": "x"}, {"a": "2"})
    created = (await dynamodb.create_backup(TableName="source", BackupName="first"))["BackupDetails"]
    assert created["BackupStatus"] == "CREATING"
    assert created["BackupArn"].startswith(ARN + "source/backup/0")
    described = (await dynamodb.describe_backup(BackupArn=created["BackupArn"]))["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert described["BackupDetails"]["BackupType"] == "USER"
    assert described["BackupDetails"]["BackupName"] == "first"
    assert described["SourceTableDetails"]["ItemCount"] == 2
    assert described["SourceTableDetails"]["TableSizeBytes"] == described["BackupDetails"]["BackupSizeBytes"] == 6
    assert described["SourceTableDetails"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["SourceTableFeatureDetails"]["GlobalSecondaryIndexes"][0]["IndexName"] == "by-b"


async def test_a_backup_is_restored_as_it_was(dynamodb: DynamoDb) -> None:
    await dynamodb.table("source", "a:S", Tags=[{"Key": "k", "Value": "v"}], **INDEXED)
    await dynamodb.put("source", {"a": "1", "b": "x"}, {"a": "2", "b": "y"})
    arn = await backed_up(dynamodb, "source")
    await dynamodb.put("source", {"a": "1", "b": "changed"}, {"a": "3"})
    await dynamodb.delete_table(TableName="source")
    restored = await dynamodb.restore_table_from_backup(TargetTableName="target", BackupArn=arn)
    assert restored["TableDescription"]["TableStatus"] == "CREATING"
    summary = restored["TableDescription"]["RestoreSummary"]
    assert summary["SourceBackupArn"] == arn
    assert summary["SourceTableArn"] == ARN + "source"
    assert summary["RestoreInProgress"] is True
    described = (await dynamodb.describe_table(TableName="target"))["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert "RestoreSummary" not in described
    assert described["ItemCount"] == 2
    assert described["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    assert described["GlobalSecondaryIndexes"][0]["ItemCount"] == 2
    items = sorted(item["a"] + item["b"] for item in await dynamodb.all_items("target"))
    assert items == ["1x", "2y"]
    found = await dynamodb.query(
        TableName="target",
        IndexName="by-b",
        KeyConditionExpression="b = :b",
        ExpressionAttributeValues={":b": {"S": "y"}},
    )
    assert found["Count"] == 1
    assert await dynamodb.list_tags_of_resource(ResourceArn=ARN + "target") == {"Tags": []}


async def test_what_a_restore_overrides(dynamodb: DynamoDb) -> None:
    await dynamodb.table("source", "a:S", **INDEXED)
    arn = await backed_up(dynamodb, "source")
    await dynamodb.restore_table_from_backup(
        TargetTableName="target",
        BackupArn=arn,
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride={"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
        GlobalSecondaryIndexOverride=[],
        SSESpecificationOverride={"Enabled": True},
    )
    described = (await dynamodb.describe_table(TableName="target"))["Table"]
    assert described["ProvisionedThroughput"]["ReadCapacityUnits"] == 3
    assert "GlobalSecondaryIndexes" not in described
    assert described["AttributeDefinitions"] == [{"AttributeName": "a", "AttributeType": "S"}]
    assert described["SSEDescription"]["Status"] == "ENABLED"
    other = [{**INDEXED["GlobalSecondaryIndexes"][0], "IndexName": "other"}]
    refused = await dynamodb.refusal(
        "RestoreTableFromBackup", TargetTableName="more", BackupArn=arn, GlobalSecondaryIndexOverride=other
    )
    assert refused.code == "ValidationException"


async def test_a_restore_needs_a_free_name_and_a_backup(dynamodb: DynamoDb) -> None:
    await dynamodb.table("source")
    arn = await backed_up(dynamodb, "source")
    refused = await dynamodb.refusal("RestoreTableFromBackup", TargetTableName="source", BackupArn=arn)
    assert (refused.code, refused.message) == ("TableAlreadyExistsException", "Table already exists: source")
    missing = ARN + "source/backup/01700000000000-0123abcd"
    refused = await dynamodb.refusal("RestoreTableFromBackup", TargetTableName="target", BackupArn=missing)
    assert (refused.code, refused.message) == ("BackupNotFoundException", f"Backup not found: {missing}")
    refused = await dynamodb.refusal("CreateBackup", TableName="nowhere", BackupName="name")
    assert (refused.code, refused.message) == ("TableNotFoundException", "Table not found: nowhere")


async def test_backups_are_listed_and_deleted(dynamodb: DynamoDb) -> None:
    arns = []
    for table in ("one", "two"):
        await dynamodb.table(table)
        for name in ("first", "second"):
            arns.append(await backed_up(dynamodb, table, name))
            dynamodb.clock.advance(10)
    listed = await dynamodb.list_backups()
    assert [backup["BackupArn"] for backup in listed["BackupSummaries"]] == arns
    page = await dynamodb.list_backups(Limit=3)
    assert page["LastEvaluatedBackupArn"] == arns[2]
    rest = await dynamodb.list_backups(ExclusiveStartBackupArn=arns[2])
    assert [backup["BackupArn"] for backup in rest["BackupSummaries"]] == arns[3:]
    assert "LastEvaluatedBackupArn" not in rest
    of_two = await dynamodb.list_backups(TableName="two", TimeRangeLowerBound=dynamodb.clock.now() - 15)
    assert [backup["BackupName"] for backup in of_two["BackupSummaries"]] == ["second"]
    deleted = await dynamodb.delete_backup(BackupArn=arns[0])
    assert deleted["BackupDescription"]["BackupDetails"]["BackupStatus"] == "DELETED"
    assert (await dynamodb.refusal("DescribeBackup", BackupArn=arns[0])).code == "BackupNotFoundException"
    assert (await dynamodb.caller(account_id="111111111111").list_backups())["BackupSummaries"] == []


async def test_a_large_table_is_backed_up_as_it_was_at_the_request(dynamodb: DynamoDb) -> None:
    await dynamodb.table("source", "a:S", **INDEXED)
    await fill(dynamodb, "source", LARGE)
    dynamodb.clock.advance(1)
    arn = await backed_up(dynamodb, "source")
    described = (await dynamodb.describe_backup(BackupArn=arn))["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "CREATING"
    assert (await dynamodb.refusal("DeleteTable", TableName="source")).code == "ResourceInUseException"
    assert (await dynamodb.refusal("DeleteBackup", BackupArn=arn)).code == "BackupInUseException"
    dynamodb.clock.advance(1)
    for number in range(0, LARGE, 7):
        await dynamodb.delete_item(TableName="source", Key={"a": {"S": f"{number:05}"}})
    await dynamodb.put("source", *({"a": f"{number:05}", "b": "changed"} for number in range(1, LARGE, 7)))
    await dynamodb.put("source", *({"a": f"new-{number}"} for number in range(100)))
    await dynamodb.run_jobs()
    described = (await dynamodb.describe_backup(BackupArn=arn))["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert described["SourceTableDetails"]["ItemCount"] == LARGE
    await dynamodb.delete_table(TableName="source")
    await dynamodb.restore_table_from_backup(TargetTableName="target", BackupArn=arn)
    assert (await dynamodb.describe_table(TableName="target"))["Table"]["TableStatus"] == "CREATING"
    assert (await dynamodb.refusal("Scan", TableName="target")).code == "ResourceNotFoundException"
    await dynamodb.run_jobs()
    items = {item["a"]: item["b"] for item in await dynamodb.all_items("target")}
    assert items == {f"{number:05}": str(number % 3) for number in range(LARGE)}


async def test_a_table_is_restored_to_points_in_time(dynamodb: DynamoDb) -> None:
    await dynamodb.table("source")
    await dynamodb.put("source", {"a": "before"})
    await keep_history(dynamodb, "source")
    begun = dynamodb.clock.now()
    dynamodb.clock.advance(100)
    await dynamodb.put("source", {"a": "1", "v": 1}, {"a": "2", "v": 1})
    dynamodb.clock.advance(100)
    await dynamodb.put("source", {"a": "1", "v": 2})
    await dynamodb.delete_item(TableName="source", Key={"a": {"S": "2"}})
    await dynamodb.delete_item(TableName="source", Key={"a": {"S": "before"}})
    dynamodb.clock.advance(100)
    expected = {
        0: [{"a": "before"}],
        150: [{"a": "1", "v": 1}, {"a": "2", "v": 1}, {"a": "before"}],
        250: [{"a": "1", "v": 2}],
    }
    for offset, items in expected.items():
        target = f"target-{offset}"
        await dynamodb.restore_table_to_point_in_time(
            SourceTableName="source", TargetTableName=target, RestoreDateTime=begun + offset
        )
        assert sorted(await dynamodb.all_items(target), key=lambda item: item["a"]) == items
    latest = await dynamodb.restore_table_to_point_in_time(
        SourceTableArn=ARN + "source", TargetTableName="latest", UseLatestRestorableTime=True
    )
    assert "SourceBackupArn" not in latest["TableDescription"]["RestoreSummary"]
    assert await dynamodb.all_items("latest") == [{"a": "1", "v": 2}]


async def test_moments_that_a_table_cannot_be_restored_to(dynamodb: DynamoDb) -> None:
    await dynamodb.table("source")
    restore = {"SourceTableName": "source", "TargetTableName": "target"}
    refused = await dynamodb.refusal("RestoreTableToPointInTime", UseLatestRestorableTime=True, **restore)
    assert refused.code == "PointInTimeRecoveryUnavailableException"
    await keep_history(dynamodb, "source")
    now = dynamodb.clock.now()
    for moment in (now - 10, now + 10):
        refused = await dynamodb.refusal("RestoreTableToPointInTime", RestoreDateTime=moment, **restore)
        assert refused.code == "InvalidRestoreTimeException"
    assert (await dynamodb.refusal("RestoreTableToPointInTime", **restore)).code == "ValidationException"


async def test_history_is_pruned_after_the_recovery_period(dynamodb: DynamoDb) -> None:
    await dynamodb.table("source")
    await keep_history(dynamodb, "source", days=2)
    await dynamodb.put("source", {"a": "1", "v": 1})
    await dynamodb.advance(86_400)
    await dynamodb.put("source", {"a": "1", "v": 2})
    await dynamodb.advance(1.5 * 86_400)
    now = dynamodb.clock.now()
    described = await dynamodb.describe_continuous_backups(TableName="source")
    recovery = described["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["RecoveryPeriodInDays"] == 2
    assert recovery["EarliestRestorableDateTime"] == now - 2 * 86_400
    # a longer period does not bring back what is gone
    await keep_history(dynamodb, "source", days=35)
    described = await dynamodb.describe_continuous_backups(TableName="source")
    recovery = described["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["EarliestRestorableDateTime"] == now - 2 * 86_400
    await dynamodb.restore_table_to_point_in_time(
        SourceTableName="source", TargetTableName="target", RestoreDateTime=now - 2 * 86_400
    )
    assert await dynamodb.all_items("target") == [{"a": "1", "v": 1}]


async def test_a_deleted_table_with_recovery_leaves_a_backup_for_35_days(dynamodb: DynamoDb) -> None:
    await dynamodb.table("source")
    await keep_history(dynamodb, "source")
    await fill(dynamodb, "source", LARGE)
    await dynamodb.delete_table(TableName="source")
    await dynamodb.settle()
    await dynamodb.run_jobs()
    assert (await dynamodb.list_backups())["BackupSummaries"] == []
    (backup,) = (await dynamodb.list_backups(BackupType="SYSTEM"))["BackupSummaries"]
    assert backup["BackupName"] == "source$DeletedTableBackup"
    assert backup["BackupExpiryDateTime"] == backup["BackupCreationDateTime"] + 35 * 86_400
    refused = await dynamodb.refusal("DeleteBackup", BackupArn=backup["BackupArn"])
    assert refused.code == "ValidationException"
    assert refused.message.startswith("Invalid Request: User is not allowed to delete the system backup with arn arn:")
    await dynamodb.restore_table_from_backup(TargetTableName="source", BackupArn=backup["BackupArn"])
    await dynamodb.run_jobs()
    assert len(await dynamodb.all_items("source")) == LARGE
    await dynamodb.advance(35 * 86_400)
    assert (await dynamodb.list_backups(BackupType="ALL"))["BackupSummaries"] == []


async def test_backups_take_as_long_as_the_setting_says(started_dynamodb: Callable[..., Any]) -> None:
    dynamodb = await started_dynamodb(status_delay=30.0)
    await dynamodb.table("source")
    assert (await dynamodb.refusal("CreateBackup", TableName="source", BackupName="early")).code == (
        "TableInUseException"
    )
    specification = {"PointInTimeRecoveryEnabled": True}
    refused = await dynamodb.refusal(
        "UpdateContinuousBackups", TableName="source", PointInTimeRecoverySpecification=specification
    )
    assert refused.code == "ContinuousBackupsUnavailableException"
    await dynamodb.advance(31)
    arn = await backed_up(dynamodb, "source")
    refused = await dynamodb.refusal("RestoreTableFromBackup", TargetTableName="target", BackupArn=arn)
    assert refused.code == "BackupInUseException"
    await dynamodb.advance(31)
    await dynamodb.restore_table_from_backup(TargetTableName="target", BackupArn=arn)
    assert (await dynamodb.describe_table(TableName="target"))["Table"]["TableStatus"] == "CREATING"
    await dynamodb.advance(31)
    assert (await dynamodb.describe_table(TableName="target"))["Table"]["TableStatus"] == "ACTIVE"


async def test_a_copy_goes_on_in_another_process(started_dynamodb: Callable[..., Any]) -> None:
    dynamodb = await started_dynamodb()
    await dynamodb.table("source")
    await fill(dynamodb, "source", LARGE)
    arn = await backed_up(dynamodb, "source")
    other = await started_dynamodb()
    await other.run_jobs()
    described = (await other.describe_backup(BackupArn=arn))["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert described["SourceTableDetails"]["ItemCount"] == LARGE


async def test_a_reset_takes_an_accounts_backups_and_its_jobs(dynamodb: DynamoDb) -> None:
    await dynamodb.table("source")
    await fill(dynamodb, "source", LARGE)
    await backed_up(dynamodb, "source")
    await dynamodb.service.reset("000000000000")
    await dynamodb.run_jobs()
    await dynamodb.settle()
    assert (await dynamodb.list_backups(BackupType="ALL"))["BackupSummaries"] == []


async def test_recovery_that_is_switched_off_has_no_period(dynamodb_on_sqlite: DynamoDb) -> None:
    refused = await dynamodb_on_sqlite.refusal(
        "UpdateContinuousBackups",
        TableName=await dynamodb_on_sqlite.table(),
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 2},
    )
    assert (refused.code, refused.message) == (
        "ValidationException",
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.",
    )


async def test_an_arn_of_something_else_is_no_backups(dynamodb_on_sqlite: DynamoDb) -> None:
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/table/export/01234567890123-abcdefgh"
    for operation in ("DescribeBackup", "DeleteBackup"):
        refused = await dynamodb_on_sqlite.refusal(operation, BackupArn=arn)
        assert (refused.code, refused.message) == ("ValidationException", "Invalid Backup ARN")


async def test_a_restore_leaves_class_and_protection_behind(dynamodb_on_sqlite: DynamoDb) -> None:
    await dynamodb_on_sqlite.table("source", TableClass="STANDARD_INFREQUENT_ACCESS", DeletionProtectionEnabled=True)
    arn = await backed_up(dynamodb_on_sqlite, "source")
    await dynamodb_on_sqlite.restore_table_from_backup(TargetTableName="target", BackupArn=arn)
    described = (await dynamodb_on_sqlite.describe_table(TableName="target"))["Table"]
    assert "TableClassSummary" not in described
    assert described["DeletionProtectionEnabled"] is False


RESTORES = [
    ({"SourceTableName": "table"}, "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be"),
    (
        {"SourceTableName": "table", "UseLatestRestorableTime": True, "RestoreDateTime": 1},
        "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be",
    ),
    ({"UseLatestRestorableTime": True}, "Must provide exactly one of: sourceTableArn, sourceTableName"),
]


@pytest.mark.parametrize(("given", "message"), RESTORES)
async def test_a_restore_wants_one_table_and_one_time(
    dynamodb_on_sqlite: DynamoDb, given: dict[str, Any], message: str
) -> None:
    table = await dynamodb_on_sqlite.table()
    await dynamodb_on_sqlite.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    refused = await dynamodb_on_sqlite.refusal("RestoreTableToPointInTime", TargetTableName="target", **given)
    assert refused.code == "ValidationException"
    assert refused.message.startswith(message)


async def test_a_time_range_has_its_lower_bound_first(dynamodb_on_sqlite: DynamoDb) -> None:
    refused = await dynamodb_on_sqlite.refusal("ListBackups", TimeRangeLowerBound=2, TimeRangeUpperBound=1)
    assert refused.message == (
        "One or more parameter values were invalid: Time range lower bound must be less than or equal to upper bound"
    )


async def test_copies_that_always_fail_end(dynamodb: DynamoDb, caplog: pytest.LogCaptureFixture) -> None:
    """A backup that cannot be made goes, and so does a table that cannot be restored: neither waits for ever."""
    runtime = dynamodb.service.runtime
    await dynamodb.table("source", "a:S", **INDEXED)
    await fill(dynamodb, "source", LARGE)
    good = await backed_up(dynamodb, "source", "good")
    await dynamodb.run_jobs()
    await dynamodb.restore_table_from_backup(TargetTableName="target", BackupArn=good)
    bad = await backed_up(dynamodb, "source", "bad")

    async def errand(progress: Progress) -> None:
        raise LookupError(progress.job.kind)

    runner = JobRunner(
        runtime,
        {table_copies.BACKUP: errand, table_copies.RESTORE: errand, table_copies.SWEEP: errand},
        {table_copies.BACKUP: table_copies.end_backup, table_copies.RESTORE: table_copies.end_restore},
    )
    for minutes in (0, 1, 2, 4, 8, 16, 32, 64, 128):
        dynamodb.clock.advance(minutes * 60 + 1)
        await runner.run_once()
    await dynamodb.settle()
    assert (await dynamodb.refusal("DescribeBackup", BackupArn=bad)).code == "BackupNotFoundException"
    assert (await dynamodb.refusal("DescribeTable", TableName="target")).code == "ResourceNotFoundException"
    assert (await dynamodb.describe_backup(BackupArn=good))["BackupDescription"]["BackupDetails"]
    assert len(await dynamodb.all_items("source")) == LARGE
    assert not await runtime.database.read(jobs.held_tables)
    given_up = [record.getMessage() for record in caplog.records if "is given up after 5 tries" in record.getMessage()]
    assert sorted(text.split("(")[1].split(")")[0] for text in given_up) == ["backup", "restore", "sweep"]
