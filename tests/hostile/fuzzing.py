"""A run of the fuzzer against a fleet: lanes of requests, probes beside them, and what was found.

A lane sends one request after the other, so that what a process uses meanwhile is the request's: each service has one
straight at its socket, and one through the gateway. What is slow or large is sent twice again, and counts where it
goes over each time. After each round the logs, the process ids and the memory are looked at, and everything is emptied.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError

import psutil

from tests.hostile.cases import save
from tests.hostile.connection import Connection, Outcome
from tests.hostile.generating import OF_GATEWAY, SERVICES, Generator, prepare
from tests.hostile.measuring import MEGABYTE, Stall, Target, Usage, forget_peak, peak_memory, probing
from tests.hostile.mutations import Sent
from tests.processes import Running, is_gateway

_DOCUMENTED = (501, 503)
_NEVER = ("failed", "wrong")
_GATEWAYS_OWN = "/_ruststack/none"  # it asks no service
_LARGE = 16 * 1024
_WAITING = ("ReceiveMessage",)
_PLACE = re.compile(r'File "[^"]*/((?:awskit|services|gateway)/[^"]+)", line ([0-9]+)')


@dataclass(frozen=True)
class Limits:
    """Seconds of the processor for a request that is small and answered shortly, and for another; bytes of memory."""

    small: float
    large: float
    memory: int = 64 * MEGABYTE
    answer: float = 10.0

    def seconds(self, sent: Sent, outcome: Outcome) -> float:
        return self.large if sent.size > _LARGE or len(outcome.text) >= 2000 else self.small


@dataclass(frozen=True)
class Finding:
    service: str
    sent: Sent
    why: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.service, self.sent.label, self.why.split(":")[0]


@dataclass
class Figures:
    """What a run came to."""

    requests: int = 0
    late: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    findings: dict[tuple[str, str, str], Finding] = field(default_factory=dict)
    stalls: dict[str, Stall] = field(default_factory=dict)
    memory: list[dict[str, float]] = field(default_factory=list)
    log: Counter[str] = field(default_factory=Counter)

    @property
    def growth(self) -> dict[str, tuple[float, float]]:
        """Each process's memory after the first round and after the last, in megabytes."""
        return {name: (self.memory[0][name], self.memory[-1][name]) for name in self.memory[0]}

    def found(self, finding: Finding) -> None:
        self.findings.setdefault(finding.key, finding)

    def lines(self) -> Iterator[str]:
        """The figures to be read."""
        kinds = Counter({f"{status // 100}xx": 0 for status in self.statuses})
        for status, count in self.statuses.items():
            kinds[f"{status // 100}xx"] += count
        yield f"{self.requests} requests: {dict(sorted(kinds.items()))}, {self.late} without an answer in time"
        for name, stall in self.stalls.items():
            yield (
                f"{name}: deaf for {stall.wall * 1000:.0f} ms at most ({stall.own * 1000:.0f} without waiting for a "
                f"processor, {stall.processor * 1000:.0f} on it), {stall.probes} probes"
            )
        for name in self.memory[0] if self.memory else ():
            sizes = [entry[name] for entry in self.memory]
            yield f"{name}: {sizes[0]:.0f} MB, at the end {sizes[-1]:.0f}, within {min(sizes):.0f} and {max(sizes):.0f}"
        for finding in self.findings.values():
            yield f"FOUND {finding.service} {finding.sent.label}: {finding.why}"
        yield from (f"LOG {count} x {line}" for line, count in self.log.items())


class Run:
    """See the module. `limits` are a run's, `folder` takes what is found, as cases."""

    def __init__(self, fleet: Running, seed: str, limits: Limits, folder: Path | None, interval: float = 0.02) -> None:
        self.fleet = fleet
        self._seed = seed
        self._limits = limits
        self._folder = folder
        self._interval = interval
        self._log_read = len(fleet.log.read_bytes())
        self._made: dict[str, list[Sent]] = {}
        self.figures = Figures()
        self.pids = fleet.service_pids()
        gateway = next(one for one in psutil.Process(fleet.pid).children() if is_gateway(one))
        self.pids["gateway"] = gateway.pid
        with suppress(HTTPError):  # which loads what the gateway needs for it
            fleet.get(_GATEWAYS_OWN)
        self.sockets = {name: _socket_of(self.pids[name], name) for name in SERVICES}

    def rounds(self, requests: int, seconds: float) -> Iterator[Figures]:
        """Round after round, of so many requests each, until the time is over."""
        ends = time.monotonic() + seconds
        number = 0
        while time.monotonic() < ends:
            prepare(self.fleet)
            with probing(self._targets(), self._interval, self.figures.stalls):
                asyncio.run(self._round(number, requests, ends))
            self._look()
            self.fleet.post("/_ruststack/reset")
            number += 1
            yield self.figures

    async def _round(self, number: int, requests: int, ends: float) -> None:
        lanes = [
            self._lane(service, through, f"{self._seed}/{number}/{through}", requests // (2 * len(SERVICES)), ends)
            for service in SERVICES
            for through in ("socket", "gateway")
        ]
        lanes.append(self._lane(OF_GATEWAY, "gateway", f"{self._seed}/{number}", requests // (4 * len(SERVICES)), ends))
        await asyncio.gather(*lanes)

    def _targets(self) -> dict[str, Target]:
        made = {name: Target(self.pids[name], self.sockets[name]) for name in SERVICES}
        return {**made, "gateway": Target(self.pids["gateway"], self.fleet.port, _GATEWAYS_OWN)}

    async def _lane(self, service: str, through: str, seed: str, requests: int, ends: float) -> None:
        generator = Generator(service, seed)
        address: str | int = self.sockets[service] if through == "socket" else self.fleet.port
        connection = Connection(address, self._limits.answer)
        for _ in range(requests):
            if time.monotonic() > ends:
                break
            sent = next(generator)
            why = await self.put(connection, service, sent)
            if why.startswith(_NEVER) or (
                why and await self.put(connection, service, sent) and (why := await self.put(connection, service, sent))
            ):
                self._keep(Finding(service, sent, why))
        await connection.close()

    async def put(self, connection: Connection, service: str, sent: Sent) -> str:
        """Send it; why it is a finding, nothing where it is none."""
        pid = self.pids["gateway" if service == OF_GATEWAY else service]
        forget_peak(pid)
        before = Usage.of(pid)
        outcome = await connection.exchange(sent)
        after = Usage.of(pid)
        figures = self.figures
        figures.requests += 1
        figures.late += outcome.late
        figures.statuses.update(outcome.statuses)
        if why := failure(outcome):
            return why
        if sent.label.startswith(_WAITING):
            return ""  # others have been busy meanwhile
        if outcome.late and sent.answers:
            return "no answer"
        seconds = after.seconds - before.seconds
        if seconds > self._limits.seconds(sent, outcome):
            return f"slow: {seconds:.3f} s of the processor"
        grown = peak_memory(pid) - before.memory
        if grown > self._limits.memory:
            return f"large: {grown / MEGABYTE:.0f} MB"
        return ""

    def _keep(self, finding: Finding) -> None:
        if self._folder is not None and finding.key not in self.figures.findings:
            save(self._folder, finding.service, finding.sent, finding.why)
        self.figures.found(finding)

    def _look(self) -> None:
        """What the round has left."""
        figures = self.figures
        log = self.fleet.log.read_bytes()
        new, self._log_read = log[self._log_read :].decode(errors="replace"), len(log)
        figures.log.update(traces(new))
        figures.log.update(line for line in new.splitlines() if "has died" in line)
        for name, pid in tuple(self.pids.items()):
            if not psutil.pid_exists(pid):
                figures.log[f"{name} has died:\n{new[-3000:]}"] += 1
                self.pids = {**self.pids, **self.fleet.service_pids()}
        figures.memory.append({name: Usage.of(pid).memory / MEGABYTE for name, pid in self.pids.items()})


def traces(log: str) -> Iterator[str]:
    """Each trace of a log in a line: the error, and the last places in our own code."""
    places: list[str] = []
    for line in log.splitlines():
        text = line.partition(" | ")[2] or line
        if text.startswith("Traceback"):
            places = [text]
        elif places and (found := _PLACE.search(text)) is not None:
            places.append(f"{found[1]}:{found[2]}")
        elif places and not text.startswith(" "):
            yield f"{text[:300]} at {' '.join(places[-4:])}"
            places = []


def failure(outcome: Outcome) -> str:
    """What is wrong with an answer, whatever was asked."""
    if outcome.wrong:
        return f"wrong: {outcome.wrong}"
    for status in outcome.statuses:
        if status >= 500 and status not in _DOCUMENTED:
            return f"failed: {status}"
    if b"InternalFailure" in outcome.text or b">InternalError<" in outcome.text:
        return "failed: InternalFailure"
    return ""


def _socket_of(pid: int, service: str) -> str:
    """The path of the unix socket on which the service listens; it may have inherited others."""
    return next(
        str(one.laddr)
        for one in psutil.Process(pid).net_connections("unix")
        if str(one.laddr).endswith(f"{service}.sock")
    )
