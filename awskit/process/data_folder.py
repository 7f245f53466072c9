"""The folder that a fleet's data lies in: private, and one fleet's at a time.

In: a folder, and the name of the fleet that wants it. Out: claims, which last until every process that inherited one is
gone. Raised: `DataFolderError`, one line for the person who named the folder.

A claim is a shared lock on a file that names the fleet: processes of the same fleet (a service's replicas) share it,
one of another fleet is refused. There is a claim on the whole folder (`.ruststack.lock`: `ruststack up`, and every
service), and one for each service (`.sqs.lock`), so that services which are started alone and belong to no named
fleet can share a folder, but not their databases.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER_LOCK = ".ruststack.lock"

_ATTEMPTS = 50
_PAUSE_SECONDS = 0.02
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_OTHERS = 0o077
_ALONE = "services started alone"


class DataFolderError(Exception):
    """The folder cannot be used; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has claimed something: its fleet, and the process that claimed it first."""

    fleet: str
    pid: int


def service_lock(service: str) -> str:
    """The name of the file that a service's processes lock."""
    return f".{service}.lock"


def prepare(folder: Path) -> Path:
    """Make `folder` where it is missing, for its owner alone, and see that files can be made in it; its full path."""
    try:
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        for made in missing:
            made.chmod(_PRIVATE_FOLDER)
        resolved = folder.resolve()
        if not missing and resolved not in (Path.home(), Path.cwd()) and _is_ours(resolved):
            _make_private(resolved, _PRIVATE_FOLDER)
    except OSError as error:
        raise DataFolderError(_cannot_be_written(folder, error.strerror or str(error))) from error
    if not os.access(resolved, os.W_OK | os.X_OK):
        read_only = os.statvfs(resolved).f_flag & os.ST_RDONLY
        raise DataFolderError(_cannot_be_written(folder, os.strerror(errno.EROFS if read_only else errno.EACCES)))
    return resolved


def make_files_private(paths: Iterable[Path]) -> None:
    """Take from others what an earlier version let them have of these files and folders."""
    for path in paths:
        if path.exists():
            _make_private(path, _PRIVATE_FOLDER if path.is_dir() else _PRIVATE_FILE)


def sync_names(folder: Path) -> None:
    """Have the names in `folder`, and its own in the one above, on the disk."""
    for each in (folder, folder.parent):
        descriptor = os.open(each, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def claim_folder(folder: Path, fleet: str) -> int:
    """Claim the whole folder, which is there, for `fleet`; the lock's file descriptor."""
    holder = _claim(folder / FOLDER_LOCK, fleet or _ALONE)
    if isinstance(holder, Holder):
        raise DataFolderError(f"the data directory {folder} is in use by another fleet; see --data-dir")
    return holder


def claim_service(folder: Path, service: str, fleet: str) -> int:
    """Claim what `service` has in the folder; where `fleet` is empty, for this process alone. The descriptor."""
    holder = _claim(folder / service_lock(service), fleet or f"{_ALONE} {os.getpid()}")
    if isinstance(holder, Holder):
        raise DataFolderError(
            f"the data directory {folder} is in use by another {service}, process {holder.pid}; see --data-dir, or, for"
            " replicas of one fleet, name it by RUSTSTACK_FLEET"
        )
    return holder


def holder_of(lock: Path) -> Holder | None:
    """Who holds the claim of this lock file now; None where nobody does."""
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return None if _try_lock(descriptor, fcntl.LOCK_EX) else _read(descriptor)
    finally:
        os.close(descriptor)


def _claim(lock: Path, fleet: str) -> int | Holder:
    """The descriptor of a lock that is held; who has it where it is another fleet's."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE_FILE)
        make_files_private([lock])
        return _claim_by(descriptor, fleet)
    except OSError as error:
        raise DataFolderError(_cannot_be_written(lock.parent, error.strerror or str(error))) from error


def _claim_by(descriptor: int, fleet: str) -> int | Holder:
    holder = Holder("", 0)
    for _ in range(_ATTEMPTS):
        if _try_lock(descriptor, fcntl.LOCK_EX):
            _write(descriptor, fleet)
        # From the one lock to the other somebody may come in between, so that the name is read in any case.
        if _try_lock(descriptor, fcntl.LOCK_SH):
            holder = _read(descriptor)
            if holder.fleet == fleet:
                return descriptor
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            if not _is_free(descriptor):
                break
        time.sleep(_PAUSE_SECONDS)
    os.close(descriptor)
    return holder


def _is_free(descriptor: int) -> bool:
    free = _try_lock(descriptor, fcntl.LOCK_EX)
    if free:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    return free


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(descriptor: int, fleet: str) -> None:
    content = json.dumps({"fleet": fleet, "pid": os.getpid()}).encode()
    os.pwrite(descriptor, content, 0)  # in the place of what was there: a full disk has room for it
    os.ftruncate(descriptor, len(content))


def _read(descriptor: int) -> Holder:
    try:
        content = json.loads(os.pread(descriptor, 4096, 0))
        return Holder(str(content["fleet"]), int(content["pid"]))
    except (ValueError, LookupError, TypeError):
        return Holder("", 0)  # an earlier version's, which wrote nothing


def _cannot_be_written(folder: Path, reason: str) -> str:
    """With what to do where the folder is another user's, as a container's volume often is."""
    text = f"the data directory {folder} cannot be written to: {reason}"
    try:
        there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
        owner, own = there.stat().st_uid, os.geteuid()
    except (OSError, StopIteration):
        return text
    if owner == own:
        return text
    remedy = f"chown -R {own} {folder}" if there == folder.absolute() else f"install -d -o {own} {folder}"
    return (
        f"{text}; {there} belongs to user {owner}, this process to user {own}: `{remedy}` as that user, or run it as"
        f" that user (docker run --user {owner})"
    )


def _is_ours(folder: Path) -> bool:
    names = {entry.name for entry in os.scandir(folder)}
    return not names or FOLDER_LOCK in names or any(name.endswith(".db") for name in names)


def _make_private(path: Path, mode: int) -> None:
    status = path.stat()
    if status.st_mode & _OTHERS and status.st_uid == os.geteuid():
        path.chmod(mode)
