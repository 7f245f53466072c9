"""Real clients against a running fleet: boto3's resources, PynamoDB, the AWS CLI, JavaScript's document client."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from botocore.exceptions import ClientError
from pynamodb.attributes import ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from tests.end_to_end.aws_cli import AwsCli
from tests.processes import REGION, ROOT, Running, clean_environment

JAVASCRIPT = Path(__file__).with_name("javascript")


@pytest.fixture
def resource(fleet: Running) -> Iterator[Any]:
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    made = session.resource("dynamodb", endpoint_url=fleet.url, config=Config(retries={"total_max_attempts": 1}))
    yield made
    made.meta.client.close()


def test_boto3_resources(resource: Any, unique_name: str) -> None:
    table = resource.create_table(
        TableName=unique_name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
    )
    table.wait_until_exists()
    item = {
        "id": "a",
        "at": Decimal("1.5"),
        "nested": {"list": [Decimal(1), None, True, b"\x00\xff"], "set": {"x", "y"}},
    }
    table.put_item(Item=item)
    assert table.get_item(Key={"id": "a", "at": Decimal("1.5")})["Item"] == item
    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"id": "b", "at": number, "even": number % 2 == 0})
    found = table.query(
        KeyConditionExpression=Key("id").eq("b") & Key("at").between(10, 15),
        FilterExpression=Attr("even").eq(True),
        ProjectionExpression="#at",
        ExpressionAttributeNames={"#at": "at"},
    )
    assert [each["at"] for each in found["Items"]] == [10, 12, 14]
    with pytest.raises(ClientError) as caught:
        table.put_item(Item=item, ConditionExpression=Attr("id").not_exists())
    assert caught.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    pages = resource.meta.client.get_paginator("scan").paginate(
        TableName=unique_name, PaginationConfig={"PageSize": 25}
    )
    assert sum(page["Count"] for page in pages) == 61
    table.reload()
    assert table.item_count == 61
    table.delete()
    table.wait_until_not_exists()


def test_pynamodb(fleet: Running, unique_name: str) -> None:
    class ByTopic(GlobalSecondaryIndex["Thread"]):
        class Meta:
            index_name = "by-topic"
            projection = AllProjection()

        topic = UnicodeAttribute(hash_key=True)
        views = NumberAttribute(range_key=True)

    class Thread(Model):
        class Meta:
            table_name = unique_name
            host = fleet.url
            region = REGION
            aws_access_key_id = "test"
            aws_secret_access_key = "test"
            billing_mode = "PAY_PER_REQUEST"
            max_retry_attempts = 0

        forum = UnicodeAttribute(hash_key=True)
        subject = UnicodeAttribute(range_key=True)
        topic = UnicodeAttribute(null=True)
        views = NumberAttribute(default=0)
        tags = UnicodeSetAttribute(null=True)
        notes = ListAttribute(null=True)
        extra = MapAttribute(null=True)
        by_topic = ByTopic()

    Thread.create_table(wait=True)
    assert Thread.exists()
    thread = Thread("forum", "subject", topic="t", views=3, tags={"a", "b"}, notes=["n", 1], extra={"k": "v"})
    thread.save(condition=Thread.forum.does_not_exist())
    with pytest.raises(PutError):
        thread.save(condition=Thread.forum.does_not_exist())
    thread.update(actions=[Thread.views.add(2), Thread.tags.delete({"a"})], condition=Thread.views == 3)
    thread.refresh(consistent_read=True)
    assert (thread.views, thread.tags, thread.notes, thread.extra["k"]) == (5, {"b"}, ["n", 1], "v")
    with Thread.batch_write() as batch:
        for number in range(30):
            batch.save(Thread("other", f"{number:03}", topic="t", views=number))
    found = [each.subject for each in Thread.query("other", Thread.subject.startswith("00"), limit=4)]
    assert found == ["000", "001", "002", "003"]
    assert [each.views for each in Thread.by_topic.query("t", Thread.views > 26)] == [27, 28, 29]
    assert Thread.count("other") == 30
    connection = Connection(region=REGION, host=fleet.url)
    connection.session.set_credentials("test", "test")
    with pytest.raises(TransactWriteError), TransactWrite(connection=connection) as transaction:
        transaction.save(Thread("third", "x"))
        transaction.condition_check(Thread, "third", "y", condition=Thread.forum.exists())
    assert Thread.count("third") == 0
    Thread.delete_table()


def test_the_aws_cli(fleet: Running, unique_name: str) -> None:
    aws = AwsCli(fleet.url)
    created = aws.json(
        "dynamodb",
        "create-table",
        *("--table-name", unique_name, "--billing-mode", "PAY_PER_REQUEST"),
        *("--attribute-definitions", "AttributeName=id,AttributeType=S"),
        *("--key-schema", "AttributeName=id,KeyType=HASH"),
    )
    assert created["TableDescription"]["TableStatus"] == "CREATING"
    aws.run("dynamodb", "wait", "table-exists", "--table-name", unique_name)
    item = {"id": {"S": "a"}, "set": {"NS": ["1", "2"]}, "map": {"M": {"list": {"L": [{"NULL": True}]}}}}
    aws.run("dynamodb", "put-item", "--table-name", unique_name, "--item", json.dumps(item))
    key = json.dumps({"id": {"S": "a"}})
    got = aws.json("dynamodb", "get-item", "--table-name", unique_name, "--key", key)
    assert got["Item"] == item
    updated = aws.json(
        "dynamodb",
        "update-item",
        *("--table-name", unique_name, "--key", key, "--return-values", "UPDATED_NEW"),
        *("--update-expression", "SET n = :n", "--expression-attribute-values", '{":n": {"N": "1.50"}}'),
    )
    assert updated == {"Attributes": {"n": {"N": "1.5"}}}
    scanned = aws.json("dynamodb", "scan", "--table-name", unique_name)
    assert scanned["Count"] == 1
    aws.run("dynamodb", "delete-table", "--table-name", unique_name)


@pytest.fixture(scope="module")
def javascript() -> Path:
    """A folder with the scripts and their packages, installed once and kept below `.cache`."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("node and npm are not on this machine")
    package = (JAVASCRIPT / "package.json").read_bytes()
    folder = ROOT / ".cache" / f"javascript-dynamodb-{hashlib.sha256(package).hexdigest()[:12]}"
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.{os.getpid()}")
        making.mkdir(parents=True)
        (making / "package.json").write_bytes(package)
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        done = subprocess.run(command, cwd=making, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode != 0:
            shutil.rmtree(making)
            pytest.skip(f"npm install failed: {done.stderr[-500:]}")
        making.rename(folder)
    for script in JAVASCRIPT.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def test_javascripts_document_client(fleet: Running, javascript: Path, unique_name: str) -> None:
    done = subprocess.run(
        ["node", "document_client.mjs", fleet.url, unique_name],
        cwd=javascript,
        capture_output=True,
        text=True,
        timeout=90,
        env=clean_environment(),
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stdout + done.stderr
