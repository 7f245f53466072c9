"""`RUSTSTACK_SYNCHRONOUS=FULL`: what is acknowledged is on the disk, name and bytes, as the system's calls show."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from services.s3.bodies.blobs import BlobStore
from services.s3.bodies.durable_files import DurableFiles
from tests.processes import Running, running_service

_CALLS = "openat,rename,renameat,renameat2,link,linkat,fsync,fdatasync"


class LossyFiles(DurableFiles):
    """Knows which names and bytes a power failure would leave."""

    def __init__(self) -> None:
        super().__init__(durable=True)
        self.bytes_safe: set[int] = set()
        self.names_safe: set[Path] = set()

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        self.bytes_safe.add(os.fstat(descriptor).st_ino)

    def sync_folder(self, folder: Path) -> None:
        super().sync_folder(folder)
        self.names_safe.update(folder.iterdir())

    def is_safe(self, path: Path) -> bool:
        return path in self.names_safe and path.stat().st_ino in self.bytes_safe


def test_a_blob_is_safe_once_it_is_committed_or_linked(tmp_path: Path) -> None:
    files = LossyFiles()
    store = BlobStore(tmp_path / "s3", files)
    store.open()
    writer = store.create()
    writer.write(b"x" * 1000)
    writer.commit()
    assert files.is_safe(store.path(writer.blob))
    assert files.is_safe(store.path(store.link(writer.blob)))
    store.set_owner("me")
    assert files.is_safe(tmp_path / "s3" / "owner")
    for folder in (tmp_path / "s3" / "objects", store.path(writer.blob).parent):
        assert folder in files.names_safe
    store.close()


def traced(service: Running, folder: Path, work: Any) -> list[str]:
    """The calls on files that the service made for `work`, in order; "WAL" and "FOLDER" in place of what was synced."""
    output = folder / "trace"
    tracer = subprocess.Popen(
        ["strace", "-f", "-y", "-o", str(output), "-e", f"trace={_CALLS}", "-p", str(service.pid)],
        stderr=subprocess.PIPE,
    )
    try:
        assert tracer.stderr is not None
        line = tracer.stderr.readline().decode()
        if "attached" not in line:
            pytest.skip(f"strace cannot attach: {line.strip()}")
        work()
        time.sleep(0.2)  # strace writes what it has seen
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=10)
    found = re.findall(r"(rename\w*|link\w*|fsync|fdatasync)\((.*)\) = 0", output.read_text())
    return [f"{_call(name)} {_kind(rest)}" for name, rest in found]


def _call(name: str) -> str:
    return "rename" if name.startswith("rename") else "link" if name.startswith("link") else "sync"


def _kind(argument: str) -> str:
    if "s3.db-wal" in argument:
        return "wal"
    if re.search(r"/objects/[0-9a-f]{2}>", argument):
        return "folder"
    return "blob" if "/temporary/" in argument or "/objects/" in argument else "other"


@pytest.mark.skipif(not shutil.which("strace"), reason="it takes strace")
@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_what_is_synced_before_it_is_acknowledged(synchronous: str, tmp_path: Path) -> None:
    with running_service("s3", tmp_path, environment={"RUSTSTACK_SYNCHRONOUS": synchronous}) as service:
        s3 = service.client("s3")
        s3.create_bucket(Bucket="bucket")
        put = traced(service, tmp_path, lambda: s3.put_object(Bucket="bucket", Key="a", Body=b"x" * 200_000))
        copy = traced(service, tmp_path, lambda: s3.copy_object(Bucket="bucket", Key="b", CopySource="bucket/a"))
    if synchronous == "NORMAL":
        assert put == ["rename blob"]
        assert copy == ["link blob"]
    else:
        assert put[:4] == ["sync blob", "rename blob", "sync folder", "sync wal"]
        assert copy[:3] == ["link blob", "sync folder", "sync wal"]
