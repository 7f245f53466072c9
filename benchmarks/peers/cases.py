"""What is asked of each emulator: the bench's requests, and what is there for them, made by its own interface."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from benchmarks.cases import (
    BUCKET,
    QUEUE,
    TOPIC,
    Caller,
    Case,
    dynamodb_cases,
    prepare_large_object,
    prepare_small_object,
    prepare_table,
    publish_case,
    s3_cases,
    sqs_cases,
)
from benchmarks.peers.running import RunningEmulator

LACKS = "has no "
LISTED = 1000
_LIST_BUCKET = f"{BUCKET}-list"
_SERVICES = {"dynamodb": "DynamoDB", "sqs": "SQS", "sns": "SNS", "s3": "S3"}
NAMES = (
    "DynamoDB PutItem",
    "DynamoDB GetItem",
    "DynamoDB UpdateItem",
    "DynamoDB Query of 25",
    "SQS SendMessage",
    "SQS send, receive, delete",
    "SNS Publish to 1 queue",
    "SNS Publish to 10 queues",
    "S3 PutObject 1 KB",
    "S3 GetObject 1 KB",
    f"S3 ListObjectsV2 of {LISTED:,}",
    "S3 PutObject 16 MB",
    "S3 GetObject 16 MB",
)


@dataclass
class Asked:
    """The cases that an emulator answers, and why it does not answer the others, by the case's name."""

    cases: dict[str, Case] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def asked_of(running: RunningEmulator, scratch: Path, wanted: Callable[[str], bool]) -> Asked:
    """Prepare the emulator, and try each case once; `wanted` says which are of interest."""
    emulator, asked = running.emulator, Asked()
    further = [
        f"X-Amz-Date: {time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}",
        "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD",
    ]
    caller = Caller(scratch, emulator.access_key, further)
    for service, title in _SERVICES.items():
        names = [name for name in NAMES if name.startswith(f"{title} ") and wanted(name)]
        if not names:
            continue
        if service not in emulator.services:
            asked.reasons |= dict.fromkeys(names, f"{LACKS}{title}")
            continue
        try:
            cases = {case.name: case for case in _PREPARATIONS[service](running, caller)}
        except Exception as error:  # whatever a stranger answers
            asked.reasons |= dict.fromkeys(names, f"{type(error).__name__}: {error}"[:300])
            continue
        for name in names:
            reason = _refusal(running, cases[name])
            if reason is None:
                asked.cases[name] = cases[name]
            else:
                asked.reasons[name] = reason
    return asked


def _prepare_dynamodb(running: RunningEmulator, caller: Caller) -> list[Case]:
    prepare_table(running.client("dynamodb"))
    return dynamodb_cases(caller)


def _prepare_sqs(running: RunningEmulator, caller: Caller) -> list[Case]:
    sqs = running.client("sqs")
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in (QUEUE, f"{QUEUE}-cycle")]
    sqs.send_message(QueueUrl=urls[1], MessageBody="is it there?")
    for message in sqs.receive_message(QueueUrl=urls[1])["Messages"]:
        sqs.delete_message(QueueUrl=urls[1], ReceiptHandle=message["ReceiptHandle"])
    return sqs_cases(caller, *urls)


def _prepare_sns(running: RunningEmulator, caller: Caller) -> list[Case]:
    sns, sqs = running.client("sns"), running.client("sqs")
    cases = []
    for count, name in ((1, "SNS Publish to 1 queue"), (10, "SNS Publish to 10 queues")):
        topic = sns.create_topic(Name=f"{TOPIC}-{count}")["TopicArn"]
        for number in range(count):
            url = sqs.create_queue(QueueName=f"{TOPIC}-{count}-{number}")["QueueUrl"]
            found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=found["Attributes"]["QueueArn"])
        cases.append(publish_case(caller, name, topic))
    return cases


def _prepare_s3(running: RunningEmulator, caller: Caller) -> list[Case]:
    s3 = running.client("s3")
    prepare_small_object(s3)
    with contextlib.suppress(ClientError):  # where it is too large for it, those cases' own requests say so
        prepare_large_object(s3)
    s3.create_bucket(Bucket=_LIST_BUCKET)
    for number in range(LISTED):
        s3.put_object(Bucket=_LIST_BUCKET, Key=f"folder/object-{number:05}", Body=b"b" * 100)
    target = f"/{_LIST_BUCKET}?list-type=2"
    listing = Case(NAMES[10], "request.lua", ["GET", target, "", *caller.headers("s3")])
    return [*s3_cases(caller), listing]


_PREPARATIONS: Mapping[str, Callable[[RunningEmulator, Caller], list[Case]]] = {
    "dynamodb": _prepare_dynamodb,
    "sqs": _prepare_sqs,
    "sns": _prepare_sns,
    "s3": _prepare_s3,
}


def _refusal(running: RunningEmulator, case: Case) -> str | None:
    """Why this request is not answered as it should be; None where it is. A cycle has been tried beforehand."""
    if case.script != "request.lua":
        return None
    method, path, file, *lines = case.arguments
    body = Path(file).read_bytes().replace(b"{n}", b"0") if file else None
    headers = dict(line.split(": ", 1) for line in lines)
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(running.url).port, timeout=60)
    try:
        connection.request(method, path.replace("{n}", "0"), body, headers)
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    if answer.status != 200:
        return f"{answer.status} {text.decode(errors='replace')[:200]}"
    return _shortfall(case, text)


def _shortfall(case: Case, text: bytes) -> str | None:
    """What an answer that says 200 lacks."""
    complete: Mapping[str, Callable[[bytes], Any]] = {
        "DynamoDB Query of 25": lambda text: json.loads(text)["Count"] == 25,
        NAMES[10]: lambda text: text.count(b"<Contents>") == LISTED,
        "S3 GetObject 16 MB": lambda text: len(text) == case.bytes_moved,
    }
    return (
        None
        if complete.get(case.name, bool if case.name.endswith("GetObject 1 KB") else lambda _: True)(text)
        else (f"the answer is not whole: {text[:100]!r}")
    )
