"""Schema versions: made on first use, upgraded in steps, and a newer one refused and left as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from awskit.database.migrations import MigrationError, migrate, newest_revision

VERSION = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down}


def upgrade() -> None:
    op.create_table("t{revision}", sa.Column("a", sa.Integer))
"""


def add_version(folder: Path, number: int) -> None:
    (folder / "versions").mkdir(exist_ok=True)
    down = repr(f"{number - 1:04}") if number > 1 else None
    (folder / "versions" / f"{number:04}_step.py").write_text(VERSION.format(revision=f"{number:04}", down=down))


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    try:
        return set(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_a_new_database_gets_every_version_and_an_old_one_the_missing(database_url: str, tmp_path: Path) -> None:
    add_version(tmp_path, 1)
    migrate(database_url, tmp_path)
    assert tables(database_url) == {"alembic_version", "t0001"}
    add_version(tmp_path, 2)
    migrate(database_url, tmp_path)
    migrate(database_url, tmp_path)
    assert tables(database_url) == {"alembic_version", "t0001", "t0002"}


def test_a_newer_database_is_refused_and_left_untouched(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    add_version(tmp_path, 1)
    add_version(tmp_path, 2)
    migrate(url, tmp_path)
    (tmp_path / "versions" / "0002_step.py").unlink()
    before = (tmp_path / "a.db").read_bytes()
    with pytest.raises(MigrationError, match="schema 0002, written by a newer RustStack; this one knows up to 0001"):
        migrate(url, tmp_path)
    assert (tmp_path / "a.db").read_bytes() == before


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    add_version(tmp_path, 1)
    (tmp_path / "a.db").write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(MigrationError, match=r"cannot open the database .*a\.db: the file is not a database"):
        migrate(f"sqlite:///{tmp_path / 'a.db'}", tmp_path)


def test_a_migration_that_fails_leaves_nothing_half_done(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    add_version(tmp_path, 1)
    migrate(url, tmp_path)
    add_version(tmp_path, 2)
    path = tmp_path / "versions" / "0002_step.py"
    path.write_text(path.read_text() + "    raise RuntimeError('half way')\n")
    with pytest.raises(MigrationError, match="could not be migrated"):
        migrate(url, tmp_path)
    assert "half way" in capfd.readouterr().err
    assert tables(url) == {"alembic_version", "t0001"}


def test_no_migrations_is_a_mistake_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    with pytest.raises(MigrationError, match="holds no migrations"):
        newest_revision(tmp_path)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        (
            "postgresql+pg8000://user:secret@host/db",
            r"postgresql\+pg8000://user:\*\*\*@host/db needs a driver .*psycopg",
        ),
        ("postgres://user:secret@host/db", r"postgres://user:\*\*\*@host/db needs a driver .*postgresql\+psycopg://"),
        ("nonsense", r"is not one such as postgresql\+psycopg://user@host/database"),
    ],
)
def test_a_url_without_its_driver_is_refused_in_a_line(tmp_path: Path, url: str, text: str) -> None:
    add_version(tmp_path, 1)
    with pytest.raises(MigrationError, match=text) as refused:
        migrate(url, tmp_path)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
