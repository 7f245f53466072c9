"""`ruststack doctor`: each thing that can be wrong with a data folder is found, with what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from awskit.process.data_folder import claim_folder
from ruststack.data_checkup import Finding, check
from ruststack.service_packages import migrations_of
from tests.processes import running_service

ALL = ("s3", "dynamodb", "sqs", "sns")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an object in a file."""
    with running_service("s3", tmp_path_factory.mktemp("model")) as service:
        s3 = service.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="a/key", Body=b"x" * 100_000)
        service.stop()
        return service.data_dir


@pytest.fixture
def folder(model: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(model, copy)
    return copy


def problems(folder: Path, services: tuple[str, ...] = ALL) -> list[Finding]:
    return [finding for finding in check(folder, services) if finding.level == "problem"]


def blob(folder: Path) -> Path:
    return next(path for path in (folder / "s3" / "objects").rglob("*") if path.is_file())


def test_a_folder_that_is_well(folder: Path) -> None:
    texts = [finding.text for finding in check(folder, ALL)]
    assert problems(folder) == []
    assert "1 files of objects are there and whole" in texts
    assert "sqs has kept nothing here yet" in texts
    assert "nobody uses it now" in texts


def lose_bytes(folder: Path) -> None:
    blob(folder).unlink()


def cut_bytes(folder: Path) -> None:
    os.truncate(blob(folder), 10)


def lose_database(folder: Path) -> None:
    (folder / "s3.db").unlink()


def empty_database(folder: Path) -> None:
    (folder / "s3.db").write_bytes(b"")


def damage_database(folder: Path) -> None:
    content = bytearray((folder / "s3.db").read_bytes())
    for page in range(2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    (folder / "s3.db").write_bytes(content)


def no_database(folder: Path) -> None:
    (folder / "s3.db").write_text("this is no database" * 1000)


def of_the_future(folder: Path) -> None:
    with sqlite3.connect(folder / "s3.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def another_owner(folder: Path) -> None:
    (folder / "s3" / "owner").write_text("0" * 32)


def open_to_others(folder: Path) -> None:
    (folder / "s3.db").chmod(0o644)


@pytest.mark.parametrize(
    ("harm", "said", "remedy"),
    [
        (lose_bytes, "s3://bucket/a/key: the bytes are missing", "put them back"),
        (cut_bytes, "s3://bucket/a/key: the bytes are not whole", "put"),
        (lose_database, "s3.db is not there, but objects' files are", "put it back"),
        (empty_database, "s3.db is empty, but objects' files are", "put it back"),
        (damage_database, "damaged", "put back a copy"),
        (no_database, "s3.db cannot be read: the file is not a database", "put back a copy"),
        (of_the_future, "is at schema 9999, of a newer RustStack", "use that version"),
        (another_owner, "were written under another database", "put that s3.db back"),
        (open_to_others, "other users can look into", "chmod -R go="),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    folder: Path, harm: Callable[[Path], None], said: str, remedy: str
) -> None:
    harm(folder)
    (finding,) = problems(folder)
    assert said in finding.text
    assert remedy in finding.remedy


def test_what_is_good_to_know(folder: Path) -> None:
    (folder / "s3" / "objects" / "00" / ("0" * 32)).write_bytes(b"x")
    (folder / "s3" / "quarantine").mkdir()
    (folder / "s3" / "quarantine" / ("1" * 32)).write_bytes(b"x")
    (folder / "sqs.db").touch(0o600)
    descriptor = claim_folder(folder, "mine")
    texts = [finding.text for finding in check(folder, ALL) if finding.level == "note"]
    os.close(descriptor)
    for said in (
        "1 files (0.0 MB) are of no object",
        "1 files (0.0 MB) that no object refers to have been put aside",
        f"{folder}/sqs.db is empty; the next start fills it",
        f"mine, process {os.getpid()}, uses it now",
    ):
        assert any(said in text for text in texts), (said, texts)
    assert problems(folder) == []


def test_an_earlier_versions_database_is_well(folder: Path) -> None:
    from awskit.database.migrations import newest_revision

    with sqlite3.connect(folder / "s3.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0002'")
        connection.execute("DROP TABLE database_identity")
    connection.close()
    assert problems(folder) == []
    newest = newest_revision(migrations_of("s3"))
    assert any(f"the next start brings it to schema {newest}" in finding.text for finding in check(folder, ("s3",)))


def test_nothing_is_changed(folder: Path) -> None:
    def state() -> dict[str, tuple[int, int]]:
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}

    before = state()
    list(check(folder, ALL))
    assert {path: seen for path, seen in state().items() if path in before} == before


def test_the_command(folder: Path) -> None:
    import subprocess
    import sys

    from tests.processes import ROOT, clean_environment

    def doctor(data_dir: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ruststack", "doctor", "--data-dir", str(data_dir)]
        return subprocess.run(
            command, env=clean_environment(), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )

    well = doctor(folder)
    assert (well.returncode, well.stdout.splitlines()[-1]) == (0, "all is well")
    blob(folder).unlink()
    ill = doctor(folder)
    assert ill.returncode == 1
    assert "PROBLEM s3://bucket/a/key: the bytes are missing\n          -> put them back" in ill.stdout
    assert ill.stdout.splitlines()[-1] == "1 problem"
    assert "there is no folder" in doctor(folder / "none").stdout


def test_while_a_service_is_at_work(tmp_path: Path) -> None:
    with running_service("s3", tmp_path) as service:
        s3 = service.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="key", Body=b"x" * 100_000)
        assert problems(service.data_dir) == []
        assert any(f"process {service.pid}" in finding.text for finding in check(service.data_dir, ("s3",)))
