"""What is wrong with a data folder, and what to do about it: `ruststack doctor`. Nothing is changed.

In: the folder and the services. Out: findings, in the order of the checks. Works while a fleet runs.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from awskit.database import examination
from awskit.database.migrations import newest_revision
from awskit.process.data_folder import FOLDER_LOCK, holder_of, service_lock
from awskit.process.storage_faults import StorageFault
from ruststack.service_packages import migrations_of
from services.s3.bodies.examination import Examination, examine
from services.s3.store.blob_references import Reference

_LITTLE_SPACE = 200 * 1024 * 1024
_FEW_INODES = 1_000
_OTHERS = 0o077
_SHOWN = 5

Level = Literal["well", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`well` is as it should be, a `note` is good to know, a `problem` is to be dealt with: by `remedy`."""

    level: Level
    text: str
    remedy: str = ""


def check(folder: Path, services: tuple[str, ...]) -> Iterator[Finding]:
    """Everything there is to say of the folder."""
    if not folder.is_dir():
        yield Finding("problem", f"there is no folder {folder}", "name it by --data-dir or RUSTSTACK_DATA_DIR")
        return
    if not os.access(folder, os.R_OK | os.X_OK):
        remedy = f"run this as user {folder.stat().st_uid}"
        yield Finding("problem", f"{folder} cannot be read by user {os.geteuid()}", remedy)
        return
    yield from _place(folder)
    yield from _users(folder, services)
    for service in services:
        yield from _database(folder, service)


def _place(folder: Path) -> Iterator[Finding]:
    read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
    if not os.access(folder, os.W_OK):
        remedy = "mount it so that it can be written to" if read_only else f"chown it to user {os.geteuid()}"
        yield Finding("problem", f"{folder} cannot be written to", remedy)
    free, inodes = shutil.disk_usage(folder).free, os.statvfs(folder)
    room = f"{free / 1e6:,.0f} MB are free where {folder} is"
    if free < _LITTLE_SPACE:
        yield Finding("problem", room, "make room there, or move the folder: writes are refused once the disk is full")
    else:
        yield Finding("well", room)
    if inodes.f_files and inodes.f_favail < _FEW_INODES:
        yield Finding("problem", f"{inodes.f_favail} more files can be made there", "remove files: inodes run out")
    open_to_others = [path for path in (folder, *sorted(folder.glob("*.db*")), folder / "s3") if _is_open(path)]
    if open_to_others:
        names = ", ".join(map(str, open_to_others[:_SHOWN]))
        yield Finding("problem", f"other users can look into {names}", f"chmod -R go= {folder}")
    else:
        yield Finding("well", "only its own user can look into it")


def _is_open(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & _OTHERS)


def _users(folder: Path, services: tuple[str, ...]) -> Iterator[Finding]:
    holder = holder_of(folder / FOLDER_LOCK)
    if holder is None:
        yield Finding("well", "nobody uses it now")
        return
    held = [service for service in services if holder_of(folder / service_lock(service)) is not None]
    what = f" ({', '.join(held)})" if held else ""
    yield Finding("note", f"{holder.fleet}, process {holder.pid}, uses it now{what}")


def _database(folder: Path, service: str) -> Iterator[Finding]:
    path = folder / f"{service}.db"
    url = os.environ.get(f"RUSTSTACK_{service.upper()}_DATABASE_URL")
    if url:
        yield Finding("note", f"{service}: its database is elsewhere (RUSTSTACK_{service.upper()}_DATABASE_URL)")
        return
    if not path.exists() or not path.stat().st_size:
        yield from _no_database(folder, path, service)
        return
    try:
        with examination.opened(path) as connection:
            found = examination.findings(connection)
            if found:
                yield Finding("problem", f"{path} is damaged: {'; '.join(found)}", _recover(path))
                return
            yield from _revision(path, service, examination.schema_revision(connection))
            if service == "s3":
                yield from _objects(folder / "s3", connection)
    except StorageFault as fault:
        yield Finding("problem", f"{path} cannot be read: {fault.text.partition(';')[0]}", _recover(path))


def _recover(path: Path) -> str:
    return (
        f"stop the fleet, keep a copy of {path}*, and put back a copy of before; or save what can be read:"
        f" sqlite3 {path} .recover | sqlite3 {path}.new && mv {path}.new {path} && rm -f {path}-wal {path}-shm"
    )


def _no_database(folder: Path, path: Path, service: str) -> Iterator[Finding]:
    left = _any_file(folder / "s3" / "objects") if service == "s3" else False
    state = "is empty" if path.exists() else "is not there"
    if left:
        remedy = (
            "put it back before the next start: that makes a new one, which does not know them and leaves them alone"
        )
        yield Finding("problem", f"{path} {state}, but objects' files are", remedy)
    elif path.exists():
        yield Finding("note", f"{path} {state}; the next start fills it")
    else:
        yield Finding("note", f"{service} has kept nothing here yet")


def _any_file(folder: Path) -> bool:
    return any(names for _, _, names in os.walk(folder))


def _revision(path: Path, service: str, revision: str | None) -> Iterator[Finding]:
    newest = newest_revision(migrations_of(service))
    if revision is None:
        yield Finding("problem", f"{path} is no database of {service}'s", "move it away, or name another folder")
    elif revision > newest:
        remedy = "use that version, or a newer one; the database is left as it is"
        yield Finding("problem", f"{path} is at schema {revision}, of a newer RustStack ({newest} is known)", remedy)
    elif revision < newest:
        yield Finding("note", f"{path} is well, of an earlier version; the next start brings it to schema {newest}")
    else:
        yield Finding("well", f"{path} is well, at schema {revision}")


def _objects(folder: Path, connection: sqlite3.Connection) -> Iterator[Finding]:
    if not folder.exists():
        return
    found = examine(folder, connection)
    if found.missing:
        remedy = f"put them back below {folder}/objects from a copy, or delete the objects: reading them is refused"
        yield Finding("problem", f"{_listed(found.missing)}: the bytes are missing", remedy)
    if found.wrong_size:
        remedy = f"put {folder}/objects back from a copy, or delete the objects"
        yield Finding("problem", f"{_listed(found.wrong_size)}: the bytes are not whole", remedy)
    if not found.missing and not found.wrong_size:
        yield Finding("well", f"{found.known} files of objects are there and whole")
    yield from _unknown(folder, found)


def _unknown(folder: Path, found: Examination) -> Iterator[Finding]:
    if found.is_another_databases:
        remedy = f"put that s3.db back; or, if this one is right, rm {folder}/owner: what it does not know is put aside"
        yield Finding("problem", f"the files in {folder} were written under another database than s3.db", remedy)
    elif found.unknown:
        size = f"{found.unknown_bytes / 1e6:,.1f} MB"
        yield Finding("note", f"{found.unknown} files ({size}) are of no object; the next start puts them aside")
    if found.quarantined:
        size = f"{found.quarantined_bytes / 1e6:,.1f} MB"
        text = f"{found.quarantined} files ({size}) that no object refers to have been put aside in {folder}/quarantine"
        yield Finding("note", text, "remove that folder once nothing is missed")


def _listed(references: list[Reference]) -> str:
    names = ", ".join(reference.what for reference in references[:_SHOWN])
    more = len(references) - _SHOWN
    return f"{names} and {more} more" if more > 0 else names
