"""The supervisor by itself. It takes its process's signals and forks, so each test runs it in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT, clean_environment
from tests.waiting import PATIENCE


class Supervised:
    def __init__(self, what: str, *options: str, folder: Path) -> None:
        self.marker = folder / "marker"
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("supervised.py")), what, str(self.marker), *options],
                stderr=log,
                env=clean_environment(PYTHONPATH=str(ROOT)),
            )

    def log(self) -> str:
        return self._log.read_text()

    def wait_for(self, pattern: str) -> re.Match[str]:
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.log())):
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.01)
        return found

    def pids(self) -> list[int]:
        return [int(pid) for pid in re.findall(r"pid (\d+)", self.log())]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    started: list[Supervised] = []

    def start(what: str, *options: str) -> Supervised:
        started.append(Supervised(what, *options, folder=tmp_path))
        return started[-1]

    yield start
    for supervised in started:
        supervised.process.kill()
        supervised.process.wait()


@pytest.fixture
def short_path() -> Iterator[Path]:
    """For a socket, whose path may have about a hundred characters."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "socket"


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_a_member_that_is_killed_is_started_again_and_that_is_logged(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise("obedient", "--ready")
    supervised.wait_for(r"obedient \| pid")
    os.kill(supervised.pids()[0], signal.SIGKILL)
    supervised.wait_for(r"fleet    \| obedient has died \(killed by SIGKILL\); it is started again in 0.1 s")
    supervised.wait_for(r"(?s)pid.*pid")
    assert is_alive(supervised.pids()[1])


def test_a_member_that_keeps_dying_is_waited_for_longer_each_time(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise("failing", "--ready")
    supervised.wait_for(r"(?s)exit status 7.*again in 0\.1 s.*again in 0\.2 s.*again in 0\.4 s")


def test_a_member_that_fails_before_all_are_ready_is_the_end(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise("failing")
    assert supervised.process.wait(10) == 1
    assert "failing did not start (exit status 7)" in supervised.log()


def test_sigterm_stops_the_members_first(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise("obedient", "--ready")
    supervised.wait_for("pid")
    supervised.process.terminate()
    assert supervised.process.wait(10) == 0
    assert supervised.marker.read_text() == "stopped"
    assert not is_alive(supervised.pids()[0])
    assert "has died" not in supervised.log()


def test_a_member_that_does_not_stop_is_killed_when_its_time_is_up(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise("stubborn", "--ready")
    supervised.wait_for("pid")
    supervised.process.terminate()
    assert supervised.process.wait(10) == 0
    assert "stubborn did not stop in 0.5 s and is killed" in supervised.log()
    assert not is_alive(supervised.pids()[0])


def ask(path: Path, text: bytes = b"hello") -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(30)
        connection.connect(str(path))
        connection.sendall(text)
        return connection.recv(10)


def test_a_member_with_a_socket_is_started_by_whoever_calls(
    supervise: Callable[..., Supervised], short_path: Path
) -> None:
    supervised = supervise("answering", "--ready", "--socket", str(short_path))
    supervised.wait_for("listens")
    assert supervised.pids() == []
    assert ask(short_path) == b"here"
    supervised.wait_for("pid")
    assert ask(short_path) == b"here", "it has ended after the first call, and is started by the second"
    supervised.wait_for("(?s)pid.*pid")
    assert len(set(supervised.pids())) == 2
    assert "has died" not in supervised.log()
    assert "was stopped" not in supervised.log()


def test_a_member_with_a_socket_that_dies_is_started_by_the_next_call(
    supervise: Callable[..., Supervised], short_path: Path
) -> None:
    supervised = supervise("answering", "--socket", str(short_path))
    supervised.wait_for("listens")
    assert ask(short_path, b"die") == b""
    supervised.wait_for("answering has died")
    assert ask(short_path) == b"here"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells a child of its parent's end on Linux only")
def test_members_end_with_a_supervisor_that_is_killed(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise("obedient", "--ready")
    supervised.wait_for("pid")
    supervised.process.kill()
    supervised.process.wait()
    deadline = time.monotonic() + 5
    while is_alive(supervised.pids()[0]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
