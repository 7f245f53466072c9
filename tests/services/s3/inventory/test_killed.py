"""A report of many objects, whose process is killed while it writes: it is made again, once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

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
    database = service.data_dir / "s3.db"
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


def test_a_kill_in_the_midst_of_a_report(tmp_path: Path, unique_name: str) -> None:
    source, target = f"{unique_name}-source", f"{unique_name}-target"
    # Whatever is uploaded is a file, and so is a report.
    with running_service("s3", tmp_path, environment={"RUSTSTACK_S3_INLINE_LIMIT": "0"}) as service:
        filled(service, source, target)
        folder = service.data_dir / "s3"
        service.advance_clock(DAY)
        # The report is being written or, where this process was not let look in time, there already: also one.
        wait_until(lambda: bool(files(folder / "temporary")) or len(files(folder / "objects")) > 1)
        assert service.process is not None
        service.process.kill()
        service.process.wait()
        service.start()
        found = the_report(service, source, target)
        assert [row["Key"] for row in found.rows] == [f"{number:06d}" for number in range(_OBJECTS)]
        # the one object that was put, and the one report
        wait_until(lambda: (len(files(folder / "objects")), files(folder / "temporary")) == (2, []))
