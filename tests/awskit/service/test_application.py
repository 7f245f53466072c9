"""A service's application over HTTP: errors as AWS shows them, a bug as InternalFailure, the control routes."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest
import sqlalchemy as sa

from awskit.clock import Clock, ManualClock
from awskit.control.kept_clock import KeptClock, clock_table
from awskit.database import Database, Transaction
from awskit.errors import AwsError
from awskit.service.application import Application, Handle, Service
from awskit.service.context import RequestContext
from awskit.service.operation import Input, Operation, Output
from awskit.settings import ServiceSettings
from awskit.wire.aws_json import AwsJson
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.model import load_model
from tests.awskit.database.tables import database_with

TARGET = "DynamoDB_20120810."
REQUEST_ID = "0d5a28c2-1f0e-4c7b-a9d4-7b0f3b8c9e01"


@dataclass(frozen=True)
class Runtime:
    clock: Clock
    database: Database
    settings: ServiceSettings = ServiceSettings()


Context = RequestContext[Runtime]


def list_tables(context: Context, input: Input, transaction: Transaction) -> Output:
    context.response_headers.append(("x-seen", f"{context.account_id}/{context.region}/{context.now:.0f}"))
    return {"TableNames": [context.request_id], "LastEvaluatedTableName": context.endpoint}


def delete_table(context: Context, input: Input, transaction: Transaction) -> Output:
    raise AwsError("ResourceNotFoundException", f"Requested resource not found: Table: {input['TableName']} not found")


def describe_limits(context: Context, input: Input, transaction: Transaction) -> Output:
    raise ZeroDivisionError("a bug")


async def describe_endpoints(context: Context, input: Input) -> Output:
    return {"Endpoints": [{"Address": "here", "CachePeriodInMinutes": 1}]}


async def failing_body() -> AsyncIterator[bytes]:
    raise ZeroDivisionError("a bug")
    yield b""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    metadata = sa.MetaData()
    clock_table(metadata)
    with database_with(metadata, f"sqlite:///{tmp_path / 'a.db'}") as opened:
        yield opened


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    emptied: list[str | None] = []

    async def reset(account: str | None) -> None:
        emptied.append(account)

    async def emptied_accounts(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, [], repr(emptied).encode())

    operations = MappingProxyType(
        {
            (None, "ListTables"): Operation("ListTables", "read", list_tables),
            (None, "DeleteTable"): Operation("DeleteTable", "write", delete_table),
            (None, "DescribeLimits"): Operation("DescribeLimits", "read", describe_limits),
            (None, "DescribeEndpoints"): Operation("DescribeEndpoints", "async", describe_endpoints),
        }
    )
    protocol = AwsJson(load_model("dynamodb"))

    async def failing(request: HttpRequest, handle: Handle) -> HttpResponse:
        response = await handle(request)
        fails = request.header("x-fails")
        if fails == "middleware":
            raise ZeroDivisionError("a bug")
        if fails == "body":
            response.body = failing_body()
        if fails == "header":
            response.headers.append(("x", "\u20ac"))
        return response

    service = Service(
        "dynamodb",
        Runtime(ManualClock(), database),
        operations,
        lambda _: protocol,
        reset,
        middleware=failing,
        control={"/_aws/emptied": emptied_accounts},
        max_body=1000,
    )
    transport = httpx.ASGITransport(Application(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:4566") as made:
        yield made


async def call(client: httpx.AsyncClient, operation: str, body: str = "{}", **headers: str) -> httpx.Response:
    given = {"x-amz-target": TARGET + operation, "content-type": "application/x-amz-json-1.0", **headers}
    return await client.post("/", content=body, headers=given)


async def test_the_context_knows_the_caller_the_time_and_the_endpoint(client: httpx.AsyncClient) -> None:
    scope = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host"
    answer = await call(client, "ListTables", authorization=scope, **{"x-ruststack-request-id": REQUEST_ID})
    assert answer.json() == {"TableNames": [REQUEST_ID], "LastEvaluatedTableName": "http://localhost:4566"}
    assert answer.headers["x-seen"] == "123456789012/eu-west-1/1700000000"
    assert answer.headers["x-amzn-requestid"] == REQUEST_ID


async def test_an_async_operation_answers(client: httpx.AsyncClient) -> None:
    assert (await call(client, "DescribeEndpoints")).json()["Endpoints"][0]["Address"] == "here"


async def test_an_aws_error_is_rendered_in_the_protocol(client: httpx.AsyncClient) -> None:
    answer = await call(client, "DeleteTable", '{"TableName": "none"}')
    assert answer.status_code == 400
    assert answer.json()["__type"] == "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"
    assert answer.json()["message"] == "Requested resource not found: Table: none not found"


async def test_an_aws_error_is_gone_with_its_answer(client: httpx.AsyncClient) -> None:
    gc.collect()
    gc.disable()
    try:
        assert (await call(client, "DeleteTable", '{"TableName": "of-this-test-alone"}')).status_code == 400
        await asyncio.sleep(0)  # the loop itself holds what it was woken by
        errors = [found.message for found in gc.get_objects() if isinstance(found, AwsError)]
        assert not [message for message in errors if "of-this-test-alone" in message]
    finally:
        gc.enable()


async def test_a_bug_is_an_internal_failure_with_a_request_id_and_a_logged_trace(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await call(client, "DescribeLimits")
    assert answer.status_code == 500
    assert answer.json()["__type"].endswith("#InternalFailure")
    assert answer.headers["x-amzn-requestid"] in caplog.text
    assert "ZeroDivisionError: a bug" in caplog.text


async def test_a_bug_outside_of_an_operation_is_an_internal_failure_too(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    for fails in ("middleware", "body", "header"):
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            answer = await call(client, "ListTables", **{"x-fails": fails})
        assert answer.status_code == 500
        assert answer.json()["__type"].endswith("#InternalFailure")
        assert answer.headers["x-amzn-requestid"] in caplog.text
        assert "Error: " in caplog.text


async def test_an_operation_without_a_handler_is_501_and_named(client: httpx.AsyncClient) -> None:
    answer = await call(client, "ListBackups")
    assert answer.status_code == 501
    assert answer.json()["__type"].endswith("NotImplemented")
    assert "ListBackups" in answer.text


async def test_a_body_over_the_limit_is_413(client: httpx.AsyncClient) -> None:
    assert (await call(client, "ListTables", " " * 2000)).status_code == 413


async def test_a_clock_that_is_moved_twice_at_once_is_kept_as_far(database: Database) -> None:
    moved, later = ManualClock(), ManualClock()
    kept = KeptClock(moved, database)
    await asyncio.gather(kept.move({"advance": "10"}), kept.move({"advance": "20"}))
    await KeptClock(later, database).take_up()
    assert moved.offset == later.offset == 30


async def test_a_clock_that_is_put_back_is_kept_so(database: Database) -> None:
    moved, later = ManualClock(), ManualClock()
    kept = KeptClock(moved, database)
    seen: list[float] = []
    moved.subscribe(lambda: seen.append(moved.offset))
    for asked in ({"advance": "10"}, {"offset": "-5"}, {"set": "1700000100"}, {"offset": "0"}):
        await kept.move(asked)
    await KeptClock(later, database).take_up()
    assert seen == [10, -5, 100, 0]
    assert moved.offset == later.offset == 0
    assert later.moment_of(1_700_000_001) == 1_700_000_001
    for wrong in ({"advance": "2.6e11"}, {"set": "1600-01-01"}, {}):
        with pytest.raises(ValueError, match=r"clock|one of"):
            await kept.move(wrong)
    assert moved.offset == 0


async def test_control_routes(client: httpx.AsyncClient) -> None:
    assert (await client.get("/_ruststack/health")).json()["status"] == "running"
    await call(client, "DescribeEndpoints")
    requests = (await client.get("/_ruststack/metrics")).json()["requests"]
    assert [(entry["operation"], entry["status"], entry["count"]) for entry in requests] == [
        ("DescribeEndpoints", 200, 1)
    ]
    moved = await client.post("/_ruststack/clock?advance=60")
    assert moved.json() == {"now": 1_700_000_060.0, "offset": 60.0}
    assert (await client.post("/_ruststack/clock?advance=-1")).status_code == 400
    assert (await client.get("/_ruststack/reset")).status_code == 405
    await client.post("/_ruststack/reset?account=111122223333")
    await client.post("/_ruststack/reset")
    assert (await client.get("/_aws/emptied")).text == "['111122223333', None]"
    assert (await client.get("/_aws/other")).status_code == 404


@pytest.mark.parametrize("forged", ["", "the-id", "<b>" * 12, "\u00ff" * 36, "x" * 10_000])
async def test_an_id_that_is_none_of_the_gateways_is_not_taken(client: httpx.AsyncClient, forged: str) -> None:
    headers = {b"x-amz-target": TARGET.encode() + b"ListTables", b"content-type": b"application/x-amz-json-1.0"}
    headers[b"x-ruststack-request-id"] = forged.encode("latin-1")
    answer = await client.post("/", headers=headers, content=b"{}")
    assert answer.status_code == 200
    assert answer.json()["TableNames"] != [forged]
    assert len(answer.json()["TableNames"][0]) == 36
