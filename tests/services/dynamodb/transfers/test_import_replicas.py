"""An import goes on when the replica that does it dies."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Running, running_service
from tests.waiting import wait_until

_ITEMS = 30_000
_PATIENCE = 150.0


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[Running]:
    with running_service("s3", tmp_path / "s3") as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def replicas(request: pytest.FixtureRequest, tmp_path: Path, s3: Running) -> Iterator[list[Running]]:
    environment = {
        "RUSTSTACK_FLEET": "two",
        "RUSTSTACK_DATA_DIR": str(tmp_path / "data"),
        "RUSTSTACK_S3_URL": s3.url,
    }
    if request.param == "postgresql":
        environment["RUSTSTACK_DYNAMODB_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    with ExitStack() as stack:
        yield [
            stack.enter_context(running_service("dynamodb", tmp_path / str(number), environment=environment))
            for number in range(2)
        ]


@pytest.mark.timeout(300)
def test_its_replica_is_killed(replicas: list[Running], s3: Running) -> None:
    objects = s3.client("s3")
    objects.create_bucket(Bucket="bucket")
    for part in range(3):
        numbers = range(part, _ITEMS, 3)
        lines = "".join(json.dumps({"Item": {"id": {"S": f"{number:06}"}}}) + "\n" for number in numbers)
        objects.put_object(Bucket="bucket", Key=f"items-{part}", Body=lines.encode())
    victim, other = (replica.client("dynamodb") for replica in replicas)
    begun = victim.import_table(
        S3BucketSource={"S3Bucket": "bucket"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters={
            "TableName": "items",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )["ImportTableDescription"]

    def described() -> Any:
        return other.describe_import(ImportArn=begun["ImportArn"])["ImportTableDescription"]

    wait_until(lambda: described().get("ProcessedItemCount", 0) > 0 or described()["ImportStatus"] != "IN_PROGRESS")
    assert replicas[0].process is not None
    replicas[0].process.send_signal(signal.SIGKILL)
    replicas[1].advance_clock(120)
    wait_until(lambda: described()["ImportStatus"] != "IN_PROGRESS", _PATIENCE)
    assert described()["ImportStatus"] == "COMPLETED"
    pages = other.get_paginator("scan").paginate(TableName="items", Select="COUNT")
    assert sum(page["Count"] for page in pages) == _ITEMS
    for client in (objects, victim, other):
        client.close()
