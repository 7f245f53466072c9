"""Each request that once found something, put to a fleet: an answer that is no failure, and soon, and no trace."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.hostile.cases import Case, cases
from tests.hostile.connection import Connection
from tests.hostile.fuzzing import Limits, Run, traces
from tests.hostile.generating import prepare
from tests.processes import running_fleet

CASES = {case.name: case for case in cases()}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with running_fleet(tmp_path_factory.mktemp("corpus")) as fleet:
        prepare(fleet)
        yield Run(fleet, "", Limits(small=1.0, large=1.0), None)


@pytest.mark.parametrize("name", CASES)
def test_is_answered(run: Run, name: str) -> None:
    fleet, case = run.fleet, CASES[name]
    log = len(fleet.log.read_text())
    for address in (run.sockets[case.service], fleet.port):
        assert asyncio.run(put(run, case, address)) == ""
    assert list(traces(fleet.log.read_text()[log:])) == []
    assert fleet.service_pids().items() <= run.pids.items()


async def put(run: Run, case: Case, address: str | int) -> str:
    connection = Connection(address, 30)
    before = run.figures.statuses.copy()
    why = await run.put(connection, case.service, case.sent)
    await connection.close()
    statuses = set(run.figures.statuses - before)
    if case.statuses and not statuses <= set(case.statuses):
        return f"{why} answered {statuses}"
    return why
