"""A process whose event loop is deaf ends, whatever has made it so, and says what it was doing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from awskit.process.watchdog import DeafTurns
from tests.gateway.servers import connect
from tests.processes import free_port

SERVER = """
import re, sys, threading, time
from awskit.http.server import serve

class App:
    async def __call__(self, scope, receive, send):
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    async def handle(self, exchange):
        how = exchange.path.decode()
        if how == "/loop":
            while True:
                pass
        if how == "/lock":
            lock = threading.Lock()
            lock.acquire()
            lock.acquire()
        if how == "/expression":
            re.fullmatch("(a*)*b", "a" * 40)
        exchange.answer(200, [], b"here")

serve(App(), port=int(sys.argv[1]), watchdog_seconds=float(sys.argv[2]))
"""


class Process:
    def __init__(self, seconds: float) -> None:
        self.port = free_port()
        command = [sys.executable, "-c", SERVER, str(self.port), str(seconds)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=Path(__file__).parents[3])
        deadline = time.monotonic() + 60
        while not self.answers():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with connect(self.port) as peer:
                peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                return bool(peer.read_answer()[2] == b"here")
        except (OSError, EOFError):
            return False

    def hang(self, how: str) -> None:
        with connect(self.port) as peer:
            peer.send(f"GET /{how} HTTP/1.1\r\nHost: h\r\n\r\n".encode())

    def end(self) -> tuple[int, str]:
        """Its exit status, and what it has said."""
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said.decode()

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.mark.parametrize(
    ("how", "line"), [("loop", "pass"), ("lock", "lock.acquire()"), ("expression", 're.fullmatch("(a*)*b", "a" * 40)')]
)
def test_a_deaf_process_ends(how: str, line: str) -> None:
    process = Process(1)
    process.hang(how)
    status, said = process.end()
    if how == "expression":  # it lets no other thread run
        assert status == -signal.SIGPROF
    else:
        assert status == 70 or (how == "loop" and status == -signal.SIGPROF)
    last = max(number for number, found in enumerate(SERVER.split("\n"), 1) if line in found)
    assert any(f'"<string>", line {near} in handle' in said for near in (last - 1, last))


def test_a_process_that_was_paused_goes_on() -> None:
    process = Process(1)
    try:
        process.process.send_signal(signal.SIGSTOP)
        time.sleep(2.5)
        process.process.send_signal(signal.SIGCONT)
        for _ in range(20):
            assert process.answers()
            time.sleep(0.1)
        assert process.process.poll() is None
    finally:
        process.stop()


def deaf_after(waits: list[float], beats: list[int], seconds: float = 5.0) -> int | None:
    """The turn, each a second long, at which a loop with these beats and waits (in all) is taken for deaf."""
    turns = DeafTurns(seconds)
    assert turns.length == 1.0
    ended = [turns.end_one(beat, wait) for beat, wait in zip(beats, waits, strict=True)]
    return ended.index(True) if True in ended else None


def test_waiting_for_a_processor_is_not_being_deaf() -> None:
    still = [7] * 20
    assert deaf_after([3.0] * 20, still) == 5  # the first turn but hears where the loop is
    assert deaf_after([3.0 + turn for turn in range(20)], still) is None
    assert deaf_after([3.0 + turn / 2 for turn in range(20)], still) == 10
    # a system that does not say how long that was
    assert deaf_after([0.0] * 20, still) == 5


def test_a_loop_that_goes_round_now_and_then_is_not_deaf() -> None:
    assert deaf_after([0.0] * 20, [turn // 4 for turn in range(20)]) is None
    assert deaf_after([0.0] * 20, [min(turn // 4, 2) for turn in range(20)]) == 13


def test_it_can_be_turned_off() -> None:
    process = Process(0)
    try:
        process.hang("lock")
        time.sleep(2)
        assert process.process.poll() is None
    finally:
        process.stop()
