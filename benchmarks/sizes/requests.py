"""The requests that are compared: those of the bench, and all that describe, list or give attributes."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks.sizes import filling
from benchmarks.sizes.filling import PARTITION, TEMPLATE, Size
from tests.processes import ACCOUNT_ID

_ARN = f"us-east-1:{ACCOUNT_ID}"
Send = Callable[["Request"], bytes]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


def authorization(service: str) -> dict[str, str]:
    scope = f"Credential=test/20260101/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}


def dynamodb(operation: str, **members: Any) -> Request:
    target = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    return Request("POST", "/", {**authorization("dynamodb"), **target}, json.dumps(members).encode())


def dynamodb_streams(operation: str, **members: Any) -> Request:
    target = {"X-Amz-Target": f"DynamoDBStreams_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    return Request("POST", "/", {**authorization("dynamodb"), **target}, json.dumps(members).encode())


def sqs(operation: str, **members: Any) -> Request:
    target = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    return Request("POST", "/", {**authorization("sqs"), **target}, json.dumps(members).encode())


def sns(action: str, **members: str) -> Request:
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    form = urlencode({"Action": action, "Version": "2010-03-31", **members})
    return Request("POST", "/", {**authorization("sns"), **kind}, form.encode())


def s3(method: str, path: str, body: bytes = b"") -> Request:
    return Request(method, path, authorization("s3"), body)


def cases(url: str, size: Size) -> dict[str, Callable[[Send], None]]:
    """By name what is done; each asks for something else every time, so that nothing is hot that would not be."""
    chosen = random.Random(1)
    return {
        **_dynamodb_cases(size, chosen),
        **_sqs_cases(url, size, chosen),
        **_sns_cases(size, chosen),
        **_s3_cases(size, chosen),
    }


def _template(size: Size, chosen: random.Random) -> str:
    return f"{TEMPLATE[:-5]}{chosen.randrange(1, size.things + 1):05}"


def _dynamodb_cases(size: Size, chosen: random.Random) -> dict[str, Callable[[Send], None]]:
    table = filling.TABLE

    def key() -> dict[str, Any]:
        number = chosen.randrange(size.items)
        return {"p": {"S": f"p{number // PARTITION}"}, "s": {"N": str(number % PARTITION)}}

    def query() -> Request:
        given = {"KeyConditionExpression": "p = :p AND s >= :s", "Limit": 25}
        return dynamodb(
            "Query", TableName=table, ExpressionAttributeValues={":p": key()["p"], ":s": {"N": "10"}}, **given
        )

    def update() -> Request:
        values = {":zero": {"N": "0"}, ":one": {"N": "1"}}
        expression = "SET visits = if_not_exists(visits, :zero) + :one"
        return dynamodb(
            "UpdateItem", TableName=table, Key=key(), UpdateExpression=expression, ExpressionAttributeValues=values
        )

    def named(operation: str) -> Callable[[Send], None]:
        return lambda send: _do(send, dynamodb(operation, TableName=_template(size, chosen)))

    return {
        "DynamoDB PutItem": lambda send: _do(
            send, dynamodb("PutItem", TableName=table, Item={**key(), "t": {"S": "y" * 40}})
        ),
        "DynamoDB GetItem": lambda send: _do(send, dynamodb("GetItem", TableName=table, Key=key())),
        "DynamoDB UpdateItem": lambda send: _do(send, update()),
        "DynamoDB Query of 25": lambda send: _do(send, query()),
        "DynamoDB Scan of 25": lambda send: _do(send, dynamodb("Scan", TableName=table, Limit=25)),
        "DynamoDB DescribeTable": lambda send: _do(send, dynamodb("DescribeTable", TableName=table)),
        "DynamoDB DescribeTable, any": named("DescribeTable"),
        "DynamoDB DescribeTimeToLive": named("DescribeTimeToLive"),
        "DynamoDB DescribeContinuousBackups": named("DescribeContinuousBackups"),
        "DynamoDB DescribeKinesisStreamingDestination": named("DescribeKinesisStreamingDestination"),
        "DynamoDB DescribeLimits": lambda send: _do(send, dynamodb("DescribeLimits")),
        "DynamoDB ListTables": lambda send: _do(send, dynamodb("ListTables", Limit=100)),
        "DynamoDB ListBackups": lambda send: _do(send, dynamodb("ListBackups", Limit=100)),
        "DynamoDB ListExports": lambda send: _do(send, dynamodb("ListExports")),
        "DynamoDB ListImports": lambda send: _do(send, dynamodb("ListImports")),
        "DynamoDB ListGlobalTables": lambda send: _do(send, dynamodb("ListGlobalTables")),
        "DynamoDB ListContributorInsights": lambda send: _do(send, dynamodb("ListContributorInsights")),
        "DynamoDB ListTagsOfResource": lambda send: _do(
            send, dynamodb("ListTagsOfResource", ResourceArn=f"arn:aws:dynamodb:{_ARN}:table/{_template(size, chosen)}")
        ),
        "DynamoDB ListStreams": lambda send: _do(send, dynamodb_streams("ListStreams", Limit=100)),
        "DynamoDB ListStreams of a table": lambda send: _do(
            send, dynamodb_streams("ListStreams", TableName=_template(size, chosen))
        ),
    }


def _sqs_cases(url: str, size: Size, chosen: random.Random) -> dict[str, Callable[[Send], None]]:
    def queue(name: str) -> str:
        return f"{url}/{ACCOUNT_ID}/{name}"

    def cycle(send: Send) -> None:
        send(sqs("SendMessage", QueueUrl=queue(filling.QUEUE), MessageBody="m" * 40))
        (message,) = json.loads(send(sqs("ReceiveMessage", QueueUrl=queue(filling.QUEUE))))["Messages"]
        send(sqs("DeleteMessage", QueueUrl=queue(filling.QUEUE), ReceiptHandle=message["ReceiptHandle"]))

    def attributes(name: str) -> Callable[[Send], None]:
        return lambda send: _do(send, sqs("GetQueueAttributes", QueueUrl=queue(name), AttributeNames=["All"]))

    def named(operation: str, **further: Any) -> Callable[[Send], None]:
        return lambda send: _do(send, sqs(operation, QueueUrl=queue(_template(size, chosen)), **further))

    arn = f"arn:aws:sqs:{_ARN}:{filling.QUEUE}"
    numbers = itertools.count(1)
    return {
        "SQS SendMessage": lambda send: _do(
            send, sqs("SendMessage", QueueUrl=queue(filling.QUEUE), MessageBody="m" * 40)
        ),
        "SQS send, receive, delete": cycle,
        "SQS GetQueueAttributes, messages waiting": attributes(filling.QUEUE),
        "SQS GetQueueAttributes, delayed": attributes(filling.DELAYED),
        "SQS GetQueueAttributes, in flight": attributes(filling.IN_FLIGHT),
        "SQS ReceiveMessage, all delayed": lambda send: _do(
            send, sqs("ReceiveMessage", QueueUrl=queue(filling.DELAYED))
        ),
        "SQS GetQueueAttributes, any": named("GetQueueAttributes", AttributeNames=["All"]),
        "SQS SendMessage, any": named("SendMessage", MessageBody="m" * 40),
        "SQS GetQueueUrl": lambda send: _do(send, sqs("GetQueueUrl", QueueName=_template(size, chosen))),
        "SQS ListQueues": lambda send: _do(send, sqs("ListQueues", MaxResults=100)),
        "SQS ListQueues of a prefix": lambda send: _do(
            send, sqs("ListQueues", QueueNamePrefix=_template(size, chosen), MaxResults=100)
        ),
        "SQS ListQueueTags": named("ListQueueTags"),
        "SQS ListDeadLetterSourceQueues": named("ListDeadLetterSourceQueues"),
        "SQS ListMessageMoveTasks": lambda send: _do(send, sqs("ListMessageMoveTasks", SourceArn=arn)),
        # each another one, since a queue is purged once a minute at most
        "SQS PurgeQueue": lambda send: _do(
            send, sqs("PurgeQueue", QueueUrl=queue(f"{TEMPLATE[:-5]}{next(numbers):05}"))
        ),
    }


def _sns_cases(size: Size, chosen: random.Random) -> dict[str, Callable[[Send], None]]:
    def topic() -> str:
        return f"arn:aws:sns:{_ARN}:{_template(size, chosen)}"

    return {
        "SNS Publish to 1 queue": lambda send: _do(
            send, sns("Publish", TopicArn=f"arn:aws:sns:{_ARN}:{filling.TOPIC}", Message="m" * 40)
        ),
        "SNS Publish, any": lambda send: _do(send, sns("Publish", TopicArn=topic(), Message="m" * 40)),
        "SNS GetTopicAttributes": lambda send: _do(send, sns("GetTopicAttributes", TopicArn=topic())),
        "SNS ListTopics": lambda send: _do(send, sns("ListTopics")),
        "SNS ListSubscriptions": lambda send: _do(send, sns("ListSubscriptions")),
        "SNS ListSubscriptionsByTopic": lambda send: _do(send, sns("ListSubscriptionsByTopic", TopicArn=topic())),
        "SNS ListTagsForResource": lambda send: _do(send, sns("ListTagsForResource", ResourceArn=topic())),
    }


def _s3_cases(size: Size, chosen: random.Random) -> dict[str, Callable[[Send], None]]:
    bucket = filling.BUCKET

    def key() -> str:
        number = chosen.randrange(1, size.items + 1)
        return f"{number * 1000 // (size.items + 1):03}/{number:08}"

    def listing(query: str) -> Callable[[Send], None]:
        return lambda send: _do(send, s3("GET", f"/{bucket}?{query}"))

    def named(query: str) -> Callable[[Send], None]:
        return lambda send: _do(send, s3("GET", f"/{_template(size, chosen)}?{query}"))

    return {
        "S3 PutObject 1 KB": lambda send: _do(send, s3("PUT", f"/{bucket}/{key()}", b"b" * 1024)),
        "S3 GetObject": lambda send: _do(send, s3("GET", f"/{bucket}/{key()}")),
        "S3 HeadObject": lambda send: _do(send, s3("HEAD", f"/{bucket}/{key()}")),
        "S3 ListObjectsV2 of 1,000": listing("list-type=2"),
        "S3 ListObjectsV2 in the middle": lambda send: _do(
            send, s3("GET", f"/{bucket}?list-type=2&max-keys=100&start-after={quote(key())}")
        ),
        "S3 ListObjectVersions of 100": listing("versions&max-keys=100"),
        "S3 ListMultipartUploads": listing("uploads"),
        "S3 ListBuckets of 100": lambda send: _do(send, s3("GET", "/?max-buckets=100")),
        "S3 HeadBucket": lambda send: _do(send, s3("HEAD", f"/{_template(size, chosen)}")),
        "S3 GetBucketVersioning": named("versioning"),
        "S3 GetPublicAccessBlock": named("publicAccessBlock"),
        "S3 GetBucketLocation": named("location"),
    }


def _do(send: Send, request: Request) -> None:
    send(request)
