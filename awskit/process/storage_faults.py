"""What the place where the data lies cannot do: told from bugs, in words for whoever asked and for whoever runs it.

In: an exception of the database's driver, of a file call, or a `StorageFault`. Out: a `StorageFault`, None where it is
none. A full disk, a read-only or failing one, a damaged database, a server that is away: none of them is a bug, each
is answered as `ServiceUnavailable` with its reason, said in the log in a line, shown in health until it is over.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

_DOCTOR = "`ruststack doctor` says what is wrong"
_FULL = "the disk that holds the data directory is full; what is read works, what is written works once there is room"
_READ_ONLY = "the data directory can only be read: its file system is read-only, or its permissions are"
_FAILING = "the disk that holds the data directory fails"
_DAMAGED = f"the database is damaged; {_DOCTOR}"
_BUSY = "another process holds the database; it is tried again with the next request"
_DESCRIPTORS = "no more files can be opened (ulimit -n)"

_BY_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.EIO: _FAILING,
    errno.EMFILE: _DESCRIPTORS,
    errno.ENFILE: _DESCRIPTORS,
}
# https://www.sqlite.org/rescode.html: the low byte is the primary code.
_BY_SQLITE_CODE = {
    5: _BUSY,
    6: _BUSY,
    8: _READ_ONLY,
    10: _FAILING,
    11: _DAMAGED,
    13: _FULL,
    14: "the database's files cannot be opened",
    26: f"the file is not a database; {_DOCTOR}",
}
_SHMOPEN, _SHMSIZE = 4618, 4874  # of SQLITE_IOERR; by number, so that who has no database does not load SQLite for it
_BY_EXTENDED_CODE = {_SHMSIZE: _FULL, _SHMOPEN: _READ_ONLY}
_SERVER_AWAY = "the database server does not answer"
_STANDBY = "the database server is a standby, which can only be read"
_READ_ONLY_TRANSACTION = "25006"


def _never() -> bool:
    return False


class StorageFault(Exception):
    """The text says what is wrong. `over` tells whether it is so no more; None where a write that succeeds tells."""

    def __init__(self, text: str, over: Callable[[], bool] | None = _never) -> None:
        super().__init__(text)
        self.text = text
        self.over = over


def fault_of(error: BaseException) -> StorageFault | None:
    """The fault behind an exception; None where it is something else."""
    if isinstance(error, StorageFault):
        return error
    cause: Any = getattr(error, "orig", None) or error  # SQLAlchemy's hold the driver's
    text = None
    if type(cause).__module__ == "sqlite3":
        code = getattr(cause, "sqlite_errorcode", None)
        text = _BY_EXTENDED_CODE.get(code) or _BY_SQLITE_CODE.get(code & 0xFF) if code is not None else None
    elif isinstance(cause, OSError):
        text = _BY_ERRNO.get(cause.errno or 0)
    elif type(cause).__module__.startswith("psycopg"):
        if isinstance(cause, _server_errors(type(cause))):
            text = _SERVER_AWAY
        elif getattr(cause, "sqlstate", None) == _READ_ONLY_TRANSACTION:
            text = _STANDBY
    if text is None:
        return None
    return StorageFault(text, over=_never if _DOCTOR in text else None)


def _server_errors(kind: type) -> tuple[type, ...]:
    """`psycopg.OperationalError`, by a class below it, so that psycopg is not imported where there is none."""
    return tuple(base for base in kind.__mro__ if base.__name__ == "OperationalError")


class StorageHealth:
    """The faults of one process that are not over."""

    def __init__(self) -> None:
        self._faults: dict[str, StorageFault] = {}

    def note(self, fault: StorageFault) -> None:
        """Something failed by it."""
        if len(self._faults) < _MOST_KEPT:
            self._faults[fault.text] = fault

    def is_failing(self) -> bool:
        """Whether writing fails, as far as is known."""
        return bool(self._faults) and any(fault.over is None for fault in self._faults.values())

    def writing_works(self) -> None:
        """A write has succeeded."""
        self._faults = {text: fault for text, fault in self._faults.items() if fault.over is not None}

    def texts(self) -> list[str]:
        """What is wrong now."""
        if not self._faults:
            return []
        self._faults = {text: fault for text, fault in self._faults.items() if fault.over is None or not fault.over()}
        return list(self._faults)


_MOST_KEPT = 20
