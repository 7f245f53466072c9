"""A hundred clients count and transfer while the process is killed: every sum is exact afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import uuid
from pathlib import Path
from typing import Any

from benchmarks.dynamodb_client import connected
from tests.processes import Running, running_service

_CLIENTS = 100
_INCREMENTS = 3
_TRANSFERS = 3
_ACCOUNTS = 10
_BALANCE = 1000


def _add(key: str, amount: int, condition: str | None = None) -> dict[str, Any]:
    update: dict[str, Any] = {
        "TableName": "sums",
        "Key": {"a": {"S": key}},
        "UpdateExpression": "ADD n :amount",
        "ExpressionAttributeValues": {":amount": {"N": str(amount)}},
    }
    if condition is not None:
        update["ConditionExpression"] = condition
        update["ExpressionAttributeValues"][":least"] = {"N": str(abs(amount))}
    return {"Update": update}


async def _until_answered(url: str, *actions: dict[str, Any]) -> None:
    """Send a transaction until it is answered, under one token, so that it happens once however often it is sent."""
    token = str(uuid.uuid4())
    while True:
        try:
            async with connected(url) as connection:
                await connection.call("TransactWriteItems", TransactItems=list(actions), ClientRequestToken=token)
                return
        except RuntimeError as error:
            assert "TransactionCanceledException" in str(error)
            return
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.05)


async def _client(url: str, number: int) -> None:
    chosen = random.Random(number)
    for _ in range(_INCREMENTS):
        await _until_answered(url, _add("counter", 1))
        await asyncio.sleep(chosen.random() * 0.2)
    for _ in range(_TRANSFERS):
        source, target = chosen.sample(range(_ACCOUNTS), 2)
        amount = chosen.randrange(1, 200)
        await _until_answered(url, _add(f"account-{source}", -amount, "n >= :least"), _add(f"account-{target}", amount))
        await asyncio.sleep(chosen.random() * 0.2)


async def _kill_and_restart(service: Running, times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0.5)
        assert service.process is not None
        service.process.send_signal(signal.SIGKILL)
        service.process.wait()
        await asyncio.to_thread(service.start)


async def _run(service: Running) -> None:
    async with connected(service.url) as connection:
        await connection.call(
            "CreateTable",
            TableName="sums",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        )
        for number in range(_ACCOUNTS):
            account = {"a": {"S": f"account-{number}"}, "n": {"N": str(_BALANCE)}}
            await connection.call("PutItem", TableName="sums", Item=account)
    clients = (_client(service.url, number) for number in range(_CLIENTS))
    await asyncio.gather(_kill_and_restart(service, 2), *clients)
    async with connected(service.url) as connection:
        page = await connection.call("Scan", TableName="sums")
        described = await connection.call("DescribeTable", TableName="sums")
    numbers = {item["a"]["S"]: int(item["n"]["N"]) for item in page["Items"]}
    assert numbers.pop("counter") == _CLIENTS * _INCREMENTS
    assert sum(numbers.values()) == _ACCOUNTS * _BALANCE
    assert min(numbers.values()) >= 0
    assert described["Table"]["ItemCount"] == _ACCOUNTS + 1


async def test_sums_are_exact_after_the_process_was_killed(tmp_path: Path) -> None:
    with running_service("dynamodb", tmp_path / "service") as service, contextlib.suppress(ProcessLookupError):
        await _run(service)
