"""What a user does on the first day, with the AWS CLI: made once, and looked at again after the fleet was restarted.

`make_...` and `expect_...` are pairs: the second finds what the first has made, in the same fleet or in one started
anew over the same data. Both are run against one machine's fleet and against the containers.
"""

from __future__ import annotations

import hashlib
import json
import random
import urllib.request
from pathlib import Path
from typing import Any

from tests.end_to_end.aws_cli import AwsCli
from tests.processes import ACCOUNT_ID

BUCKET = "first-bucket"
KEY = "folder/hello.txt"
CONTENT = b"hello from standard input\n"
LARGE_SIZE = 80 * 1024 * 1024
TABLE = "Music"
QUEUE = "jobs"
TOPIC = "events"


def get(endpoint: str, path: str, host: str | None = None) -> bytes:
    """The body of a plain GET, as `curl -H 'Host: ...'` sends it."""
    request = urllib.request.Request(endpoint + path, headers={"Host": host} if host else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        body: bytes = answer.read()
        return body


def make_objects(cli: AwsCli) -> None:
    cli.run("s3", "mb", f"s3://{BUCKET}")
    cli.run("s3", "cp", "-", f"s3://{BUCKET}/{KEY}", stdin=CONTENT)


def expect_objects(cli: AwsCli, endpoint: str) -> None:
    assert BUCKET in cli.text("s3", "ls")
    listed = cli.text("s3", "ls", f"s3://{BUCKET}/folder/").split()
    assert listed[-2:] == [str(len(CONTENT)), "hello.txt"]
    assert cli.run("s3", "cp", f"s3://{BUCKET}/{KEY}", "-") == CONTENT
    port = endpoint.rsplit(":", 1)[1]
    assert get(endpoint, f"/{BUCKET}/{KEY}") == CONTENT
    assert get(endpoint, f"/{KEY}", f"{BUCKET}.localhost:{port}") == CONTENT
    assert get(endpoint, f"/{KEY}", f"{BUCKET}.s3.localhost.localstack.cloud:{port}") == CONTENT


def make_large_object(cli: AwsCli, folder: Path) -> str:
    """Upload 80 MB, which the CLI sends in parts; the content's SHA-256 comes back."""
    content = random.Random(80).randbytes(LARGE_SIZE)
    path = folder / "large"
    path.write_bytes(content)
    cli.run("s3", "cp", "--no-progress", str(path), f"s3://{BUCKET}/large")
    path.unlink()
    return hashlib.sha256(content).hexdigest()


def expect_large_object(cli: AwsCli, folder: Path, digest: str) -> None:
    path = folder / "large-again"
    cli.run("s3", "cp", "--no-progress", f"s3://{BUCKET}/large", str(path))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    head = cli.json("s3api", "head-object", "--bucket", BUCKET, "--key", "large")
    assert head["ContentLength"] == LARGE_SIZE
    assert head["ETag"].strip('"').endswith("-10"), "sent in ten parts of 8 MB"
    path.unlink()


def make_table(cli: AwsCli) -> None:
    keys = [{"AttributeName": "Artist", "KeyType": "HASH"}, {"AttributeName": "Song", "KeyType": "RANGE"}]
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("Artist", "Song")]
    definition = ["--key-schema", json.dumps(keys), "--attribute-definitions", json.dumps(attributes)]
    cli.run("dynamodb", "create-table", "--table-name", TABLE, "--billing-mode", "PAY_PER_REQUEST", *definition)
    cli.run("dynamodb", "wait", "table-exists", "--table-name", TABLE)
    for song, plays in (("Anthem", 1), ("Ballad", 2), ("Chorale", 3)):
        item = {"Artist": {"S": "Choir"}, "Song": {"S": song}, "Plays": {"N": str(plays)}}
        cli.run("dynamodb", "put-item", "--table-name", TABLE, "--item", json.dumps(item))
    values = {":one": {"N": "1"}, ":tags": {"SS": ["old", "loud"]}}
    expression = "SET Plays = Plays + :one ADD Tags :tags"
    update = ["--update-expression", expression, "--expression-attribute-values", json.dumps(values)]
    updated = cli.json("dynamodb", "update-item", *_key("Anthem"), *update, "--return-values", "ALL_NEW")
    assert updated["Attributes"]["Plays"] == {"N": "2"}


def expect_table(cli: AwsCli) -> None:
    assert cli.json("dynamodb", "list-tables")["TableNames"] == [TABLE]
    item = cli.json("dynamodb", "get-item", *_key("Anthem"), "--consistent-read")["Item"]
    assert item["Plays"] == {"N": "2"}
    assert sorted(item["Tags"]["SS"]) == ["loud", "old"]
    values = {":artist": {"S": "Choir"}, ":from": {"S": "B"}}
    condition = ["--key-condition-expression", "Artist = :artist AND Song >= :from"]
    query = cli.json(
        "dynamodb", "query", "--table-name", TABLE, *condition, "--expression-attribute-values", json.dumps(values)
    )
    assert [found["Song"]["S"] for found in query["Items"]] == ["Ballad", "Chorale"]
    scan = cli.json("dynamodb", "scan", "--table-name", TABLE)
    assert (scan["Count"], scan["ScannedCount"]) == (3, 3)


def _key(song: str) -> list[str]:
    return ["--table-name", TABLE, "--key", json.dumps({"Artist": {"S": "Choir"}, "Song": {"S": song}})]


def make_queues_and_topics(cli: AwsCli, endpoint: str) -> None:
    """A queue with a message in it, and a topic with two subscriptions: one by the queue's ARN, one by its URL."""
    urls = {name: cli.json("sqs", "create-queue", "--queue-name", name)["QueueUrl"] for name in _QUEUES}
    assert urls[QUEUE] == f"{endpoint}/{ACCOUNT_ID}/{QUEUE}"
    cli.run("sqs", "send-message", "--queue-url", urls[QUEUE], "--message-body", "kept over the restart")
    arn = cli.json("sns", "create-topic", "--name", TOPIC)["TopicArn"]
    for name in _QUEUES[1:3]:
        queue_arn = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:{name}"
        cli.run("sns", "subscribe", "--topic-arn", arn, "--protocol", "sqs", "--notification-endpoint", queue_arn)


def expect_queues_and_topics(cli: AwsCli, endpoint: str, message: str) -> None:
    """They are there, and `message`, published now, comes out of both subscribed queues."""
    urls = cli.json("sqs", "list-queues")["QueueUrls"]
    assert sorted(urls) == sorted(f"{endpoint}/{ACCOUNT_ID}/{name}" for name in _QUEUES)
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:{TOPIC}"
    assert [found["TopicArn"] for found in cli.json("sns", "list-topics")["Topics"]] == [topic]
    subscriptions = cli.json("sns", "list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"]
    assert len(subscriptions) == 2
    published = cli.json("sns", "publish", "--topic-arn", topic, "--message", message)["MessageId"]
    for name in _QUEUES[1:]:
        body = json.loads(_receive(cli, f"{endpoint}/{ACCOUNT_ID}/{name}")["Body"])
        assert (body["Type"], body["Message"], body["MessageId"]) == ("Notification", message, published)


def expect_kept_message(cli: AwsCli, endpoint: str) -> None:
    """The message sent before the restart is received, once."""
    url = f"{endpoint}/{ACCOUNT_ID}/{QUEUE}"
    assert _receive(cli, url)["Body"] == "kept over the restart"
    attributes = ["--attribute-names", "ApproximateNumberOfMessages"]
    counted = cli.json("sqs", "get-queue-attributes", "--queue-url", url, *attributes)["Attributes"]
    assert counted == {"ApproximateNumberOfMessages": "0"}


def _receive(cli: AwsCli, url: str) -> dict[str, Any]:
    received = cli.json("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "5")
    (message,) = received["Messages"]
    handle = message["ReceiptHandle"]
    cli.run("sqs", "delete-message", "--queue-url", url, f"--receipt-handle={handle}")
    found: dict[str, Any] = message
    return found


_QUEUES = (QUEUE, "by-arn", "by-url")
