"""An address of every page that the console's routes have, in a fleet whose names and contents are hostile.

`addresses_of_pages(fleet)` fills it. By the path of the route: `Shown`, which says whether what is hostile is to be
read there. What is no page is in `NO_PAGES`.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from botocore.exceptions import ClientError

from console.app import routers
from console.frame.routers import PAGES
from tests.processes import ACCOUNT_ID, Running

SCRIPT = "<script>alert(1)</script>"
RIGHT_TO_LEFT = "\u202ecilbup\u202c\u2066\u200f"
# what XML, and so SQS and SNS, can have; control characters are in what can have them
TEXT = (
    f"{SCRIPT}<img src=x onerror=alert(1)>\"'`{{{{7*7}}}}{{% raw %}}</pre></textarea>{RIGHT_TO_LEFT} \t"
    " javascript:alert(1)"
)
RAW = f"{TEXT}\x00\x07\x1b[31m\x7f\r\n\ufffe"
KEY = f"folder/{RAW.replace(chr(0), '')}.html"
SCRIPT_NAME = "script.alert-1"  # of an attribute, whose name may have no more
NO_PAGES = frozenset(
    {
        "/overview/events",
        "/requests/events",
        "/dynamodb/tables/{table}/stream/events",
        "/snapshots/{name}/file",
    }
)
_REDRIVE = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:failed", "maxReceiveCount": "1"}
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Shown:
    """An address below account and region; `hostile` is whether `SCRIPT` is read there."""

    path: str
    hostile: bool = False


def routes(method: str) -> set[str]:
    """The paths of all routes below account and region."""
    return {
        route.path.removeprefix(PAGES)  # type: ignore[attr-defined]
        for router in routers()
        for route in router.routes
        if method in route.methods and route.path.startswith(PAGES)  # type: ignore[attr-defined]
    }


def addresses_of_pages(fleet: Running) -> dict[str, Shown]:
    """See the module."""
    found = {
        "/": Shown("/", hostile=True),
        "/search": Shown(f"/search?q={quote(SCRIPT)}", hostile=True),
        **_s3(fleet),
        **_dynamodb(fleet),
        **_sqs(fleet),
        **_sns(fleet),
        **_what_if(fleet),
        **_journal(fleet),
    }
    missing = routes("GET") - found.keys() - NO_PAGES
    assert not missing, f"say here where these pages are seen: {missing}"
    return found


def _s3(fleet: Running) -> dict[str, Shown]:
    s3 = fleet.client("s3")
    s3.create_bucket(Bucket="hostile")
    s3.put_bucket_versioning(Bucket="hostile", VersioningConfiguration={"Status": "Enabled"})
    body = f"<!DOCTYPE html>{TEXT}".encode() + b"<script>alert(2)</script>\x00\x07\xff\xfe" * (10 * _MEGABYTE // 29)
    s3.put_object(Bucket="hostile", Key="large.html", Body=body, ContentType="text/html")
    metadata = {"said": SCRIPT}
    for _ in range(2):
        s3.put_object(Bucket="hostile", Key=KEY, Body=TEXT.encode(), ContentType="text/html", Metadata=metadata)
    upload = s3.create_multipart_upload(Bucket="hostile", Key=TEXT)["UploadId"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "a",
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": "s3:PutObjectAcl",
                "Resource": "arn:aws:s3:::hostile/<script>alert(1)</script>*",
            }
        ],
    }
    s3.put_bucket_policy(Bucket="hostile", Policy=json.dumps(policy))
    at, key = "/s3/buckets/{bucket}", quote(KEY, safe="")
    bucket = "/s3/buckets/hostile"
    return {
        "/s3/buckets": Shown("/s3/buckets"),
        "/s3/create-bucket": Shown("/s3/create-bucket"),
        at: Shown(f"{bucket}?prefix=folder/", hostile=True),
        f"{at}/object": Shown(f"{bucket}/object?key={key}", hostile=True),
        f"{at}/object/delete": Shown(f"{bucket}/object/delete?key={key}", hostile=True),
        f"{at}/create-object": Shown(f"{bucket}/create-object?prefix={key}"),
        f"{at}/settings": Shown(f"{bucket}/settings", hostile=True),
        f"{at}/settings/{{name}}": Shown(f"{bucket}/settings/policy"),
        f"{at}/uploads": Shown(f"{bucket}/uploads", hostile=True),
        f"{at}/uploads/abort": Shown(
            f"{bucket}/uploads/abort?key={quote(TEXT, safe='')}&upload={upload}", hostile=True
        ),
        f"{at}/delete": Shown(f"{bucket}/delete"),
        f"{at}/empty": Shown(f"{bucket}/empty"),
    }


def _dynamodb(fleet: Running) -> dict[str, Shown]:
    dynamodb = fleet.client("dynamodb")
    dynamodb.create_table(
        TableName="Hostile",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": SCRIPT, "AttributeType": "S"}],
        KeySchema=[{"AttributeName": SCRIPT, "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    key = {SCRIPT: {"S": RAW}}
    nested: dict[str, Any] = {"M": {RAW: {"L": [{"S": RAW}, {"B": b"\x00<script>"}, {"NULL": True}]}}}
    dynamodb.put_item(TableName="Hostile", Item={**key, "nested": nested, "long": {"S": TEXT * 1500}})
    backup = dynamodb.create_backup(TableName="Hostile", BackupName="one")["BackupDetails"]["BackupArn"]
    packed = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
    statement = quote(f'SELECT * FROM "Hostile" WHERE contains("long", \'{SCRIPT}\')')
    at, table = "/dynamodb/tables/{table}", "/dynamodb/tables/Hostile"
    return {
        "/dynamodb/tables": Shown("/dynamodb/tables"),
        "/dynamodb/create-table": Shown("/dynamodb/create-table"),
        at: Shown(table, hostile=True),
        f"{at}/item": Shown(f"{table}/item?key={packed}"),
        f"{at}/item/delete": Shown(f"{table}/item/delete?key={packed}", hostile=True),
        f"{at}/create-item": Shown(f"{table}/create-item"),
        f"{at}/partiql": Shown(f"{table}/partiql?statement={statement}", hostile=True),
        f"{at}/stream": Shown(f"{table}/stream", hostile=True),
        f"{at}/details": Shown(f"{table}/details", hostile=True),
        f"{at}/backups": Shown(f"{table}/backups"),
        f"{at}/backups/delete": Shown(f"{table}/backups/delete?arn={quote(backup)}&name={quote(SCRIPT)}"),
        f"{at}/delete": Shown(f"{table}/delete"),
    }


def _sqs(fleet: Running) -> dict[str, Shown]:
    sqs = fleet.client("sqs")
    failed = sqs.create_queue(QueueName="failed")["QueueUrl"]
    url = sqs.create_queue(QueueName="hostile", Attributes={"RedrivePolicy": json.dumps(_REDRIVE)})["QueueUrl"]
    attributes = {"said": {"DataType": "String", "StringValue": TEXT}}
    sqs.send_message(QueueUrl=url, MessageBody=TEXT, MessageAttributes=attributes)
    sqs.send_message(QueueUrl=url, MessageBody=TEXT + "x" * (_MEGABYTE - 1024))
    sqs.send_message(QueueUrl=failed, MessageBody=TEXT)
    at, queue = "/sqs/queues/{name}", "/sqs/queues/hostile"
    backlog = fleet.get(f"/_aws/sqs/backlog?QueueUrl={quote(url, safe='')}")
    key = backlog["messages"][0]["key"]
    return {
        "/sqs/queues": Shown("/sqs/queues"),
        "/sqs/create-queue": Shown("/sqs/create-queue"),
        at: Shown(queue, hostile=True),
        f"{at}/messages/{{key}}": Shown(f"{queue}/messages/{key}", hostile=True),
        f"{at}/messages/{{key}}/delete": Shown(f"{queue}/messages/{key}/delete", hostile=True),
        f"{at}/sources": Shown(f"{queue}/sources"),
        f"{at}/send": Shown(f"{queue}/send"),
        f"{at}/settings": Shown(f"{queue}/settings"),
        f"{at}/edit": Shown(f"{queue}/edit"),
        f"{at}/dead-letters": Shown(f"{queue}/dead-letters"),
        f"{at}/purge": Shown(f"{queue}/purge"),
        f"{at}/delete": Shown(f"{queue}/delete"),
    }


def _sns(fleet: Running) -> dict[str, Shown]:
    sns = fleet.client("sns")
    topic = sns.create_topic(Name="hostile")["TopicArn"]
    policy = json.dumps({SCRIPT: [SCRIPT, {"prefix": RIGHT_TO_LEFT}]})
    subscription = sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:hostile",
        Attributes={"FilterPolicy": policy},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550100")
    nowhere = f"http://127.0.0.1:1/{SCRIPT}"
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=nowhere)
    attributes = {SCRIPT_NAME: {"DataType": "String", "StringValue": TEXT}}
    sns.publish(TopicArn=topic, Message=TEXT, Subject=SCRIPT, MessageAttributes=attributes)
    at, name = "/sns/topics/{name}", "/sns/topics/hostile"
    one = f"{name}/subscriptions/{subscription.rpartition(':')[2]}"
    return {
        "/sns/topics": Shown("/sns/topics"),
        "/sns/create-topic": Shown("/sns/create-topic"),
        "/sns/sinks": Shown("/sns/sinks?kind=sms-messages", hostile=True),
        at: Shown(name, hostile=True),
        f"{at}/publish": Shown(f"{name}/publish"),
        f"{at}/filters": Shown(f"{name}/filters"),
        f"{at}/deliveries": Shown(f"{name}/deliveries", hostile=True),
        f"{at}/settings": Shown(f"{name}/settings"),
        f"{at}/subscribe": Shown(f"{name}/subscribe"),
        f"{at}/subscriptions/{{subscription_id}}": Shown(one, hostile=True),
        f"{at}/subscriptions/{{subscription_id}}/delete": Shown(f"{one}/delete"),
        f"{at}/delete": Shown(f"{name}/delete"),
    }


def _what_if(fleet: Running) -> dict[str, Shown]:
    rule = {"service": "s3", "operation": "RestoreObject", "resource": TEXT, "error": {"code": "SlowDown"}}
    httpx.post(f"{fleet.url}/_ruststack/faults", json=rule, timeout=60).raise_for_status()
    fleet.post("/_ruststack/snapshots?name=hostile")
    at, name = "/snapshots/{name}", "/snapshots/hostile"
    return {
        "/clock": Shown("/clock"),
        "/faults": Shown("/faults", hostile=True),
        "/seed": Shown("/seed"),
        "/snapshots": Shown("/snapshots"),
        f"{at}/load": Shown(f"{name}/load"),
        f"{at}/delete": Shown(f"{name}/delete"),
    }


def _journal(fleet: Running) -> dict[str, Shown]:
    """Last: what is asked here is the newest error."""
    s3 = fleet.client("s3")
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket="hostile", Key=f"none/{KEY}")
    asked = refused.value.response["ResponseMetadata"]["RequestId"]
    url = fleet.client("sqs").get_queue_url(QueueName="hostile")["QueueUrl"]
    [message] = fleet.client("sqs").receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    return {
        "/requests": Shown("/requests", hostile=True),
        "/requests/{request_id}": Shown(f"/requests/{asked}", hostile=True),
        "/trace": Shown(f"/trace?id={message['MessageId']}"),
    }
