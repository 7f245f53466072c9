"""The console's process: there once somebody comes, gone when nobody has come for long."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests.processes import Running, running_fleet

PAGE = "/_ruststack/console/000000000000/us-east-1/"
_SECONDS = 60


def console_runs(fleet: Running) -> bool:
    return any("console" in child.cmdline() for child in psutil.Process(fleet.pid).children())


def pid_of_console(fleet: Running) -> int:
    """It is started by the question."""
    pid: int = httpx.get(f"{fleet.url}/_ruststack/console/health", timeout=_SECONDS).json()["pid"]
    return pid


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + _SECONDS
    while psutil.pid_exists(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_starts_at_a_visit_and_goes_when_nobody_comes(tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"RUSTSTACK_CONSOLE_IDLE_SECONDS": "1"}) as fleet:
        assert not console_runs(fleet)
        first = pid_of_console(fleet)
        wait_until_gone(first)
        assert pid_of_console(fleet) != first
        assert httpx.get(fleet.url + PAGE, timeout=_SECONDS).status_code == 200
        assert "died" not in fleet.log.read_text()


@pytest.mark.timeout(180)
def test_one_that_is_killed_is_there_again_at_the_next_visit(own_fleet: Running) -> None:
    psutil.Process(pid_of_console(own_fleet)).kill()
    deadline = time.monotonic() + _SECONDS
    while httpx.get(own_fleet.url + PAGE, timeout=_SECONDS).status_code != 200:
        assert time.monotonic() < deadline
    assert own_fleet.is_healthy()
