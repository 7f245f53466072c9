"""The console's process: there once somebody comes, gone when nobody has come for long, small."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests.processes import Running, running_fleet

PAGE = "/_ruststack/console/000000000000/us-east-1/"


def console_pid(fleet: Running) -> int | None:
    """None where there is none."""
    for child in psutil.Process(fleet.pid).children():
        if "console" in child.cmdline():
            return child.pid
    return None


def wait_until_gone(fleet: Running) -> None:
    deadline = time.monotonic() + 30
    while console_pid(fleet) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_starts_at_a_visit_and_goes_when_nobody_comes(tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"RUSTSTACK_CONSOLE_IDLE_SECONDS": "1"}) as fleet:
        assert console_pid(fleet) is None
        assert httpx.get(fleet.url + PAGE, timeout=30).status_code == 200
        first = console_pid(fleet)
        assert first is not None
        wait_until_gone(fleet)
        assert httpx.get(fleet.url + PAGE, timeout=30).status_code == 200
        assert console_pid(fleet) not in (None, first)
        assert "died" not in fleet.log.read_text()


@pytest.mark.timeout(120)
def test_one_that_is_killed_is_there_again_at_the_next_visit(own_fleet: Running) -> None:
    httpx.get(own_fleet.url + PAGE, timeout=30)
    pid = console_pid(own_fleet)
    assert pid is not None
    psutil.Process(pid).kill()
    deadline = time.monotonic() + 30
    while httpx.get(own_fleet.url + PAGE, timeout=30).status_code != 200:
        assert time.monotonic() < deadline
    assert own_fleet.is_healthy()
