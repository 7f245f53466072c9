"""Mixed load while processes are killed: what was acknowledged has to be there in the end, and no client sees an error.

In: a running fleet. Out: `Outcome`. The clients are boto3's as they come, with the retries that they have by default.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import boto3
import psutil
from botocore.exceptions import BotoCoreError, ClientError

from tests.processes import REGION, Running, is_gateway

_DRAIN_SECONDS = 60.0


@dataclass
class Outcome:
    """`acknowledged` counts by kind; `lost` and `errors` say what should not be."""

    kills: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        yield f"{sum(self.kills.values())} kills: {self.kills}"
        yield f"acknowledged: {self.acknowledged}"
        yield f"lost: {len(self.lost)} {self.lost[:5]}; errors that clients saw: {len(self.errors)} {self.errors[:5]}"


class CrashLoop:
    """One run. `pause` are the least and most seconds between two kills."""

    def __init__(self, fleet: Running, seed: str, pause: tuple[float, float]) -> None:
        self._fleet = fleet
        self._random = Random(seed)
        self._pause = pause
        self._over = threading.Event()
        self.outcome = Outcome()
        self._put: dict[str, str] = {}
        self._items: dict[str, bool] = {}  # whether it is to be there
        self._sent: set[str] = set()
        self._consumed: set[str] = set()
        self._published: set[str] = set()

    def run(self, kills: int) -> Outcome:
        """Put load on the fleet, kill so many times, and look what is there."""
        with self._client("sqs") as sqs, self._client("sns") as sns:
            self._queue = sqs.create_queue(QueueName="crash-queue")["QueueUrl"]
            self._fan = sqs.create_queue(QueueName="crash-fan")["QueueUrl"]
            self._topic = sns.create_topic(Name="crash-topic")["TopicArn"]
            fan = f"arn:aws:sqs:{REGION}:000000000000:crash-fan"
            sns.subscribe(TopicArn=self._topic, Protocol="sqs", Endpoint=fan)
        with self._client("s3") as s3, self._client("dynamodb") as dynamodb:
            s3.create_bucket(Bucket="crash-bucket")
            key = [{"AttributeName": "k", "KeyType": "HASH"}]
            definitions = [{"AttributeName": "k", "AttributeType": "S"}]
            dynamodb.create_table(
                TableName="crash-table", KeySchema=key, AttributeDefinitions=definitions, BillingMode="PAY_PER_REQUEST"
            )
        steps = (
            ("s3", self._put_object),
            ("dynamodb", self._put_item),
            ("sqs", self._send),
            ("sqs", self._consume),
            ("sns", self._publish),
        )
        threads = [threading.Thread(target=self._work, args=step) for step in steps]
        for thread in threads:
            thread.start()
        for _ in range(kills):
            time.sleep(self._random.uniform(*self._pause))
            self._kill()
        time.sleep(self._pause[0])
        self._over.set()
        for thread in threads:
            thread.join()
        self._look()
        return self.outcome

    def _kill(self) -> None:
        alive = [one for one in psutil.Process(self._fleet.pid).children() if one.status() != psutil.STATUS_ZOMBIE]
        if alive:
            one = self._random.choice(alive)
            name = "gateway" if is_gateway(one) else "a service"
            os.kill(one.pid, signal.SIGKILL)
            self.outcome.kills[name] = self.outcome.kills.get(name, 0) + 1

    @contextmanager
    def _client(self, service: str) -> Iterator[Any]:
        session = boto3.session.Session("test", "test", region_name=REGION)
        client = session.client(service, endpoint_url=self._fleet.url)
        try:
            yield client
        finally:
            client.close()

    def _work(self, service: str, step: Callable[[Any, int], None]) -> None:
        with self._client(service) as client:
            number = 0
            while not self._over.is_set():
                try:
                    step(client, number)
                except (BotoCoreError, ClientError) as error:
                    self.outcome.errors.append(f"{step.__name__.strip('_')}: {error}")
                number += 1

    def _put_object(self, client: Any, number: int) -> None:
        body = f"{number}".encode() * (1 + number % 2000)  # within the row, and beside it
        client.put_object(Bucket="crash-bucket", Key=str(number), Body=body)
        self._put[str(number)] = hashlib.md5(body, usedforsecurity=False).hexdigest()

    def _put_item(self, client: Any, number: int) -> None:
        client.put_item(TableName="crash-table", Item={"k": {"S": str(number)}})
        self._items[str(number)] = True
        if number % 5 == 0:
            client.delete_item(TableName="crash-table", Key={"k": {"S": str(number)}})
            self._items[str(number)] = False

    def _send(self, client: Any, number: int) -> None:
        client.send_message(QueueUrl=self._queue, MessageBody=str(number))
        self._sent.add(str(number))

    def _consume(self, client: Any, number: int) -> None:
        answer = client.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=5, WaitTimeSeconds=1)
        for message in answer.get("Messages", ()):
            self._consumed.add(message["Body"])
            client.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])

    def _publish(self, client: Any, number: int) -> None:
        client.publish(TopicArn=self._topic, Message=str(number))
        self._published.add(str(number))

    def _look(self) -> None:
        """Whether everything is there."""
        outcome = self.outcome
        deleted = [key for key, there in self._items.items() if not there]
        outcome.acknowledged = {
            "objects": len(self._put),
            "items": len(self._items),
            "items deleted": len(deleted),
            "messages": len(self._sent),
            "notifications": len(self._published),
        }
        with self._client("s3") as s3, self._client("dynamodb") as dynamodb, self._client("sqs") as sqs:
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket="crash-bucket")
            found = {entry["Key"]: entry["ETag"].strip('"') for page in pages for entry in page.get("Contents", ())}
            outcome.lost += [f"object {key}" for key, digest in self._put.items() if found.get(key) != digest]
            for key in self._random.sample(sorted(self._put), min(50, len(self._put))):
                body = s3.get_object(Bucket="crash-bucket", Key=key)["Body"].read()
                if hashlib.md5(body, usedforsecurity=False).hexdigest() != self._put[key]:
                    outcome.lost.append(f"content of object {key}")
            pages = dynamodb.get_paginator("scan").paginate(TableName="crash-table")
            items = {item["k"]["S"] for page in pages for item in page["Items"]}
            outcome.lost += [f"item {key}" for key, there in self._items.items() if there and key not in items]
            outcome.lost += [f"deletion of item {key}" for key in deleted if key in items]
            left = self._sent - self._consumed
            outcome.lost += [f"message {body}" for body in left - _drained(sqs, self._queue, left)]
            received = _drained(sqs, self._fan, self._published, lambda body: str(json.loads(body)["Message"]))
            outcome.lost += [f"notification {body}" for body in self._published - received]


def _drained(sqs: Any, url: str, wanted: set[str], read: Callable[[str], str] = str) -> set[str]:
    """What comes out of the queue until all that is wanted has come, or for a minute nothing new has."""
    found: set[str] = set()
    quiet_since = time.monotonic()
    while not wanted <= found and time.monotonic() - quiet_since < _DRAIN_SECONDS:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", ())
        known = len(found)
        found.update(read(message["Body"]) for message in messages)
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        if len(found) > known:
            quiet_since = time.monotonic()
    return found
