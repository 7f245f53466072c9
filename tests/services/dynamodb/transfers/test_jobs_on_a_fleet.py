"""Backups, restores, exports and imports with boto3 against a whole fleet, across a kill and a restart."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.processes import Running, running_service

ITEMS = 6000


def wait_for(describe: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
    """What `describe` answers once it is `done`."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            described = describe()
            if done(described):
                return described
        except ClientError as error:  # the service may be down
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500, error
        time.sleep(0.02)
    raise AssertionError("it is not done within a minute")


def create_table(dynamodb: Any, name: str) -> str:
    created = dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arn: str = created["TableDescription"]["TableArn"]
    return arn


def parameters(name: str) -> dict[str, Any]:
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


def test_limits_and_endpoints(fleet: Running, dynamodb_client: Any) -> None:
    assert dynamodb_client.describe_limits()["TableMaxReadCapacityUnits"] == 40_000
    (endpoint,) = dynamodb_client.describe_endpoints()["Endpoints"]
    assert fleet.url.endswith(endpoint["Address"])


def test_a_backup_and_its_restore(dynamodb_client: Any, unique_name: str) -> None:
    create_table(dynamodb_client, unique_name)
    dynamodb_client.put_item(TableName=unique_name, Item={"id": {"S": "1"}, "binary": {"B": b"\0\xff"}})
    created = dynamodb_client.create_backup(TableName=unique_name, BackupName="backup")["BackupDetails"]
    described = dynamodb_client.describe_backup(BackupArn=created["BackupArn"])["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    listed = dynamodb_client.list_backups(TableName=unique_name)["BackupSummaries"]
    assert [backup["BackupArn"] for backup in listed] == [created["BackupArn"]]
    target = unique_name + "-restored"
    dynamodb_client.restore_table_from_backup(TargetTableName=target, BackupArn=created["BackupArn"])
    dynamodb_client.get_waiter("table_exists").wait(TableName=target, WaiterConfig={"Delay": 1})
    item = dynamodb_client.get_item(TableName=target, Key={"id": {"S": "1"}})["Item"]
    assert item == {"id": {"S": "1"}, "binary": {"B": b"\0\xff"}}
    dynamodb_client.delete_backup(BackupArn=created["BackupArn"])
    with pytest.raises(dynamodb_client.exceptions.BackupNotFoundException):
        dynamodb_client.describe_backup(BackupArn=created["BackupArn"])


def test_an_export_becomes_a_table(dynamodb_client: Any, s3_client: Any, unique_name: str) -> None:
    arn = create_table(dynamodb_client, unique_name)
    s3_client.create_bucket(Bucket=unique_name)
    dynamodb_client.update_continuous_backups(
        TableName=unique_name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    dynamodb_client.put_item(TableName=unique_name, Item={"id": {"S": "1"}, "binary": {"B": b"\0\xff"}})
    begun = dynamodb_client.export_table_to_point_in_time(TableArn=arn, S3Bucket=unique_name, S3Prefix="exports")
    export_arn = begun["ExportDescription"]["ExportArn"]
    export = wait_for(
        lambda: dynamodb_client.describe_export(ExportArn=export_arn)["ExportDescription"],
        lambda described: described["ExportStatus"] != "IN_PROGRESS",
    )
    assert (export["ExportStatus"], export["ItemCount"]) == ("COMPLETED", 1)
    folder = export["ExportManifest"].rpartition("/")[0]
    begun = dynamodb_client.import_table(
        S3BucketSource={"S3Bucket": unique_name, "S3KeyPrefix": f"{folder}/data/"},
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters=parameters(unique_name + "-imported"),
    )
    import_arn = begun["ImportTableDescription"]["ImportArn"]
    done = wait_for(
        lambda: dynamodb_client.describe_import(ImportArn=import_arn)["ImportTableDescription"],
        lambda described: described["ImportStatus"] != "IN_PROGRESS",
    )
    assert (done["ImportStatus"], done["ImportedItemCount"]) == ("COMPLETED", 1)
    found = dynamodb_client.scan(TableName=unique_name + "-imported")["Items"]
    assert found == [{"id": {"S": "1"}, "binary": {"B": b"\0\xff"}}]
    assert any(entry["ImportArn"] == import_arn for entry in dynamodb_client.list_imports()["ImportSummaryList"])


def test_an_import_goes_on_after_a_kill(own_fleet: Running, unique_name: str) -> None:
    dynamodb, s3 = own_fleet.client("dynamodb"), own_fleet.client("s3")
    s3.create_bucket(Bucket=unique_name)
    for part in range(3):
        numbers = range(part * ITEMS // 3, (part + 1) * ITEMS // 3)
        lines = (json.dumps({"Item": {"id": {"S": f"{number:06}"}}}) for number in numbers)
        s3.put_object(Bucket=unique_name, Key=f"part-{part}.json", Body="\n".join(lines).encode())
    begun = dynamodb.import_table(
        S3BucketSource={"S3Bucket": unique_name},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters=parameters(unique_name),
    )
    arn = begun["ImportTableDescription"]["ImportArn"]

    def describe() -> Any:
        return dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]

    before = wait_for(describe, lambda described: described["ProcessedItemCount"] > 0)
    os.kill(own_fleet.service_pids()["dynamodb"], signal.SIGKILL)
    assert before["ImportStatus"] == "IN_PROGRESS"
    done = wait_for(describe, lambda described: described["ImportStatus"] != "IN_PROGRESS")
    assert (done["ImportStatus"], done["ProcessedItemCount"], done["ImportedItemCount"]) == ("COMPLETED", ITEMS, ITEMS)
    pages = dynamodb.get_paginator("scan").paginate(TableName=unique_name, Select="COUNT")
    assert sum(page["Count"] for page in pages) == ITEMS
    own_fleet.restart()
    assert describe()["ImportStatus"] == "COMPLETED"
    dynamodb.close()
    s3.close()


CREDENTIALS = """
[owner]
aws_access_key_id = AKIAOWNER
aws_secret_access_key = owner/secret+
aws_account_id = 111111111111

[other]
aws_access_key_id = AKIAOTHER
aws_secret_access_key = other
aws_account_id = 222222222222
"""


def test_jobs_sign_what_they_ask_of_s3(tmp_path: Path, unique_name: str) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text(CREDENTIALS)
    environment = {"RUSTSTACK_AUTH": "enforce", "RUSTSTACK_CREDENTIALS": str(credentials)}
    with (
        running_service("s3", tmp_path / "s3", environment=environment) as s3_service,
        running_service(
            "dynamodb", tmp_path / "dynamodb", environment={**environment, "RUSTSTACK_S3_URL": s3_service.url}
        ) as service,
    ):
        session = boto3.session.Session("AKIAOWNER", "owner/secret+", region_name="us-east-1")
        s3 = session.client("s3", endpoint_url=s3_service.url)
        s3.create_bucket(Bucket=unique_name)
        line = json.dumps({"Item": {"id": {"S": "1"}}}).encode()
        s3.put_object(Bucket=unique_name, Key="in/with space.json", Body=line)
        request = {
            "S3BucketSource": {"S3Bucket": unique_name, "S3KeyPrefix": "in/"},
            "InputFormat": "DYNAMODB_JSON",
        }
        for key, secret, status in (("AKIAOWNER", "owner/secret+", "COMPLETED"), ("AKIAOTHER", "other", "FAILED")):
            caller = boto3.session.Session(key, secret, region_name="us-east-1")
            dynamodb = caller.client("dynamodb", endpoint_url=service.url)
            begun = dynamodb.import_table(TableCreationParameters=parameters(f"table-{status}"), **request)
            arn = begun["ImportTableDescription"]["ImportArn"]
            done = wait_for(
                partial(dynamodb.describe_import, ImportArn=arn),
                lambda answer: answer["ImportTableDescription"]["ImportStatus"] != "IN_PROGRESS",
            )["ImportTableDescription"]
            assert done["ImportStatus"] == status, done
            dynamodb.close()
        s3.close()
