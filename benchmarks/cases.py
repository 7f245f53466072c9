"""What is measured: for each case what has to be there before, and the requests that are sent over and over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.processes import ACCOUNT_ID, Running

_MEGABYTE = 1024 * 1024
TABLE, QUEUE, BUCKET, TOPIC = "bench-table", "bench-queue", "bench-bucket", "bench-topic"


@dataclass(frozen=True)
class Case:
    """`arguments` are the wrk script's. `bytes_moved` is the body's size where throughput is of interest.

    `requests_each` is how many requests make one of what is counted. `goal_us` is the CPU time that one may take.
    """

    name: str
    script: str
    arguments: Sequence[str]
    goal_us: int | None = None
    bytes_moved: int = 0
    requests_each: int = 1


FLOOR = Case("floor: two processes that only pass bytes on", "request.lua", ["GET", "/_aws/sqs/health", ""])


def prepare(fleet: Running) -> None:
    """Make the tables, queues, topics and objects that the cases use."""
    dynamodb, sqs, sns, s3 = (fleet.client(name) for name in ("dynamodb", "sqs", "sns", "s3"))
    prepare_table(dynamodb)
    for name in (QUEUE, f"{QUEUE}-cycle", f"{QUEUE}-topic"):
        sqs.create_queue(QueueName=name)
    topic = sns.create_topic(Name=TOPIC)["TopicArn"]
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:{QUEUE}-topic"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    prepare_small_object(s3)
    prepare_large_object(s3)
    for client in (dynamodb, sqs, sns, s3):
        client.close()


def prepare_table(dynamodb: Any) -> None:
    """A table with 25 items below one partition key."""
    keys = [{"AttributeName": "Id", "KeyType": "HASH"}, {"AttributeName": "Sort", "KeyType": "RANGE"}]
    attributes = [{"AttributeName": "Id", "AttributeType": "S"}, {"AttributeName": "Sort", "AttributeType": "N"}]
    dynamodb.create_table(
        TableName=TABLE, KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
    )
    dynamodb.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})
    for sort in range(25):
        dynamodb.put_item(
            TableName=TABLE, Item={"Id": {"S": "many"}, "Sort": {"N": str(sort)}, "Text": {"S": "t" * 100}}
        )


def prepare_small_object(s3: Any) -> None:
    """A bucket with an object of 1 KB."""
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="small", Body=b"s" * 1024)


def prepare_large_object(s3: Any) -> None:
    """And one of 16 MB."""
    s3.put_object(Bucket=BUCKET, Key="large", Body=b"l" * 16 * _MEGABYTE)


@dataclass(frozen=True)
class Caller:
    """Who sends the requests: bodies go into `scratch`; `further` are header lines that each request has besides."""

    scratch: Path
    access_key: str = "test"
    further: Sequence[str] = ()

    def headers(self, service: str) -> list[str]:
        """Signed in form only."""
        scope = f"Credential={self.access_key}/20260101/us-east-1/{service}/aws4_request"
        return [f"Authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0", *self.further]

    def file(self, name: str, content: bytes) -> str:
        path = self.scratch / f"body-{name}"
        path.write_bytes(content)
        return str(path)

    def json_case(self, name: str, service: str, target: str, **members: Any) -> Case:
        body = self.file(target, json.dumps(members).encode())
        headers = [*self.headers(service), f"X-Amz-Target: {target}", "Content-Type: application/x-amz-json-1.0"]
        return Case(name, "request.lua", ["POST", "/", body, *headers], goal_us=300)


def all_cases(fleet: Running, scratch: Path) -> list[Case]:
    """Every case; the bodies that are sent are put into `scratch`."""
    caller = Caller(scratch)
    queue_url = f"{fleet.url}/{ACCOUNT_ID}/{QUEUE}"
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:{TOPIC}"
    return [
        Case("hop to a service's health", "request.lua", ["GET", "/_aws/sqs/health", ""], goal_us=90),
        *dynamodb_cases(caller),
        *sqs_cases(caller, queue_url, queue_url + "-cycle"),
        publish_case(caller, "SNS Publish to one queue", topic),
        *s3_cases(caller),
    ]


def dynamodb_cases(caller: Caller) -> list[Case]:
    def case(operation: str, **members: Any) -> Case:
        target = f"DynamoDB_20120810.{operation}"
        return caller.json_case(f"DynamoDB {operation}", "dynamodb", target, TableName=TABLE, **members)

    one = {"Id": {"S": "many"}, "Sort": {"N": "7"}}
    item = {"Id": {"S": "item-{n}"}, "Sort": {"N": "1"}, "Text": {"S": "t" * 100}, "Number": {"N": "42"}}
    query = case("Query", KeyConditionExpression="Id = :id", ExpressionAttributeValues={":id": {"S": "many"}}, Limit=25)
    return [
        case("PutItem", Item=item),
        case("GetItem", Key=one),
        case(
            "UpdateItem",
            Key={"Id": {"S": "counter"}, "Sort": {"N": "1"}},
            UpdateExpression="SET Plays = if_not_exists(Plays, :zero) + :one",
            ExpressionAttributeValues={":zero": {"N": "0"}, ":one": {"N": "1"}},
        ),
        Case(f"{query.name} of 25", query.script, query.arguments),
    ]


def sqs_cases(caller: Caller, queue_url: str, cycle_queue_url: str) -> list[Case]:
    return [
        caller.json_case("SQS SendMessage", "sqs", "AmazonSQS.SendMessage", QueueUrl=queue_url, MessageBody="m" * 50),
        Case("SQS send, receive, delete", "cycle.lua", [cycle_queue_url], goal_us=900, requests_each=3),
    ]


def publish_case(caller: Caller, name: str, topic: str) -> Case:
    form = f"Action=Publish&Version=2010-03-31&TopicArn={quote(topic, safe='')}&Message={'m' * 50}"
    body = caller.file(f"publish-{quote(topic, safe='')}", form.encode())
    headers = [*caller.headers("sns"), "Content-Type: application/x-www-form-urlencoded; charset=utf-8"]
    return Case(name, "request.lua", ["POST", "/", body, *headers])


def s3_cases(caller: Caller) -> list[Case]:
    headers = caller.headers("s3")
    small = caller.file("small", b"s" * 1024)
    large = caller.file("large", b"l" * 16 * _MEGABYTE)
    size = 16 * _MEGABYTE
    return [
        Case("S3 PutObject 1 KB", "request.lua", ["PUT", f"/{BUCKET}/put-{{n}}", small, *headers], goal_us=300),
        Case("S3 GetObject 1 KB", "request.lua", ["GET", f"/{BUCKET}/small", "", *headers], goal_us=300),
        Case("S3 PutObject 16 MB", "request.lua", ["PUT", f"/{BUCKET}/large-put", large, *headers], bytes_moved=size),
        Case("S3 GetObject 16 MB", "request.lua", ["GET", f"/{BUCKET}/large", "", *headers], bytes_moved=size),
    ]
