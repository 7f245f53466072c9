"""What is built of other people's packages: kept outside the checkout, built anew where it is missing."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/ruststack-clients`, where that is not set `~/.cache/ruststack-clients`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ruststack-clients"


@contextmanager
def kept_folder(name: str, of: str = "") -> Iterator[Path]:
    """The folder of this name for what `of` (a list of dependencies) says; no other process uses it meanwhile.

    What is in it stays for the next time. A change of `of` begins a new one, and the old one goes.
    """
    digest = hashlib.sha256(of.encode()).hexdigest()[:12]
    folder = cache_folder() / f"{name}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    with (cache_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for former in cache_folder().glob(f"{name}-{'?' * 12}"):
            if former != folder:
                shutil.rmtree(former, ignore_errors=True)
        folder.mkdir(exist_ok=True)
        yield folder


def put_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write them; what is the same already is left alone, so that builders see no change."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
