"""Two replicas of DynamoDB, one database, a global table: written at both in both regions while one is killed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Running, running_service
from tests.services.dynamodb.global_tables.test_two_applications import (
    AWAY,
    HOME,
    PATH,
    TABLE,
    clients_of,
    create,
    ids,
    item,
    kill,
    streamed,
)
from tests.waiting import wait_until


@pytest.fixture(params=["sqlite", "postgresql"])
def processes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Running]]:
    environment = {"RUSTSTACK_FLEET": "two", "RUSTSTACK_DATA_DIR": str(tmp_path / "data")}
    if request.param == "postgresql":
        environment["RUSTSTACK_DYNAMODB_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    with ExitStack() as stack:
        yield [
            stack.enter_context(running_service("dynamodb", tmp_path / str(number), environment=environment))
            for number in range(2)
        ]


class Writer:
    """Puts items under names of its own until it is told to stop or its process is gone."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name
        self._ends = threading.Event()
        self.written: list[str] = []
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def _write(self) -> None:
        while not self._ends.is_set():
            name = f"{self._name}-{len(self.written)}"
            try:
                self._client.put_item(TableName=TABLE, Item={"id": {"S": name}})
            except Exception:  # the process is gone: whether it was written is not known
                return
            self.written.append(name)

    def stop(self) -> None:
        self._ends.set()
        self._thread.join()


def test_one_that_is_killed_loses_no_write_and_sends_none_twice(processes: list[Running]) -> None:
    killed, left = processes
    create(clients_of(left)[0])
    writers = [
        Writer(client, f"{number}-{region}")
        for number, process in enumerate(processes)
        for client, region in zip(clients_of(process), (HOME, AWAY), strict=True)
    ]
    wait_until(lambda: all(len(writer.written) > 20 for writer in writers))
    kill(killed)
    before = [len(writer.written) for writer in writers]
    wait_until(lambda: all(len(writers[number].written) > before[number] + 20 for number in (2, 3)))
    for writer in writers:
        writer.stop()
    left.advance_clock(61)  # what the dead one had leased lapses
    home, away = clients_of(left)
    wait_until(lambda: left.get(PATH)["waiting"] == [])
    assert {name for writer in writers for name in writer.written} <= ids(home) == ids(away)
    for region in (HOME, AWAY):
        names = streamed(left, region)
        assert len(names) == len(set(names))
        assert set(names) == ids(home)


def test_a_region_that_is_cut_off_at_one_is_cut_off_at_the_other(processes: list[Running]) -> None:
    one, other = processes
    home, away = clients_of(one)
    create(home)
    key = {"id": {"S": "k"}}
    one.post(f"{PATH}?cut={AWAY}")
    clients_of(other)[0].put_item(TableName=TABLE, Item=key)
    wait_until(lambda: [entry["writes"] for entry in other.get(PATH)["waiting"]] == [1])
    assert item(away) is None
    other.post(f"{PATH}?join={AWAY}")
    wait_until(lambda: item(away) == key)
    assert one.get(PATH)["waiting"] == []
