"""Rows by the million, written into a stopped fleet's databases: copies of what its own interface has made.

Templates are made by requests, so that a row is as the service writes it; the copies differ in what makes them other
items, objects, messages, and in the names of tables, queues, topics and buckets.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.dynamodb.values.key_encoding import encode_number, partition_hash
from tests.processes import ACCOUNT_ID, Running

TABLE, BUCKET = "large-table", "large-bucket"
QUEUE, DELAYED, IN_FLIGHT = "large-queue", "delayed-queue", "in-flight-queue"
TOPIC = "large-topic"
PARTITION = 100
TEMPLATE = "template-00000"
_IN_FLIGHT_AT_MOST = 100_000
_DELAYED_OF = 10  # the items: one in so many messages besides is delayed
_FAR = 14 * 86_400.0


@dataclass(frozen=True)
class Size:
    """`items`, objects and messages in one of each; so many `things`: tables, queues, topics, buckets."""

    items: int
    things: int


def make_templates(fleet: Running) -> None:
    """One of everything that is copied, and what is not copied."""
    dynamodb, sqs, sns, s3 = (fleet.client(name) for name in ("dynamodb", "sqs", "sns", "s3"))
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    for name, further in ((TABLE, {}), (TEMPLATE, {"StreamSpecification": stream})):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "p", "AttributeType": "S"},
                {"AttributeName": "s", "AttributeType": "N"},
            ],
            BillingMode="PAY_PER_REQUEST",
            **further,
        )
    dynamodb.update_time_to_live(
        TableName=TEMPLATE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
    )
    dynamodb.put_item(TableName=TABLE, Item={"p": {"S": "p0"}, "s": {"N": "0"}, "t": {"S": "x" * 40}})
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in (QUEUE, DELAYED, IN_FLIGHT, TEMPLATE)]
    sqs.send_message(QueueUrl=urls[0], MessageBody="m" * 40)
    for name in (TOPIC, TEMPLATE):
        topic = sns.create_topic(Name=name)["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:{TEMPLATE}")
    for name in (BUCKET, TEMPLATE):
        s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=BUCKET, Key="template", Body=b"b" * 20)
    for client in (dynamodb, sqs, sns, s3):
        client.close()


def fill(fleet: Running, size: Size) -> None:
    """Stop the fleet, write everything, start it again."""
    fleet.stop()
    for service, write in (("dynamodb", _fill_dynamodb), ("sqs", _fill_sqs), ("sns", _fill_sns), ("s3", _fill_s3)):
        with closing(sqlite3.connect(fleet.data_dir / f"{service}.db", isolation_level=None)) as connection:
            # nobody else is there; what a crash would leave half written is thrown away
            for pragma in ("journal_mode=OFF", "cache_size=-400000", "synchronous=OFF", "foreign_keys=OFF"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            connection.execute("BEGIN")
            write(connection, size)
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
    fleet.start()


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _copy(connection: sqlite3.Connection, table: str, condition: str, count: int, /, **changed: str) -> None:
    """`count` copies of the one row that meets `condition`; `changed` are expressions of `n`, from 1 on, by column."""
    names = [name for name in _columns(connection, table) if changed.get(name) != ""]
    values = ", ".join(changed.get(name, f'template."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    connection.execute(
        f"INSERT INTO {table} ({listed})"
        f" WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
        f" SELECT {values} FROM (SELECT * FROM {table} WHERE {condition}) AS template, numbers"
    )


def _named(column: str) -> str:
    """The template's text with the copy's own name in it."""
    return _replaced(f'template."{column}"')


def _named_bytes(column: str) -> str:
    """The same of a text that is kept as bytes."""
    text = _replaced(f'CAST(template."{column}" AS TEXT)')
    return f"CAST({text} AS BLOB)"


def _replaced(text: str) -> str:
    return f"replace({text}, '{TEMPLATE}', printf('template-%05d', n))"


def _fill_dynamodb(connection: sqlite3.Connection, size: Size) -> None:
    (table_id,) = connection.execute("SELECT table_id FROM tables WHERE name = ?", (TABLE,)).fetchone()
    (item_size, page_size) = connection.execute("SELECT size, page_size FROM items").fetchone()
    connection.execute("DELETE FROM items")
    sorts = [encode_number(str(number)) for number in range(PARTITION)]
    partitions = sorted((partition_hash(f"p{number}".encode()), number) for number in range(size.items // PARTITION))

    def rows() -> Iterator[tuple[Any, ...]]:
        for hash_, partition in partitions:
            for number, sort in enumerate(sorts):
                text = f'{{"p":{{"S":"p{partition}"}},"s":{{"N":"{number}"}},"t":{{"S":"{"x" * 40}"}}}}'
                yield table_id, hash_, sort, item_size, page_size, text.encode()

    connection.executemany(
        "INSERT INTO items (table_id, hash, sort, size, page_size, item) VALUES (?, ?, ?, ?, ?, ?)", rows()
    )
    numbers = (size.items, size.items * item_size, table_id)
    connection.execute("UPDATE statistics SET item_count = ?, size_bytes = ? WHERE table_id = ?", numbers)
    is_template = f"name = '{TEMPLATE}'"
    own = {"table_id": "", "name": _named("name"), "definition": _named_bytes("definition")}
    _copy(connection, "tables", is_template, size.things, **own)
    is_stream = f"table_name = '{TEMPLATE}'"
    (stream_id,) = connection.execute(f"SELECT stream_id FROM streams WHERE {is_stream}").fetchone()
    _copy(
        connection,
        "streams",
        is_stream,
        size.things,
        stream_id=f"{stream_id} + n",
        table_name=_named("table_name"),
        definition=_named_bytes("definition"),
    )
    _copy(connection, "shards", f"stream_id = {stream_id}", size.things, stream_id=f"{stream_id} + n")


def _fill_sqs(connection: sqlite3.Connection, size: Size) -> None:
    backlogs = dict(connection.execute("SELECT name, backlog_id FROM queues"))
    until = str(time.time() + _FAR)
    sent = "template.sent_at + n * 1e-6"
    own = {"id": "", "message_id": "printf('%s%08x', substr(template.message_id, 1, 28), n)", "sent_at": sent}
    first = "id = (SELECT min(id) FROM messages)"
    _copy(connection, "messages", first, size.items, **own, visible_at=sent, backlog_id=str(backlogs[QUEUE]))
    waiting = {**own, "visible_at": f"{until} + n * 1e-6"}
    _copy(
        connection,
        "messages",
        first,
        size.items // _DELAYED_OF,
        **waiting,
        state="1",
        backlog_id=str(backlogs[DELAYED]),
    )
    few = min(size.items, _IN_FLIGHT_AT_MOST)
    _copy(connection, "messages", first, few, **waiting, state="2", receipt="n", backlog_id=str(backlogs[IN_FLIGHT]))
    last = max(backlogs.values())
    _copy(connection, "backlogs", f"id = {backlogs[TEMPLATE]}", size.things, id=f"{last} + n")
    is_template = f"name = '{TEMPLATE}'"
    _copy(connection, "queues", is_template, size.things, id="", name=_named("name"), backlog_id=f"{last} + n")


def _fill_sns(connection: sqlite3.Connection, size: Size) -> None:
    is_topic = f"arn LIKE '%:{TEMPLATE}'"
    _copy(connection, "topics", is_topic, size.things, id="", arn=_named("arn"))
    is_subscription = f"topic_arn LIKE '%:{TEMPLATE}'"
    _copy(
        connection,
        "subscriptions",
        is_subscription,
        size.things,
        id="",
        arn=f"{_named('arn')} || n",
        topic_arn=_named("topic_arn"),
    )


def _fill_s3(connection: sqlite3.Connection, size: Size) -> None:
    key = f"CAST(printf('%03d/%08d', n * 1000 / {size.items + 1}, n) AS BLOB)"
    _copy(connection, "objects", "\"key\" = CAST('template' AS BLOB)", size.items, key=key)
    (bucket_id,) = connection.execute("SELECT id FROM buckets WHERE name = ?", (TEMPLATE,)).fetchone()
    (last,) = connection.execute("SELECT max(id) FROM buckets").fetchone()
    _copy(connection, "buckets", f"id = {bucket_id}", size.things, id=f"{last} + n", name=_named("name"))
    configured = f"bucket_id = {bucket_id}"
    if connection.execute(f"SELECT 1 FROM bucket_configurations WHERE {configured}").fetchone():
        _copy(connection, "bucket_configurations", configured, size.things, bucket_id=f"{last} + n")


def data_mb(folder: Path) -> int:
    """What the databases take on disk."""
    return sum(path.stat().st_size for path in folder.glob("*.db*")) // 1_000_000
