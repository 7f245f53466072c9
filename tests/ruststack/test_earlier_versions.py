"""Data folders and snapshots of every earlier version, and of every earlier schema, are taken as they are."""

from __future__ import annotations

import json
import sqlite3
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from awskit import __version__
from awskit.database.migrations import newest_revision, upgrade
from tests.processes import ROOT, Running, running_fleet
from tests.ruststack.command import ruststack
from tests.ruststack.snapshot_content import ask, content, fill

KEPT = Path(__file__).parent / "earlier_versions"
VERSIONS = sorted(path.name for path in KEPT.iterdir() if path.name[0].isdigit())
SERVICES = ("s3", "dynamodb", "sqs", "sns")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_fleet(tmp_path_factory.mktemp("versions")) as running:
        fill(running)
        yield running


@pytest.fixture(scope="module")
def expected(shared: Running) -> dict[str, Any]:
    return content(shared)


def file_of(version: str, name: str) -> Path:
    return KEPT / version / name


def saved_at(version: str) -> float:
    with tarfile.open(file_of(version, "snapshot.tar.gz")) as file:
        description = file.extractfile("snapshot.json")
        assert description is not None
        return float(json.loads(description.read())["services"]["sqs"]["saved_at"])


def test_this_version_has_its_own() -> None:
    assert __version__ in VERSIONS, "python -m tests.ruststack.earlier_versions"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_snapshot_is_taken(shared: Running, expected: dict[str, Any], version: str) -> None:
    file = str(file_of(version, "snapshot.tar.gz"))
    endpoint = ("--endpoint-url", shared.url)
    done = ruststack("snapshot", "import", file, "--name", f"of-{version}", *endpoint)
    assert done.returncode == 0, done
    shared.post("/_ruststack/reset")
    done = ruststack("snapshot", "load", f"of-{version}", "--at-saved-time", *endpoint)
    assert done.returncode == 0, done
    assert content(shared) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_a_data_folder_is_taken(tmp_path: Path, expected: dict[str, Any], version: str) -> None:
    with tarfile.open(file_of(version, "data.tar.gz")) as file:
        file.extractall(tmp_path / "data", filter="data")
    for service in SERVICES:
        with closing(sqlite3.connect(tmp_path / "data" / f"{service}.db")) as database:
            offset = saved_at(version) - time.time()  # what has been kept since has not expired
            database.execute("INSERT INTO clock (offset_seconds, moved_at) VALUES (?, 0)", (offset,))
            database.commit()
    with running_fleet(tmp_path) as fleet:
        assert content(fleet) == expected


def older(service: str, path: Path, part: Path) -> None:
    """Make of a part one of the schema before the newest."""
    migrations = ROOT / "services" / service / "migrations"
    revision = f"{int(newest_revision(migrations)) - 1:04}"
    path.mkdir(parents=True)
    upgrade(f"sqlite:///{path / 'state.db'}", migrations, revision)
    with closing(sqlite3.connect(path / "state.db")) as database:
        database.execute("ATTACH ? AS newer", (str(part / "state.db"),))
        for (table,) in database.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            if not table.startswith(("sqlite_", "alembic")):
                names = ", ".join(f'"{row[1]}"' for row in database.execute(f'PRAGMA main.table_info("{table}")'))
                database.execute(f'DELETE FROM main."{table}"')
                database.execute(f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM newer."{table}"')
        database.commit()
    description = json.loads((part / "part.json").read_text())
    (path / "part.json").write_text(json.dumps({**description, "schema": revision}))
    if (part / "objects").is_dir():
        (part / "objects").rename(path / "objects")


def test_a_snapshot_of_an_earlier_schema_is_taken(shared: Running, tmp_path: Path) -> None:
    shared.post("/_ruststack/reset")
    fill(shared, mark="older")
    before = content(shared)
    ask(shared, "POST", "?name=newest")
    snapshots = shared.data_dir / "snapshots"
    for service in SERVICES:
        older(service, snapshots / "older" / service, snapshots / "newest" / service)
    shared.post("/_ruststack/reset")
    ask(shared, "POST", "/older/load")
    assert content(shared) == before
    endpoint = ("--endpoint-url", shared.url)
    assert ruststack("snapshot", "export", "older", str(tmp_path / "older.tar"), *endpoint).returncode == 0
    done = ruststack("snapshot", "import", str(tmp_path / "older.tar"), "--name", "taken-in", *endpoint)
    assert done.returncode == 0, done
    shared.post("/_ruststack/reset")
    ask(shared, "POST", "/taken-in/load")
    assert content(shared) == before
