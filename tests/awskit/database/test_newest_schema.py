"""The schema that an empty database gets at once: what the versions make, kept current, and whole or not there."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from awskit.database import newest_schema, schema_writer
from awskit.database.migrations import migrate, newest_revision, upgrade

ROOT = Path(__file__).parents[3]
SERVICES = ("dynamodb", "s3", "sns", "sqs")


def content(database: Path) -> tuple[list[tuple[str, str, str]], list[tuple[str, int]]]:
    """Every table and index with its SQL, but for white space, and how many rows each table has."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        counts = [
            (name, connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
            for kind, name, _ in rows
            if kind == "table"
        ]
    return [(kind, name, " ".join((sql or "").split())) for kind, name, sql in rows], counts


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_database_gets_what_the_versions_make(service: str, tmp_path: Path) -> None:
    folder = ROOT / "services" / service / "migrations"
    assert newest_schema.has_schema(folder, newest_revision(folder)), "`make schema` writes it anew"
    upgrade(f"sqlite:///{tmp_path / 'by-alembic.db'}", folder)
    assert newest_schema.create(str(tmp_path / "at-once.db"), folder)
    assert content(tmp_path / "at-once.db") == content(tmp_path / "by-alembic.db")
    with closing(sqlite3.connect(tmp_path / "at-once.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest_revision(folder),)]


@pytest.mark.parametrize("service", SERVICES)
def test_the_file_is_what_is_written(service: str) -> None:
    folder = ROOT / "services" / service / "migrations"
    assert schema_writer.schema_of(folder) == (folder / "newest.sql").read_text()


def versions(folder: Path, *names: str) -> Path:
    (folder / "versions").mkdir(parents=True)
    for number, name in enumerate(names, 1):
        down = repr(f"{number - 1:04}") if number > 1 else None
        (folder / "versions" / f"{number:04}_step.py").write_text(
            f"import sqlalchemy as sa\nfrom alembic import op\nrevision = '{number:04}'\ndown_revision = {down}\n\n\n"
            f"def upgrade() -> None:\n    op.create_table('{name}', sa.Column('a', sa.Integer))\n"
        )
    return folder


def test_alembic_is_imported_for_a_database_that_has_something_in_it_only(tmp_path: Path) -> None:
    folder = versions(tmp_path / "migrations", "one")
    schema_writer.main([str(folder)])
    imported = sys.modules.copy()
    for name in [name for name in sys.modules if name.partition(".")[0] == "alembic"]:
        del sys.modules[name]
    try:
        migrate(f"sqlite:///{tmp_path / 'a.db'}", folder, in_child=False)
        assert "alembic" not in sys.modules
    finally:
        sys.modules.update(imported)
    assert [name for name, _ in content(tmp_path / "a.db")[1]] == ["alembic_version", "one"]


def test_versions_that_are_newer_than_the_file_are_run(tmp_path: Path) -> None:
    folder = versions(tmp_path / "migrations", "one", "two")
    schema_writer.main([str(folder)])
    (folder / "newest.sql").write_text((folder / "newest.sql").read_text().replace("Revision 0002", "Revision 0001"))
    migrate(f"sqlite:///{tmp_path / 'a.db'}", folder)
    assert [name for name, _ in content(tmp_path / "a.db")[1]] == ["alembic_version", "one", "two"]
    with pytest.raises(SystemExit):
        schema_writer.main(["--check", str(folder)])


def test_rows_that_cannot_be_made_leave_nothing_behind(tmp_path: Path) -> None:
    folder = versions(tmp_path / "migrations", "one")
    schema_writer.main([str(folder)])
    (folder / "first_rows.py").write_text("def first_rows():\n    return {'one': [{'b': 1}]}\n")
    with pytest.raises(sqlite3.OperationalError):
        newest_schema.create(str(tmp_path / "a.db"), folder)
    assert content(tmp_path / "a.db") == ([], [])
    (folder / "first_rows.py").write_text("def first_rows():\n    return {'one': [{'a': 1}, {'a': 2}]}\n")
    assert newest_schema.create(str(tmp_path / "a.db"), folder)
    assert content(tmp_path / "a.db")[1] == [("alembic_version", 1), ("one", 2)]


def test_a_database_that_has_something_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    folder = versions(tmp_path / "migrations", "one")
    schema_writer.main([str(folder)])
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("CREATE TABLE other (a INTEGER)")
    assert not newest_schema.create(str(tmp_path / "a.db"), folder)
    assert [name for name, _ in content(tmp_path / "a.db")[1]] == ["other"]
