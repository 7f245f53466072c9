"""Keeps a set of processes running: starts them, gathers their output, starts one again that dies, stops them in order.

In: a `Member` per process, being its name and what a forked child of it runs. The supervisor has one thread and one
loop (`turn`): signals come in over a wake-up descriptor, output over pipes, time by the selector's time-out.

A member with a listening socket of its own (`listening`) is started once somebody connects to it, and may end when
nobody has for long: the connection that comes then waits in the socket until it has been started again.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ruststack.fleets.log_stream import LogStream
from ruststack.fleets.processes import Process, describe_end, spawn

_FIRST_DELAY = 0.1
_LONGEST_DELAY = 10.0
_LIVED_LONG = 5.0
_LONGEST_TURN = 1.0
_HEAD_START = 0.25
_KILL_SECONDS = 2.0
_READ_SIZE = 65_536
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StartFailed(Exception):
    """A process ended with a failure before the fleet was ready; what it said is in the log."""


@dataclass(slots=True)
class Member:
    """One supervised process. `run` is called in the child, and is the child's whole life."""

    name: str
    run: Callable[[], None]
    listening: socket.socket | None = None
    process: Process | None = None
    started: float = 0.0
    deaths: int = 0
    start_again_at: float | None = None
    is_retired: bool = False


class Supervisor:
    """See the module. Made once a process, since it takes the process's signals."""

    def __init__(self, log: LogStream) -> None:
        self._log = log
        self._members: list[Member] = []
        self._tasks: dict[int, tuple[Process, str, Callable[[int], None]]] = {}
        self._selector = selectors.DefaultSelector()
        self._ready = False
        self._stopping = False
        self.stop_requests = 0
        self._wake_up, waking = socket.socketpair()
        for end in (self._wake_up, waking):
            end.setblocking(False)
        self._waking = waking
        signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
        for number in _STOP_SIGNALS:
            signal.signal(number, self._on_stop_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._wake_up, selectors.EVENT_READ, None)

    def start(self, member: Member) -> None:
        """Start it, and from now on keep it running."""
        if member not in self._members:
            self._members.append(member)
        member.start_again_at = None
        if member.listening is not None and member.listening in self._selector.get_map():
            self._selector.unregister(member.listening)
        member.started = time.monotonic()
        member.process = self._spawn(member.name, member.run)

    def start_when_asked(self, member: Member) -> None:
        """Start it once somebody connects to its socket, and again when that happens after it has ended."""
        assert member.listening is not None
        if member not in self._members:
            self._members.append(member)
        member.start_again_at = None
        self._selector.register(member.listening, selectors.EVENT_READ, member)

    def run_once(self, name: str, run: Callable[[], None], ended: Callable[[int], None]) -> int:
        """Start a process that is to end by itself; `ended` gets its wait status. Its process id comes back."""
        process = self._spawn(name, run)
        self._tasks[process.pid] = (process, name, ended)
        return process.pid

    def end(self, pid: int) -> None:
        """Ask a process of `run_once`, and what it has started, to end."""
        if pid in self._tasks:
            try:
                os.killpg(pid, signal.SIGTERM)
            except ProcessLookupError:  # it has no group of its own yet
                os.kill(pid, signal.SIGTERM)

    def is_ready(self) -> None:
        """Say that every member works: from now on one that fails is started again, not given up."""
        self._ready = True

    def turn(self, timeout: float = _LONGEST_TURN) -> None:
        """Wait for something to happen, `timeout` seconds at most, and deal with it. May raise `StartFailed`."""
        now = time.monotonic()
        due = [member.start_again_at for member in self._members if member.start_again_at is not None]
        wait = max(0.0, min([timeout, *(moment - now for moment in due)]))
        for key, _ in self._selector.select(wait):
            if key.data is None:
                self._drain_wake_up()
            elif isinstance(key.data, Member):
                self._on_call(key.data)
            else:
                self._read(key.fd, key.data)
        self._reap()
        now = time.monotonic()
        for member in self._members:
            if member.start_again_at is not None and member.start_again_at <= now and not self._stopping:
                self._start_again(member)

    def retire(self, member: Member, seconds: float) -> None:
        """Stop one before all others, where it runs at all, and kill it after `seconds`."""
        member.is_retired, member.start_again_at = True, None
        self._signal([member], signal.SIGTERM)
        self._wait_for_end([member], time.monotonic() + seconds)
        self._signal([member], signal.SIGKILL)

    def stop(self, first: Member, seconds: float) -> None:
        """Stop the members, and kill what is left after `seconds`.

        `first` takes the requests in, so it is told to stop before the rest: what it has passed on is answered still.
        """
        self._stopping = True
        deadline = time.monotonic() + seconds
        self._signal([first], signal.SIGTERM)
        self._wait_for_end([first], time.monotonic() + _HEAD_START)
        self._signal([member for member in self._members if member is not first], signal.SIGTERM)
        self._wait_for_end(self._members, deadline)
        for member in self._living(self._members):
            self._log.say(f"{member.name} did not stop in {seconds:g} s and is killed")
        self._signal(self._members, signal.SIGKILL)
        for process, _, _ in self._tasks.values():
            os.kill(process.pid, signal.SIGKILL)
        self._wait_for_end(self._members, time.monotonic() + _KILL_SECONDS)

    def _spawn(self, name: str, run: Callable[[], None]) -> Process:
        process = spawn(name, run)
        self._selector.register(process.output, selectors.EVENT_READ, name)
        return process

    def _on_stop_signal(self, number: int, frame: object) -> None:
        self.stop_requests += 1

    def _drain_wake_up(self) -> None:
        try:
            while self._wake_up.recv(4096):
                pass
        except BlockingIOError:
            return

    def _read(self, descriptor: int, name: str) -> None:
        data = os.read(descriptor, _READ_SIZE)
        if data:
            self._log.feed(name, data)
        else:
            self._close_output(descriptor, name)

    def _close_output(self, descriptor: int, name: str) -> None:
        self._selector.unregister(descriptor)
        os.close(descriptor)
        self._log.end(name)

    def _reap(self) -> None:
        # Any child: in a container this is process 1, and inherits what the init scripts leave behind.
        while (ended := _next_ended_child()) is not None:
            pid, status = ended
            member = next((one for one in self._members if one.process is not None and one.process.pid == pid), None)
            if member is not None and member.process is not None:
                self._take_last_output(member.process, member.name)
                member.process = None
                self._on_death(member, status)
            elif pid in self._tasks:
                process, name, on_end = self._tasks.pop(pid)
                self._take_last_output(process, name)
                on_end(status)

    def _take_last_output(self, process: Process, name: str) -> None:
        # A child of the child's may hold the pipe open, so its end is not waited for.
        try:
            while data := os.read(process.output, _READ_SIZE):
                self._log.feed(name, data)
        except OSError:
            pass
        if process.output in self._selector.get_map():
            self._close_output(process.output, name)

    def _on_call(self, member: Member) -> None:
        if self._stopping:
            assert member.listening is not None
            self._selector.unregister(member.listening)  # whoever calls is told by the socket's end
        else:
            self.start(member)

    def _start_again(self, member: Member) -> None:
        if member.listening is None:
            self.start(member)
        else:
            self.start_when_asked(member)

    def _on_death(self, member: Member, status: int) -> None:
        if self._stopping or member.is_retired:
            return
        if member.listening is not None and status == 0:
            self.start_when_asked(member)
            return
        how = describe_end(status)
        if not self._ready and os.WIFEXITED(status) and member.listening is None:
            raise StartFailed(f"{member.name} did not start ({how})")
        member.deaths = 1 if time.monotonic() - member.started > _LIVED_LONG else member.deaths + 1
        delay = min(_FIRST_DELAY * 2 ** (member.deaths - 1), _LONGEST_DELAY)
        member.start_again_at = time.monotonic() + delay
        # A service that was told to stop by somebody else (Ctrl-C or `kill` on its own process) ends with 0.
        what = "has died" if status else "was stopped, not by this fleet"
        self._log.say(f"{member.name} {what} ({how}); it is started again in {delay:g} s")

    @staticmethod
    def _living(members: Sequence[Member]) -> list[Member]:
        return [member for member in members if member.process is not None]

    def _signal(self, members: Sequence[Member], number: signal.Signals) -> None:
        for member in self._living(members):
            assert member.process is not None
            os.kill(member.process.pid, number)

    def _wait_for_end(self, members: Sequence[Member], deadline: float) -> None:
        while self._living(members) and (left := deadline - time.monotonic()) > 0:
            self.turn(left)


def _next_ended_child() -> tuple[int, int] | None:
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (pid, status) if pid else None
