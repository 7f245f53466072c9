"""What a case has made, removed again where no other way does it: on AWS and on strange endpoints."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.conformance.target import Target

_REMOVALS: dict[str, Callable[[Any, dict[str, Any], dict[str, Any]], Any]] = {
    "CreateQueue": lambda client, given, answer: client.delete_queue(QueueUrl=answer["QueueUrl"]),
    "CreateTopic": lambda client, given, answer: client.delete_topic(TopicArn=answer["TopicArn"]),
    "Subscribe": lambda client, given, answer: client.unsubscribe(SubscriptionArn=answer["SubscriptionArn"]),
    "CreatePlatformApplication": lambda client, given, answer: client.delete_platform_application(
        PlatformApplicationArn=answer["PlatformApplicationArn"]
    ),
    "CreateTable": lambda client, given, answer: _delete_table(client, given["TableName"]),
    "CreateGlobalTable": lambda client, given, answer: _delete_table(client, given["GlobalTableName"]),
    "RestoreTableToPointInTime": lambda client, given, answer: _delete_table(client, given["TargetTableName"]),
    "RestoreTableFromBackup": lambda client, given, answer: _delete_table(client, given["TargetTableName"]),
    "CreateBackup": lambda client, given, answer: client.delete_backup(BackupArn=answer["BackupDetails"]["BackupArn"]),
    "CreateBucket": lambda client, given, answer: _delete_bucket(client, given["Bucket"]),
}


@dataclass
class Cleaner:
    """Remembers what was made, and removes it last first."""

    _removals: list[Callable[[], Any]] = field(default_factory=list)

    def made(self, client: Any, operation: str, given: dict[str, Any], answer: dict[str, Any]) -> None:
        if operation in _REMOVALS:
            self._removals.append(lambda: _REMOVALS[operation](client, given, answer))

    def clean(self, target: Target) -> None:
        """On RustStack a reset of the case's account does it all."""
        while self._removals and not target.is_ruststack:
            with suppress(ClientError, BotoCoreError):  # the case may have removed it itself
                self._removals.pop()()


def _delete_table(client: Any, name: str) -> None:
    client.get_waiter("table_exists").wait(TableName=name)
    client.delete_table(TableName=name)


def _delete_bucket(client: Any, bucket: str) -> None:
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            _delete_version(client, bucket, entry["Key"], entry["VersionId"])
    client.delete_bucket(Bucket=bucket)


def _delete_version(client: Any, bucket: str, key: str, version_id: str) -> None:
    which = {"Bucket": bucket, "Key": key, "VersionId": version_id}
    try:
        client.delete_object(**which)
    except ClientError:  # it is locked
        with suppress(ClientError):
            client.put_object_legal_hold(**which, LegalHold={"Status": "OFF"})
        client.delete_object(**which, BypassGovernanceRetention=True)
