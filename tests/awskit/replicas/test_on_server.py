"""Replicas on one PostgreSQL: what is told, who does what once, and a server that ends their sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest

from awskit.replicas.on_server import ReplicasOnServer

_SECONDS = 20


@pytest.fixture
def connect(postgresql_url: str) -> Callable[[], Any]:
    address = postgresql_url.replace("postgresql+psycopg", "postgresql")
    return lambda: psycopg.connect(address, autocommit=True)


@pytest.fixture
async def two(connect: Callable[[], Any]) -> AsyncIterator[tuple[ReplicasOnServer, ReplicasOnServer]]:
    """Two that know of each other."""
    one, other = ReplicasOnServer(connect), ReplicasOnServer(connect)
    await one.start()
    await other.start()
    await _until(lambda: not one.alone and not other.alone)
    yield one, other
    one.close()
    other.close()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_one_that_is_alone_tells_nothing(connect: Callable[[], Any]) -> None:
    one = ReplicasOnServer(connect)
    await one.start()
    await asyncio.sleep(0.1)
    assert one.alone
    one.close()


async def test_what_is_told_reaches_the_other(two: tuple[ReplicasOnServer, ReplicasOnServer]) -> None:
    one, other = two
    heard: list[tuple[int, ...]] = []
    one.subscribe("ready", lambda values: heard.append((0, *values)))
    other.subscribe("ready", heard.append)
    for number in range(2_000):  # more than a notification holds
        one.tell("ready", number, 1)
    await _until(lambda: len(heard) == 2_000)
    assert heard == [(number, 1) for number in range(2_000)]


async def test_a_lost_connection_is_made_anew(
    two: tuple[ReplicasOnServer, ReplicasOnServer], connect: Callable[[], Any]
) -> None:
    one, other = two
    heard: list[tuple[int, ...]] = []
    other.subscribe("ready", heard.append)
    with connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    async with asyncio.timeout(_SECONDS):
        while not heard:
            one.tell("ready", 1)
            await asyncio.sleep(0.1)


async def test_a_lease_is_held_by_one_and_passed_on(connect: Callable[[], Any]) -> None:
    one, other = ReplicasOnServer(connect), ReplicasOnServer(connect)
    leases = [replicas.lease("sweeping") for replicas in (one, other)]
    await one.start()
    await other.start()
    await _until(lambda: [lease.held() for lease in leases].count(True) == 1)
    first = leases.index(next(lease for lease in leases if lease.held()))
    (one, other)[first].close()
    await _until(leases[1 - first].held)
    (one, other)[1 - first].close()
