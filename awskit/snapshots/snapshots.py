"""What a service does with its parts of snapshots: save, load, list, delete, hand out, take in.

What it saves or takes in is made under the id of a change first, and put in place only once the others' is made, too.

Raised: `SnapshotError`, in words for whoever asked, with nothing changed. What is begun is carried to its end, also
where whoever asked for it has gone away; one thing at a time.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, TypeVar

from awskit import __version__
from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.database.migrations import MigrationError, newest_revision, upgrade_elsewhere
from awskit.process.data_folder import DataFolderError
from awskit.process.storage_faults import fault_of
from awskit.process.transient_folder import transient_folder
from awskit.snapshots import archive, state_files
from awskit.snapshots.contents import Contents
from awskit.snapshots.parts import FORMAT, OBJECTS, STATE, TOGETHER, Description, Parts, read_description
from awskit.snapshots.refusals import SnapshotError, Unusable

_TOPIC = "snapshot"
_ATTEMPTS = 5
_CHANGE = re.compile(r"[0-9a-f]{8,32}")
_LEFT_FREE = 64 * 1024 * 1024  # bytes of the disk that an import leaves alone
_KEPT_ARCHIVES = 4
_DAY = 86_400.0

T = TypeVar("T")


class SnapshotSettings(Protocol):
    """Where data is kept, and whether."""

    @property
    def data_dir(self) -> Path: ...
    @property
    def persistence(self) -> bool: ...


class Snapshots:
    """See the module. `start` and `stop` go with the application's."""

    def __init__(
        self, service: str, contents: Contents, database: Database, clock: Clock, settings: SnapshotSettings
    ) -> None:
        self.service = service
        self._contents = contents
        self._database = database
        self._clock = clock
        # A server's rows are kept, whatever is said of files.
        kept = settings.persistence or database.engine.several_processes
        self._transient = None if kept else transient_folder(f"{service}-snapshots")
        self._parts = Parts(self._transient or settings.data_dir / "snapshots", service)
        self._newest = newest_revision(contents.migrations)
        self._one_at_a_time = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._archives: dict[Path, archive.Archive] = {}
        self._parts.sweep(_DAY if database.is_shared else 0.0)
        database.replicas.subscribe(_TOPIC, lambda _: contents.loaded())

    async def stop(self) -> None:
        """Carry to its end what is under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._transient is not None:
            shutil.rmtree(self._transient, ignore_errors=True)

    async def listed(self) -> Mapping[str, Description]:
        """The parts that there are, by the snapshots' names."""
        return await asyncio.to_thread(self._parts.all)

    async def save(self, change: str, account_id: str | None, together: Sequence[str]) -> Description:
        """Make a part of the state as it is, of all accounts or one; `put` puts it in place.

        `together` are the services that have a part of the snapshot.
        """
        return await self._carry_out(self._save(_checked(change), account_id, together))

    async def check(self, name: str) -> Description:
        """See that a load of the part would not be refused; what it is. Raises `SnapshotError`."""

        def examine() -> Description:
            folder = self._parts.path(name)
            description = read_description(folder)
            revision = self._known_revision(description)
            with state_files.opened(folder / STATE) as state:
                if state_files.revision_of(state) != revision:
                    raise Unusable(f"the snapshot's {self.service} is not at the schema that it says")
                # of an earlier schema, nobody here can tell which files it refers to
                if self._contents.files is not None and revision == self._newest:
                    self._contents.files.check(state, folder / OBJECTS)
            return description

        return await asyncio.to_thread(examine)

    async def load(self, name: str, account_id: str | None) -> Description:
        """Put the part's state in place of what there is, of all accounts or one."""
        return await self._carry_out(self._load(name, account_id))

    async def delete(self, name: str) -> None:
        await self._carry_out(asyncio.to_thread(self._parts.remove, name))

    async def piece(self, name: str, offset: int, count: int) -> tuple[bytes, int]:
        """`count` bytes of the part's tar file from `offset` on, and how many it has in all."""

        def read() -> tuple[bytes, int]:
            folder = self._parts.path(name)
            if offset == 0 or folder not in self._archives:
                while len(self._archives) >= _KEPT_ARCHIVES:
                    self._archives.pop(next(iter(self._archives)))
                self._archives[folder] = archive.Archive(folder, self.service)
            whole = self._archives[folder]
            return whole.read(offset, count), whole.size

        return await asyncio.to_thread(read)

    async def gather(self, change: str, offset: int, data: bytes, announced: int) -> None:
        """Keep a piece of a tar file that is being given, of `announced` bytes in all."""

        def write() -> None:
            path = self._upload(change)
            if offset == 0:
                self._see_that_there_is_room(path.parent, announced)
            with path.open("wb" if offset == 0 else "ab") as file:
                if file.tell() != offset:
                    raise Unusable("a piece of the snapshot's file has been lost")
                file.write(data)

        await self._carry_out(asyncio.to_thread(write))

    async def take_in(self, change: str, together: Sequence[str]) -> Description:
        """Make a part of the tar file that has been given, and forget that; `put` puts it in place.

        `together` are the services that take a part of the snapshot.
        """
        return await self._carry_out(self._take_in(_checked(change), together))

    async def put(self, name: str, change: str) -> None:
        """Put the part that has been made in place of what is there."""
        await self._exchange(self._parts.put, name, change)

    async def set_aside(self, name: str, change: str) -> None:
        """Have no part there."""
        await self._exchange(self._parts.set_aside, name, change)

    async def undo(self, name: str, change: str) -> None:
        """Have there what was there before `put` or `set_aside`, if either has been done."""
        await self._exchange(self._parts.undo, name, change)

    async def settle(self, change: str) -> None:
        """Forget what a change has left, which cannot be undone after this, or was not to be."""
        await self._carry_out(asyncio.to_thread(self._parts.settle, _checked(change)))

    async def _exchange(self, exchange: Callable[[str, str], None], name: str, change: str) -> None:
        self._archives.clear()
        await self._carry_out(asyncio.to_thread(exchange, name, _checked(change)))

    async def _carry_out(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(self._alone(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _alone(self, work: Coroutine[Any, Any, T]) -> T:
        async with self._one_at_a_time:
            try:
                return await work
            except (MigrationError, DataFolderError) as error:
                raise SnapshotError(str(error)) from error
            except OSError as error:
                fault = fault_of(error)
                raise SnapshotError(fault.text if fault is not None else str(error)) from error

    async def _save(self, change: str, account_id: str | None, together: Sequence[str]) -> Description:
        made = await asyncio.to_thread(self._parts.new)
        try:
            description = {**self._description(account_id), TOGETHER: list(together)}
            await self._copy_state(made)

            def finish() -> Description:
                with state_files.opened(made / STATE, writable=True) as state:
                    state_files.cut_down(state, self._contents, account_id)
                    if self._contents.files is not None:
                        self._contents.files.check(state, made / OBJECTS)
                    description["contains"] = state_files.counts(state, self._contents.shown)
                return self._parts.keep_ready(made, change, description)

            return await asyncio.to_thread(finish)
        finally:
            await asyncio.to_thread(shutil.rmtree, made, True)

    async def _copy_state(self, made: Path) -> None:
        """The rows as they are at one moment, and all files that they refer to.

        What somebody deletes between the rows' being copied and their files' being linked is gone: then again.
        """
        files, path = self._contents.files, made / STATE
        if self._contents.settle is not None:
            await self._contents.settle()
        if self._database.engine.several_processes:
            await upgrade_elsewhere(f"sqlite:///{path}", self._contents.migrations)
        if files is not None:
            names = await self._database.read(files.current)
            await asyncio.to_thread(files.keep_current, names, made / OBJECTS)
        for _ in range(_ATTEMPTS):
            await self._database.save_to(path, self._contents.tables)
            if files is None or await asyncio.to_thread(self._keep_files, path, made / OBJECTS):
                return
        raise SnapshotError("objects were deleted all the while; nothing was saved, try again")

    def _keep_files(self, path: Path, folder: Path) -> bool:
        assert self._contents.files is not None
        with state_files.opened(path) as state:
            return self._contents.files.keep(state, folder)

    def _description(self, account_id: str | None) -> Description:
        return {
            "format": FORMAT,
            "service": self.service,
            "version": __version__,
            "schema": self._newest,
            "saved_at": self._clock.source_now,
            "clock_offset": self._clock.offset,
            "account": account_id,
        }

    def _known_revision(self, description: Description) -> str:
        """The schema's version. Raises `Unusable` where it is one that this version does not know."""
        revision = str(description.get("schema"))
        if revision > self._newest:
            raise Unusable(
                f"the snapshot's {self.service} is at schema {revision}, made by RustStack {description.get('version')}"
                f"; this one, {__version__}, knows up to {self._newest}: use a newer one"
            )
        return revision

    async def _load(self, name: str, account_id: str | None) -> Description:
        folder = self._parts.path(name)
        description = read_description(folder)
        owner = description.get("account")
        if account_id is not None and owner not in (None, account_id):
            raise SnapshotError(f"the snapshot {name!r} is of account {owner} alone")
        account_id = account_id or owner
        with ExitStack() as stack:
            path = folder / STATE
            if self._known_revision(description) < self._newest:
                older = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=self._parts.work_folder()))) / STATE
                await asyncio.to_thread(shutil.copyfile, path, older)
                await upgrade_elsewhere(f"sqlite:///{older}", self._contents.migrations)
                path = older
            state = stack.enter_context(state_files.opened(path))
            await self._put_in_place(state, folder / OBJECTS, account_id)
        self._contents.loaded()
        self._database.replicas.tell(_TOPIC)
        return description

    async def _put_in_place(self, state: sqlite3.Connection, objects: Path, account_id: str | None) -> None:
        contents, files = self._contents, self._contents.files
        brought: Mapping[str, str] = {}
        if files is not None:
            brought = await asyncio.to_thread(files.bring, state, objects, account_id)

        def replace(transaction: Transaction) -> None:
            if account_id is not None and (taken := contents.taken(transaction, state, account_id)) is not None:
                raise SnapshotError(taken)
            state_files.load(transaction, state, contents, account_id, brought)

        try:
            await self._database.replace(replace)
        except BaseException:
            if files is not None:
                await asyncio.to_thread(files.discard, list(brought.values()))
            raise

    async def _take_in(self, change: str, together: Sequence[str]) -> Description:
        upload = self._upload(change)
        made = await asyncio.to_thread(self._parts.new)
        try:
            given, fresh = made / "given", made / "fresh"
            fresh.mkdir()
            await asyncio.to_thread(self._unpack, upload, given)
            description = read_description(given)
            if description.get("service") != self.service:
                raise Unusable(f"the snapshot's part of {self.service} is of {description.get('service')}")
            revision = self._known_revision(description)
            with state_files.opened(given / STATE) as state:
                if state_files.revision_of(state) != revision:
                    raise Unusable(f"the snapshot's {self.service} is not at the schema that it says")
            if revision != self._newest or not self._database.copy_schema(fresh / STATE):
                await upgrade_elsewhere(f"sqlite:///{fresh / STATE}", self._contents.migrations, revision)

            def finish() -> Description:
                self._copy_trusted(given, fresh)
                return self._parts.keep_ready(fresh, change, {**_plain(description), TOGETHER: list(together)})

            return await asyncio.to_thread(finish)
        finally:
            await asyncio.to_thread(upload.unlink, missing_ok=True)
            await asyncio.to_thread(shutil.rmtree, made, True)

    def _unpack(self, upload: Path, into: Path) -> None:
        with upload.open("rb") as file:
            into.mkdir()
            archive.unpack(file, self.service, into)

    def _copy_trusted(self, given: Path, fresh: Path) -> None:
        if (given / OBJECTS).is_dir():
            (given / OBJECTS).rename(fresh / OBJECTS)
        with state_files.opened(given / STATE) as state, state_files.opened(fresh / STATE, writable=True) as own:
            state_files.copy_into(state, own, self._contents)
            state_files.cut_down(own, self._contents, None)
            if self._contents.files is not None:
                self._contents.files.check(own, fresh / OBJECTS)

    def _upload(self, change: str) -> Path:
        return self._parts.work_folder() / f"{_checked(change)}.tar"

    def _see_that_there_is_room(self, folder: Path, size: int) -> None:
        """For the tar file and what is in it."""
        free = shutil.disk_usage(folder).free
        if 2 * size + _LEFT_FREE > free:
            raise SnapshotError(
                f"the snapshot's {self.service} has {size:,} bytes: there is no room, {free:,} are free"
            )


def _checked(change: str) -> str:
    if _CHANGE.fullmatch(change) is None:
        raise Unusable("a change's id is hexadecimal")
    return change


def _plain(description: Description) -> Description:
    """What is said of a part that somebody gave, as far as it is of the kinds that it should be."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "format": int,
        "service": str,
        "version": str,
        "schema": str,
        "saved_at": (int, float),
        "clock_offset": (int, float),
        "account": (str, type(None)),
        "contains": dict,
    }
    for name, kind in kinds.items():
        if name in description and not isinstance(description[name], kind):
            raise Unusable(f"the snapshot's {name} is not what it should be")
    account = description.get("account")
    if isinstance(account, str) and re.fullmatch(r"[0-9]{12}", account) is None:
        raise Unusable("the snapshot's account is none")
    return {name: description[name] for name in kinds if name in description}
