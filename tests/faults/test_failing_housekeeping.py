"""What the services do by themselves goes on after it has failed: a table of theirs is away for a while."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from services.s3.lifecycle.expiration import DAY
from tests.processes import Running, running_fleet
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)
_SECONDS = 240.0  # what failed is tried again a minute later


@contextmanager
def without_table(fleet: Running, service: str, table: str) -> Iterator[None]:
    """Another process takes it away, as a person with an editor might, and puts it back."""
    path = fleet.data_dir / f"{service}.db"
    _rename(path, table, f"{table}_away")
    try:
        yield
    finally:
        _rename(path, f"{table}_away", table)


def _rename(path: Path, before: str, after: str) -> None:
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        connection.execute(f'ALTER TABLE "{before}" RENAME TO "{after}"')


def said(fleet: Running, text: str) -> None:
    """The log says it, sooner or later."""
    wait_until(lambda: text in fleet.log.read_text(), _SECONDS)


def test_s3_carries_lifecycle_rules_out_after_a_run_that_failed(tmp_path: Path) -> None:
    with running_fleet(tmp_path, "--services", "s3") as fleet:
        s3 = fleet.client("s3")
        s3.create_bucket(Bucket="old")
        rules = [{"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 2}}]
        s3.put_bucket_lifecycle_configuration(Bucket="old", LifecycleConfiguration={"Rules": rules})
        s3.put_object(Bucket="old", Key="key", Body=b"x")
        with without_table(fleet, "s3", "bucket_configurations"):
            fleet.advance_clock(4 * DAY)
            said(fleet, "the lifecycle rules of bucket old failed; the next run goes on")
        with without_table(fleet, "s3", "uploads"):
            fleet.advance_clock(DAY)
            said(fleet, "a run of the lifecycle work failed; the next one goes on")
        s3.put_object(Bucket="old", Key="key", Body=b"x")
        fleet.advance_clock(4 * DAY)
        wait_until(lambda: s3.list_objects_v2(Bucket="old")["KeyCount"] == 0, _SECONDS)


def test_dynamodb_expires_items_after_it_could_not(tmp_path: Path) -> None:
    with running_fleet(tmp_path, "--services", "dynamodb") as fleet:
        dynamodb = fleet.client("dynamodb")
        dynamodb.create_table(
            TableName="table",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        )
        dynamodb.update_time_to_live(
            TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
        )
        until = int(fleet.get("/_ruststack/clock")["now"]) + 3600
        dynamodb.put_item(TableName="table", Item={"a": {"S": "one"}, "until": {"N": str(until)}})
        fleet.advance_clock(3700)
        wait_until(lambda: dynamodb.scan(TableName="table")["Count"] == 0, _SECONDS)
        dynamodb.put_item(TableName="table", Item={"a": {"S": "two"}, "until": {"N": str(until + 7200)}})
        with without_table(fleet, "dynamodb", "expirations"):
            said(fleet, "housekeeping failed; again in")
        fleet.advance_clock(7200)
        wait_until(lambda: dynamodb.scan(TableName="table")["Count"] == 0, _SECONDS)


def test_sqs_sweeps_out_what_was_purged_after_it_could_not(tmp_path: Path) -> None:
    with running_fleet(tmp_path, "--services", "sqs") as fleet:
        sqs = fleet.client("sqs")
        queue = sqs.create_queue(QueueName="q")["QueueUrl"]
        for number in range(3):
            sqs.send_message(QueueUrl=queue, MessageBody=str(number))

        def left() -> int:
            with closing(sqlite3.connect(fleet.data_dir / "sqs.db", timeout=60)) as connection:
                return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])

        assert left() == 3
        with without_table(fleet, "sqs", "receive_attempts"):
            sqs.purge_queue(QueueUrl=queue)
            said(fleet, "sweeping failed; it is tried again")
        wait_until(lambda: left() == 0, _SECONDS)
