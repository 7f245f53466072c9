"""SQS in the test's own process, on SQLite and on PostgreSQL, with a clock that the test moves."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from awskit.clock import ManualClock
from awskit.service.application import Application, Service
from services.sqs.app import create_service
from services.sqs.runtime import SqsRuntime
from services.sqs.settings import SqsSettings


class Refused(Exception):
    """An error answer. `code` is the one of the query protocol, as boto3 shows it."""

    def __init__(self, status: int, code: str, message: str, name: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.name = name


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def xml(self) -> ElementTree.Element:
        """The document without its namespace."""
        text = self.body.decode().replace(' xmlns="http://queue.amazonaws.com/doc/2012-11-05/"', "")
        return ElementTree.fromstring(text)


@dataclass
class Sqs:
    """A running service and one caller of it."""

    service: Service[SqsRuntime]
    app: Application[SqsRuntime]
    clock: ManualClock
    account_id: str = "000000000000"
    region: str = "us-east-1"
    host: str = "localhost:4566"
    disconnected: asyncio.Event = field(default_factory=asyncio.Event)

    def caller(self, account_id: str | None = None, region: str | None = None, host: str | None = None) -> Sqs:
        """Another caller of the same service."""
        return Sqs(
            self.service,
            self.app,
            self.clock,
            account_id or self.account_id,
            region or self.region,
            host or self.host,
        )

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """`await sqs.send_message(QueueUrl=...)`: the operation over the JSON protocol."""
        if name.startswith("_"):
            raise AttributeError(name)
        operation = "".join(part.capitalize() for part in name.split("_"))

        async def call(**input: Any) -> Any:
            return await self.call(operation, input)

        return call

    async def call(self, operation: str, input: Mapping[str, Any]) -> Any:
        headers = {"x-amz-target": f"AmazonSQS.{operation}", "content-type": "application/x-amz-json-1.0"}
        answer = await self.request("POST", "/", headers, json.dumps(input, default=_base64).encode())
        if answer.status == 200:
            return json.loads(answer.body) if answer.body else {}
        error = json.loads(answer.body)
        name = error["__type"].partition("#")[2]
        code = answer.headers["x-amzn-query-error"].partition(";")[0]
        raise Refused(answer.status, code, error.get("message", ""), name)

    async def query(self, path: str, parameters: Mapping[str, str], method: str = "POST", **headers: str) -> Answer:
        """A request of the query protocol, unsigned as curl sends it."""
        text = urlencode(parameters)
        if method == "GET":
            return await self.request("GET", f"{path}?{text}", headers, b"", signed=False)
        headers["content-type"] = "application/x-www-form-urlencoded"
        return await self.request("POST", path, headers, text.encode(), signed=False)

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, signed: bool = True
    ) -> Answer:
        path, _, query = url.partition("?")
        sent = {"host": self.host, **headers}
        if signed:
            scope_text = f"{self.account_id}/20260101/{self.region}/sqs/aws4_request"
            sent["authorization"] = f"AWS4-HMAC-SHA256 Credential={scope_text}, SignedHeaders=host, Signature=0"
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        }
        arrived = [{"type": "http.request", "body": body, "more_body": False}]
        messages: list[Any] = []

        async def receive() -> Any:
            if arrived:
                return arrived.pop()
            await self.disconnected.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        if not messages:
            raise ConnectionError("the client had gone")
        return Answer(
            messages[0]["status"],
            {name.decode(): value.decode() for name, value in messages[0]["headers"]},
            b"".join(message.get("body", b"") for message in messages[1:]),
        )

    async def queue(self, name: str = "queue", **attributes: Any) -> str:
        """A new queue's URL; one whose name ends so is a FIFO queue."""
        if name.endswith(".fifo"):
            attributes.setdefault("FifoQueue", "true")
        given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in attributes.items()}
        url: str = (await self.create_queue(QueueName=name, Attributes=given))["QueueUrl"]
        return url

    async def arn(self, url: str) -> str:
        answer = await self.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn: str = answer["Attributes"]["QueueArn"]
        return arn

    async def send(self, url: str, *bodies: str, **given: Any) -> list[Any]:
        return [await self.send_message(QueueUrl=url, MessageBody=body, **given) for body in bodies]

    async def take(self, url: str, most: int = 10, **given: Any) -> list[Any]:
        """Received messages, with all attributes."""
        answer = await self.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=most,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
            **given,
        )
        messages: list[Any] = answer.get("Messages", [])
        return messages

    async def bodies(self, url: str, most: int = 10, **given: Any) -> list[str]:
        return [message["Body"] for message in await self.take(url, most, **given)]

    async def delete(self, url: str, *messages: Any) -> None:
        for message in messages:
            await self.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    async def counts(self, url: str) -> tuple[int, int, int]:
        """How many messages are visible, in flight and delayed."""
        names = [f"ApproximateNumberOfMessages{suffix}" for suffix in ("", "NotVisible", "Delayed")]
        answer = await self.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        visible, in_flight, delayed = (int(answer["Attributes"][name]) for name in names)
        return visible, in_flight, delayed


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def settled(condition: Callable[[], Any]) -> None:
    """Let the event loop run until `condition` holds: for what goes on beside requests."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


@asynccontextmanager
async def running_services(database_url: str) -> AsyncIterator[Callable[..., Any]]:
    """`await start(delay_purge_retry=True)`: a service with these settings on that database."""
    services: list[Service[SqsRuntime]] = []

    async def start(**given: Any) -> Sqs:
        clock = ManualClock()
        service = create_service(SqsSettings(database_url=database_url, **given), clock)
        services.append(service)
        await service.start()
        return Sqs(service, Application(service), clock)

    try:
        yield start
    finally:
        for service in services:
            await service.stop()
            service.runtime.database.close()


@pytest.fixture
async def started_sqs(migrated_database_url: Callable[[str], str]) -> AsyncIterator[Callable[..., Any]]:
    """`await started_sqs(delay_purge_retry=True)`: a service with these settings, on either database."""
    async with running_services(migrated_database_url("sqs")) as start:
        yield start


@pytest.fixture
async def sqs(started_sqs: Callable[..., Any]) -> Sqs:
    """A service with nothing in it, as it starts by default, on either database."""
    started: Sqs = await started_sqs()
    return started


@pytest.fixture
async def sqs_on_sqlite(tmp_path: Path, database_templates: Any) -> AsyncIterator[Sqs]:
    """The same on SQLite alone: for what no database has a part in, such as checks of parameters."""
    path = tmp_path / "sqs.db"
    path.write_bytes(database_templates.sqlite("sqs").read_bytes())
    async with running_services(f"sqlite:///{path}") as start:
        yield await start()
