"""Reports of many objects: written in pieces, beside requests, once, whoever is killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.processes import Running, running_service
from tests.services.s3.inventory.reports import DAY, Report, configure, keys_of, manifests, report
from tests.waiting import wait_until

_OBJECTS = 20_000


def filled(service: Running, source: str, target: str) -> None:
    """Two buckets, one with many objects: rows like that of one that was put."""
    s3 = service.client("s3")
    for name in (source, target):
        s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=source, Key="000000", Body=b"x")
    configure(s3, source, target, OptionalFields=["Size", "ETag", "ObjectAccessControlList"])
    s3.close()
    database = service.data_dir.parent.parent / "shared" / "s3.db"
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(objects)")]
        others = ", ".join(name for name in columns if name != "key")
        connection.execute(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
            f" INSERT INTO objects (key, {others})"
            f" SELECT CAST(printf('%06d', n) AS BLOB), {others} FROM numbers, objects"
            " WHERE key = CAST('000000' AS BLOB)",
            (_OBJECTS - 1,),
        )


def the_report(service: Running, source: str, target: str) -> Report:
    """The one report that there is, sooner or later."""
    s3 = service.client("s3")
    wait_until(lambda: bool(manifests(s3, target, source)))
    assert len(keys_of(s3, target)) == 4
    (manifest,) = manifests(s3, target, source)
    found = report(s3, target, manifest)
    s3.close()
    return found


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[list[Running]]:
    """Two replicas, of which one is not started yet. Whatever is uploaded is a file, and so is a report."""
    environment = {
        "RUSTSTACK_DATA_DIR": str(tmp_path / "shared"),
        "RUSTSTACK_FLEET": "inventory",
        "RUSTSTACK_S3_INLINE_LIMIT": "0",
    }
    with ExitStack() as stack:
        yield [
            stack.enter_context(running_service("s3", tmp_path / name, environment=environment, start=name == "a"))
            for name in ("a", "b")
        ]


@pytest.mark.parametrize("takes_over", [False, True])
def test_a_kill_in_the_midst_of_a_report(processes: list[Running], unique_name: str, takes_over: bool) -> None:
    first, second = processes
    source, target = f"{unique_name}-source", f"{unique_name}-target"
    filled(first, source, target)
    shared = first.data_dir.parent.parent / "shared" / "s3"
    if takes_over:
        second.start()
    first.advance_clock(DAY)
    # The report is being written or, where this process was not let look in time, there already: also then it is one.
    wait_until(lambda: bool(files(shared / "temporary")) or len(files(shared / "objects")) > 1)
    assert first.process is not None
    first.process.kill()
    first.process.wait()
    if not takes_over:
        first.start()
    found = the_report(second if takes_over else first, source, target)
    assert [row["Key"] for row in found.rows] == [f"{number:06d}" for number in range(_OBJECTS)]
    if not takes_over:
        # the one object that was put, and the one report
        wait_until(lambda: (len(files(shared / "objects")), files(shared / "temporary")) == (2, []))
