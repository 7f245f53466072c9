"""`/_ruststack/snapshots`: snapshots of the fleet, made of its services' parts (see `awskit.snapshots`).

* `GET`: `{"snapshots": [{"name", "saved_at", "version", "account", "size", "services": {"sqs": {...}}}]}`
* `POST ?name=NAME[&account=...][&replace=1]`: saved
* `POST /NAME/load[?account=...][&clock=saved]`: loaded; the clock goes with it, unless only an account's state is
  loaded: as far ahead as it was, or, `saved`, at the time that it showed
* `DELETE /NAME`
* `GET /NAME/file`: a tar file; `POST /file?name=NAME[&replace=1]` of one, which gzip may have compressed: imported

What cannot be done is answered with 4xx and `{"message": "..."}`. A service that is not enabled, or not in a snapshot,
is left as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import orjson

from awskit import __version__
from awskit.http_client import Response as Answer
from awskit.snapshots.parts import FORMAT, NAME, TOGETHER
from awskit.snapshots.refusals import NoSuchSnapshot, SnapshotError, Unusable
from gateway.control.fleet import Fleet, FleetError
from gateway.control.snapshot_file import END, GZIP, SnapshotReader, Unzipped, beginning

PATH = "/_ruststack/snapshots"
_LONG_SECONDS = 3600.0
_PIECE = 512 * 1024
_SHOWN = ("saved_at", "version", "account", "clock_offset")

Places = dict[str, tuple[str, dict[str, Any]]]
"""By service: the address of an instance that has the part, and what it is."""


class FleetSnapshots:
    """Those of the fleet. Raised: `SnapshotError`, `FleetError`."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._one_at_a_time = asyncio.Lock()

    async def listed(self) -> list[dict[str, Any]]:
        """Every snapshot, the newest first."""
        found = [_shown(name, places) for name, places in (await self._all()).items()]
        return sorted(found, key=lambda one: (-one["saved_at"], one["name"]))

    async def save(self, name: str, account_id: str | None, *, replace: bool) -> dict[str, Any]:
        """Have every service keep its state; where one cannot, there is what there was."""
        _check_name(name)
        async with self._one_at_a_time:
            await self._see_that_it_is_free(name, replace=replace)
            homes = await self._homes()
            change = _Change(self, homes, uuid4().hex)
            asked = {"change": change.id, "together": ",".join(homes)}
            target = f"/-/save?{urlencode(asked if account_id is None else {**asked, 'account': account_id})}"
            try:
                await _all_of(self.send(service, homes[service], target) for service in homes)
            except BaseException:
                await change.give_up()
                raise
            await change.carry_out(name, {})
            return _shown(name, await self._places(name))

    async def load(self, name: str, account_id: str | None, clock: str) -> dict[str, Any]:
        """Put every service where it was; none where one of them would refuse. `clock` is "kept" or "saved"."""
        async with self._one_at_a_time:
            places = await self._whole(name)
            for service, (address, _) in places.items():
                await self._ask(service, address, "POST", f"/{name}/check")
            described = _shown(name, places)
            if account_id is None and described["account"] is None:
                # before: by another clock, what is loaded might be found to have expired
                await self._move_clock(described, clock)
            query = f"?{urlencode({'account': account_id})}" if account_id is not None else ""
            target = f"/{name}/load{query}"
            await _all_of(self._ask(service, address, "POST", target) for service, (address, _) in places.items())
        return {**described, "left_alone": [service for service in self._fleet.names if service not in places]}

    async def delete(self, name: str) -> None:
        """Forget a snapshot."""
        async with self._one_at_a_time:
            await self._places(name)
            await self._forget(name)

    async def exported(self, name: str) -> tuple[int, AsyncIterator[bytes]]:
        """How many bytes the file has, and they."""
        places = await self._whole(name)
        sizes = {service: await self._size(service, address, name) for service, (address, _) in places.items()}
        services = {service: {**places[service][1], "size": size} for service, size in sizes.items()}
        first = beginning({"format": FORMAT, "name": name, "version": __version__, "services": services})

        async def pieces() -> AsyncIterator[bytes]:
            yield first
            for service, (address, _) in places.items():
                offset = 0
                while offset < sizes[service]:
                    target = f"/{name}/piece?offset={offset}&count={_PIECE}"
                    piece = (await self._answer(service, address, "GET", target)).body
                    if not piece:
                        raise FleetError(f"the snapshot {name!r} of {service} has been changed meanwhile")
                    offset += len(piece)
                    yield piece
            yield END

        return len(first) + sum(sizes.values()) + len(END), pieces()

    async def take_in(self, content: AsyncIterator[bytes], name: str | None, *, replace: bool) -> dict[str, Any]:
        """Make a snapshot of a file, under the name that it has there where none is given."""
        if name is not None:
            _check_name(name)
        homes = await self._homes()
        change = _Change(self, homes, uuid4().hex)
        given = _Import(self, homes, change.id)
        try:
            manifest = await given.read(content)
            name = name or str(manifest.get("name"))
            _check_name(name)
            new = await given.take_in()
        except BaseException:
            await change.give_up()
            raise
        async with self._one_at_a_time:
            try:
                await self._see_that_it_is_free(name, replace=replace)
                there = (await self._all()).get(name, {})
            except BaseException:
                await change.give_up()
                raise
            old = {service: address for service, (address, _) in there.items() if service not in new}
            await _Change(self, new, change.id).carry_out(name, old)
        left_out = [service for service in manifest["services"] if service not in self._fleet.names]
        return {**_shown(name, await self._places(name)), "left_out": left_out}

    async def _see_that_it_is_free(self, name: str, *, replace: bool) -> None:
        if not replace and name in await self._all():
            raise SnapshotError(f"there is a snapshot {name!r} already; --replace (replace=1) puts this in its place")

    async def _move_clock(self, described: Mapping[str, Any], clock: str) -> None:
        now = await self._fleet.now()
        offset = described["clock_offset"]
        if clock == "saved":
            offset += described["saved_at"] - (now["now"] - now["offset"])
        if offset != now["offset"]:
            await self._fleet.move_clock({"offset": repr(offset)})

    async def _places(self, name: str) -> Places:
        _check_name(name)
        places = (await self._all()).get(name)
        if places is None:
            raise NoSuchSnapshot(f"there is no snapshot {name!r}; `ruststack snapshot list` lists them")
        return places

    async def _whole(self, name: str) -> Places:
        """The same, with a part of every service that it was made of and that there is here."""
        places = await self._places(name)
        missing = [service for service in _missing(places) if service in self._fleet.names]
        if missing:
            await self._homes()  # one that does not answer may have its part
            raise Unusable(
                f"the snapshot {name!r} is not whole: its part of {', '.join(missing)} is gone; nothing was changed"
            )
        return places

    async def _all(self) -> dict[str, Places]:
        found: dict[str, Places] = {}
        for service, answers in (await self._fleet.ask_each(self._fleet.names, PATH)).items():
            for address, answer in answers.items():
                if isinstance(answer, Answer) and answer.status == 200:
                    for name, part in orjson.loads(answer.body)["snapshots"].items():
                        found.setdefault(name, {}).setdefault(service, (address, part))
        return found

    async def _homes(self) -> dict[str, str]:
        """By service: the address of an instance that answers. Raises `FleetError`."""
        homes: dict[str, str] = {}
        for service, answers in (await self._fleet.ask_each(self._fleet.names, PATH)).items():
            living = [address for address, answer in answers.items() if isinstance(answer, Answer)]
            if not living:
                raise FleetError(f"{service} does not answer")
            homes[service] = living[0]
        return homes

    async def _forget(self, name: str) -> None:
        while places := (await self._all()).get(name):
            for service, (address, _) in places.items():
                await self._ask(service, address, "DELETE", f"/{name}")

    async def _size(self, service: str, address: str, name: str) -> int:
        answer = await self._answer(service, address, "GET", f"/{name}/piece?offset=0&count=0")
        return int(answer.header("x-whole-size"))

    async def _ask(self, service: str, address: str, method: str, target: str) -> Any:
        return orjson.loads((await self._answer(service, address, method, target)).body)

    async def send(self, service: str, address: str, target: str, body: bytes = b"") -> None:
        """POST something for a part."""
        await self._answer(service, address, "POST", target, body)

    async def _answer(self, service: str, address: str, method: str, target: str, body: bytes = b"") -> Answer:
        answer = await self._fleet.ask_one(service, address, method, PATH + target, body, _LONG_SECONDS)
        if answer.status == 200:
            return answer
        try:
            message = str(orjson.loads(answer.body)["message"])
        except (ValueError, LookupError, TypeError):
            message = f"{service} answered {answer.status}"
        refusal = {400: Unusable, 404: NoSuchSnapshot, 409: SnapshotError}.get(answer.status)
        raise refusal(message) if refusal is not None else FleetError(f"{service}: {message}")


class _Change:
    """Parts that services have made are put in place together: all of them, or none."""

    def __init__(self, snapshots: FleetSnapshots, homes: Mapping[str, str], change: str) -> None:
        self._snapshots = snapshots
        self._homes = homes
        self.id = change

    async def carry_out(self, name: str, old: Mapping[str, str]) -> None:
        """Have what each service has made in place; no part where one is `old` (the addresses, by service)."""
        puts = [(service, address, "put") for service, address in self._homes.items()]
        asked = puts + [(service, address, "set-aside") for service, address in old.items()]
        try:
            await _all_of(self._send(service, address, f"/{name}/{what}") for service, address, what in asked)
        except BaseException:
            await _each_of(self._send(service, address, f"/{name}/undo") for service, address, _ in asked)
            raise
        await _each_of(self._send(service, address, "/-/settle") for service, address, _ in asked)

    async def give_up(self) -> None:
        """Have the services forget what they have made."""
        await _each_of(self._send(service, address, "/-/settle") for service, address in self._homes.items())

    async def _send(self, service: str, address: str, target: str) -> None:
        await self._snapshots.send(service, address, f"{target}?change={self.id}")


class _Import:
    """A file that is given: what of it is which service's goes there in pieces, and is made a part of at the end."""

    def __init__(self, snapshots: FleetSnapshots, homes: Mapping[str, str], change: str) -> None:
        self._snapshots = snapshots
        self._homes = homes
        self._change = change
        self._reader = SnapshotReader()
        self._sent: dict[str, int] = {}
        self._waiting = bytearray()
        self._service = ""

    async def read(self, content: AsyncIterator[bytes]) -> dict[str, Any]:
        """Send the services what is theirs; what the file says of itself."""
        async for data in _unzipped(content):
            for service, piece in self._reader.feed(data):
                await self._take(service, piece)
        await self._send()
        return self._reader.close()

    async def take_in(self) -> dict[str, str]:
        """Have each service make a part of what it has been sent; which have, and their addresses."""
        target = f"/-/take-in?{urlencode({'change': self._change, 'together': ','.join(self._sent)})}"
        await _all_of(self._snapshots.send(service, self._homes[service], target) for service in self._sent)
        if not self._sent:
            raise Unusable("the file has nothing of any service that there is here")
        return {service: self._homes[service] for service in self._sent}

    async def _take(self, service: str, piece: bytes) -> None:
        if service not in self._homes:
            return
        if service != self._service:
            await self._send()
            self._service = service
        self._waiting += piece
        while len(self._waiting) >= _PIECE:
            await self._send(_PIECE)

    async def _send(self, count: int | None = None) -> None:
        data = bytes(self._waiting[:count])
        del self._waiting[: len(data)]
        if not data:
            return
        service = self._service
        offset = self._sent.setdefault(service, 0)
        asked = urlencode({"change": self._change, "offset": offset, "size": self._reader.size_of(service)})
        await self._snapshots.send(service, self._homes[service], f"/-/gather?{asked}", data)
        self._sent[service] += len(data)


async def _all_of(asked: Iterable[Awaitable[Any]]) -> None:
    """Wait for each of them to end, however one does; then raise what the first has raised."""
    for ended in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended


async def _each_of(asked: Iterable[Awaitable[Any]]) -> None:
    """Wait for each of them to end, whether it can be done or not: a service that does not answer clears up itself."""
    for ended in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(ended, BaseException) and not isinstance(ended, SnapshotError | FleetError):
            raise ended


async def _unzipped(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The file's pieces, uncompressed where its first bytes say that it is compressed."""
    waiting = b""
    reading = None
    async for piece in content:
        waiting += piece
        if reading is None:
            if len(waiting) < len(GZIP):
                continue
            reading = Unzipped().feed if waiting.startswith(GZIP) else _as_it_is
        for plain in reading(waiting):
            yield plain
        waiting = b""


def _as_it_is(piece: bytes) -> tuple[bytes]:
    return (piece,)


def _check_name(name: str) -> None:
    if NAME.fullmatch(name) is None:
        raise Unusable(f"{name[:100]!r} is no name for a snapshot: letters, digits, '.', '_' and '-', 100 at most")


def _missing(places: Places) -> list[str]:
    """The services that had a part when the snapshot was made, and have none now."""
    together = {service for _, part in places.values() for service in part.get(TOGETHER, ())}
    return sorted(together.difference(places))


def _shown(name: str, places: Places) -> dict[str, Any]:
    """A snapshot as people see it."""
    parts = {service: part for service, (_, part) in places.items()}
    newest = max(parts.values(), key=lambda part: float(part.get("saved_at", 0.0)))
    return {
        "name": name,
        **{key: newest.get(key) for key in _SHOWN},
        "size": sum(part.get("size", 0) for part in parts.values()),
        "services": {service: part.get("contains", {}) for service, part in parts.items()},
    }
