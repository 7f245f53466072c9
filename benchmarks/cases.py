"""What is measured: for each case what has to be there before, and the requests that are sent over and over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    keys = [{"AttributeName": "Id", "KeyType": "HASH"}, {"AttributeName": "Sort", "KeyType": "RANGE"}]
    attributes = [{"AttributeName": "Id", "AttributeType": "S"}, {"AttributeName": "Sort", "AttributeType": "N"}]
    dynamodb.create_table(
        TableName=TABLE, KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
    )
    for sort in range(25):
        dynamodb.put_item(
            TableName=TABLE, Item={"Id": {"S": "many"}, "Sort": {"N": str(sort)}, "Text": {"S": "t" * 100}}
        )
    for name in (QUEUE, f"{QUEUE}-cycle", f"{QUEUE}-topic"):
        sqs.create_queue(QueueName=name)
    topic = sns.create_topic(Name=TOPIC)["TopicArn"]
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:{QUEUE}-topic"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="small", Body=b"s" * 1024)
    s3.put_object(Bucket=BUCKET, Key="large", Body=b"l" * 16 * _MEGABYTE)
    for client in (dynamodb, sqs, sns, s3):
        client.close()


def all_cases(fleet: Running, scratch: Path) -> list[Case]:
    """Every case; the bodies that are sent are put into `scratch`."""
    queue_url = f"{fleet.url}/{ACCOUNT_ID}/{QUEUE}"
    return [
        Case("hop to a service's health", "request.lua", ["GET", "/_aws/sqs/health", ""], goal_us=90),
        *_dynamodb_cases(scratch),
        _json_case(
            "SQS SendMessage", "sqs", "AmazonSQS.SendMessage", scratch, QueueUrl=queue_url, MessageBody="m" * 50
        ),
        Case("SQS send, receive, delete", "cycle.lua", [queue_url + "-cycle"], goal_us=900, requests_each=3),
        _publish_case(scratch),
        *_s3_cases(scratch),
    ]


def _dynamodb_cases(scratch: Path) -> list[Case]:
    def case(operation: str, **members: Any) -> Case:
        target = f"DynamoDB_20120810.{operation}"
        return _json_case(f"DynamoDB {operation}", "dynamodb", target, scratch, TableName=TABLE, **members)

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


def _publish_case(scratch: Path) -> Case:
    topic = f"arn%3Aaws%3Asns%3Aus-east-1%3A{ACCOUNT_ID}%3A{TOPIC}"
    body = _file(scratch, "publish", f"Action=Publish&Version=2010-03-31&TopicArn={topic}&Message={'m' * 50}".encode())
    headers = [_authorization("sns"), "Content-Type: application/x-www-form-urlencoded; charset=utf-8"]
    return Case("SNS Publish to one queue", "request.lua", ["POST", "/", body, *headers])


def _s3_cases(scratch: Path) -> list[Case]:
    authorization = _authorization("s3")
    small = _file(scratch, "small", b"s" * 1024)
    large = _file(scratch, "large", b"l" * 16 * _MEGABYTE)
    size = 16 * _MEGABYTE
    return [
        Case("S3 PutObject 1 KB", "request.lua", ["PUT", f"/{BUCKET}/put-{{n}}", small, authorization], goal_us=300),
        Case("S3 GetObject 1 KB", "request.lua", ["GET", f"/{BUCKET}/small", "", authorization], goal_us=300),
        Case(
            "S3 PutObject 16 MB", "request.lua", ["PUT", f"/{BUCKET}/large-put", large, authorization], bytes_moved=size
        ),
        Case("S3 GetObject 16 MB", "request.lua", ["GET", f"/{BUCKET}/large", "", authorization], bytes_moved=size),
    ]


def _json_case(name: str, service: str, target: str, scratch: Path, **members: Any) -> Case:
    body = _file(scratch, target, json.dumps(members).encode())
    headers = [_authorization(service), f"X-Amz-Target: {target}", "Content-Type: application/x-amz-json-1.0"]
    return Case(name, "request.lua", ["POST", "/", body, *headers], goal_us=300)


def _authorization(service: str) -> str:
    scope = f"Credential=test/20260101/us-east-1/{service}/aws4_request"
    return f"Authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"


def _file(scratch: Path, name: str, content: bytes) -> str:
    path = scratch / f"body-{name}"
    path.write_bytes(content)
    return str(path)
