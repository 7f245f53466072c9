"""`GET /_ruststack/storage`: where a service keeps its data, and how much that is.

`{"database": "sqlite:///.../s3.db", "folder": "...", "bytes": 1234, "whole": true}`: `bytes` are those of SQLite's
files and of the files in the service's own folder beside them; where those are too many to be counted in an instant,
`whole` is false. A database on a server is named without its password, and its size is the server's to tell (`bytes`
null). Nothing is kept: `database` and `folder` null.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from awskit.control.routes import Route, json_response
from awskit.wire.http import HttpRequest, HttpResponse

_MOST_FILES = 20_000


class Settings(Protocol):
    """Those of `awskit.settings.ServiceSettings`."""

    @property
    def data_dir(self) -> Path: ...
    @property
    def persistence(self) -> bool: ...


def storage_route(name: str, settings: Settings, database_url: str | None) -> Route:
    """The route of the service `name`."""

    async def answer(request: HttpRequest) -> HttpResponse:
        return json_response(await asyncio.to_thread(_storage, name, settings, database_url))

    return answer


def _storage(name: str, settings: Settings, database_url: str | None) -> dict[str, Any]:
    if not settings.persistence and database_url is None:
        return {"database": None, "folder": None, "bytes": 0, "whole": True}
    folder = settings.data_dir.absolute()
    own, whole = _size_below(folder / name)
    if database_url is None:
        path = folder / f"{name}.db"
        own += sum(_size(path.with_name(path.name + suffix)) for suffix in ("", "-wal", "-shm"))
        return {"database": f"sqlite:///{path}", "folder": str(folder), "bytes": own, "whole": whole}
    parts = urlsplit(database_url)
    port = f":{parts.port}" if parts.port else ""
    said = f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
    return {"database": said, "folder": str(folder), "bytes": own or None, "whole": False}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _size_below(folder: Path) -> tuple[int, bool]:
    """The bytes of the files below, and whether those are all."""
    total = counted = 0
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                        continue
                    counted += 1
                    if counted > _MOST_FILES:
                        return total, False
                    total += entry.stat(follow_symlinks=False).st_size
        except OSError:  # it is gone meanwhile
            continue
    return total, True
