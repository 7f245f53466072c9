"""DynamoDB in the test's own process, on SQLite and on PostgreSQL, with a clock that the test moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from awskit.clock import ManualClock
from awskit.http_client import HttpClient
from awskit.service.application import Application, Service
from services.dynamodb.app import create_service, errands
from services.dynamodb.housekeeping.background_work import Housekeeping
from services.dynamodb.jobs.background_jobs import JobRunner
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.settings import DynamoDbSettings
from services.dynamodb.transfers.s3_client import S3Client

# How long an example takes says more of what else the machine does than of what is tested.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

_STREAMS = frozenset({"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"})


class Refused(Exception):
    """An error answer; `body` is all of it."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.body = body
        self.code = body["__type"].partition("#")[2]
        self.message = body.get("message", body.get("Message", ""))
        super().__init__(f"{status} {self.code}: {self.message}")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class DynamoDb:
    """A running service and one caller of it."""

    service: Service[DynamoDbRuntime]
    app: Application[DynamoDbRuntime]
    clock: ManualClock
    account_id: str = "000000000000"
    region: str = "us-east-1"

    def caller(self, account_id: str | None = None, region: str | None = None) -> DynamoDb:
        """Another caller of the same service."""
        return DynamoDb(self.service, self.app, self.clock, account_id or self.account_id, region or self.region)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """`await dynamodb.put_item(TableName=...)`: the operation, with values in wire form."""
        if name.startswith("_"):
            raise AttributeError(name)
        operation = "".join(part.capitalize() for part in name.split("_"))

        async def call(**input: Any) -> Any:
            return await self.call(operation, input)

        return call

    async def call(self, operation: str, input: Mapping[str, Any]) -> Any:
        target = "DynamoDBStreams_20120810" if operation in _STREAMS else "DynamoDB_20120810"
        headers = {"x-amz-target": f"{target}.{operation}", "content-type": "application/x-amz-json-1.0"}
        answer = await self.request("POST", "/", headers, json.dumps(input).encode())
        body = json.loads(answer.body)
        if answer.status != 200:
            raise Refused(answer.status, body)
        return body

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, signed: bool = True
    ) -> Answer:
        path, _, query = url.partition("?")
        sent = {"host": "localhost:4566", "x-amz-date": "20260101T000000Z", **headers}
        if signed:
            scope_text = f"{self.account_id}/20260101/{self.region}/dynamodb/aws4_request"
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
            await asyncio.Event().wait()
            raise AssertionError("unreachable")

        async def send(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        return Answer(
            messages[0]["status"],
            {name.decode(): value.decode() for name, value in messages[0]["headers"]},
            b"".join(message.get("body", b"") for message in messages[1:]),
        )

    async def table(self, name: str = "table", *keys: str, **given: Any) -> str:
        """A new on-demand table; `keys` as "id:S", "at:N" (default a partition key `a:S`)."""
        parts = [key.split(":") for key in keys or ("a:S",)]
        schema = [
            {"AttributeName": part[0], "KeyType": kind} for part, kind in zip(parts, ("HASH", "RANGE"), strict=False)
        ]
        defined = [{"AttributeName": part[0], "AttributeType": part[1]} for part in parts]
        given.setdefault("BillingMode", "PAY_PER_REQUEST")
        defined += given.pop("AttributeDefinitions", [])
        await self.create_table(TableName=name, KeySchema=schema, AttributeDefinitions=defined, **given)
        return name

    async def put(self, table: str, *items: Mapping[str, Any]) -> None:
        """Put plain items: strings and numbers become S and N."""
        for item in items:
            await self.put_item(TableName=table, Item=wire(item))

    async def all_items(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table, page by page, as plain values."""
        items: list[dict[str, Any]] = []
        given: dict[str, Any] = {}
        while True:
            page = await self.scan(TableName=table, **given)
            items += map(plain, page["Items"])
            if "LastEvaluatedKey" not in page:
                return items
            given["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    async def refusal(self, operation: str, **input: Any) -> Refused:
        """The error of a request that is refused."""
        with pytest.raises(Refused) as caught:
            await self.call(operation, input)
        return caught.value

    async def advance(self, seconds: float) -> None:
        """Move the clock and let what is due happen."""
        self.clock.advance(seconds)
        await self.settle()

    async def settle(self) -> None:
        """Let background work that is due happen."""
        await Housekeeping(self.service.runtime).run_once()

    async def run_jobs(self) -> None:
        """Let jobs that outlast their requests be done."""
        runtime = self.service.runtime
        client = HttpClient()
        await JobRunner(runtime, errands(S3Client(client, runtime.settings.s3_url, runtime.clock))).run_once()
        await client.close()


def wire(item: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values in wire form; what is in wire form stays so."""
    return {name: _wire_value(value) for name, value in item.items()}


def _wire_value(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": str(value)}
    if isinstance(value, list):
        return {"L": [_wire_value(element) for element in value]}
    if isinstance(value, set):
        return {"SS": sorted(value)}
    return {"S": value}


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Strings and numbers of an item as Python's."""
    result: dict[str, Any] = {}
    for name, value in item.items():
        kind, content = next(iter(value.items()))
        result[name] = content if kind in ("S", "BOOL") else json.loads(content) if kind == "N" else value
    return result


@asynccontextmanager
async def running_services(database_url: str) -> AsyncIterator[Callable[..., Any]]:
    """`await start(status_delay=60.0)`: a service with these settings on that database."""
    services: list[Service[DynamoDbRuntime]] = []

    async def start(**given: Any) -> DynamoDb:
        clock = ManualClock()
        service = create_service(DynamoDbSettings(database_url=database_url, **given), clock)
        services.append(service)
        return DynamoDb(service, Application(service), clock)

    try:
        yield start
    finally:
        for service in services:
            await service.stop()
            service.runtime.database.close()


@pytest.fixture
async def started_dynamodb(migrated_database_url: Callable[[str], str]) -> AsyncIterator[Callable[..., Any]]:
    """`await started_dynamodb(status_delay=60.0)`: a service with these settings, on either database."""
    async with running_services(migrated_database_url("dynamodb")) as start:
        yield start


@pytest.fixture
async def dynamodb(started_dynamodb: Callable[..., Any]) -> DynamoDb:
    """A service with nothing in it, as it starts by default, on either database."""
    started: DynamoDb = await started_dynamodb()
    return started


@pytest.fixture
async def dynamodb_on_sqlite(tmp_path: Path, database_templates: Any) -> AsyncIterator[DynamoDb]:
    """The same on SQLite alone: for what no database has a part in, such as checks of parameters."""
    path = tmp_path / "dynamodb.db"
    path.write_bytes(database_templates.sqlite("dynamodb").read_bytes())
    async with running_services(f"sqlite:///{path}") as start:
        yield await start()
