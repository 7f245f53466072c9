"""What of a service's state is in a snapshot: declared by the service, in its store, and handed to `Snapshots`."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from awskit.database import Transaction

Numbers = Mapping[str, int]
"""By series of numbers: how much is added to each number where an account's rows are put among those of others."""


class Files(Protocol):
    """The files that rows refer to. All of it but `current` runs in threads."""

    def keep(self, state: sqlite3.Connection, folder: Path) -> bool:
        """Link into `folder` what the rows refer to and is not there yet; False where one of them is gone meanwhile."""

    def current(self, transaction: Transaction) -> Sequence[str]:
        """What the service's rows refer to now."""

    def keep_current(self, names: Sequence[str], folder: Path) -> None:
        """Link these into `folder`, before the rows are copied; some may be gone already."""

    def check(self, state: sqlite3.Connection, folder: Path) -> None:
        """Raises `Unusable` where the rows refer to what is not in `folder`; takes from it what none refers to."""

    def bring(self, state: sqlite3.Connection, folder: Path, account_id: str | None) -> Mapping[str, str]:
        """Link what the account's rows refer to, or all rows, into their place under new names: these, by the old."""

    def discard(self, names: Sequence[str]) -> None:
        """Remove what `bring` has brought."""


@dataclass(frozen=True)
class Contents:
    """See the module.

    `tables` are those whose rows are kept, parents first. `empty` and `empty_account` delete what there is before rows
    are loaded. `owned` says, by table, which rows are an account's (an SQL condition over `:account`, read by SQLite);
    of other tables no rows are loaded for an account. `series` are the numbers that the database gives to rows: by
    name, the columns that hold them, first the one that they are given in; `renumbered` are columns in which they stand
    within a document. `shown` are tables whose rows are counted for the people who ask. `loaded` is called in every
    replica once other rows are there: what is kept in memory goes. `taken` says what of an account's rows is somebody
    else's. `settle` has what is only in memory written down before the rows are copied; `released` says, by table, what
    is set in the copies so that they are nobody's, where rows say which process is at work on them. `migrations` is the
    folder of the schema's versions.
    """

    migrations: Path
    tables: Sequence[sa.Table]
    empty: Callable[[Transaction], None]
    empty_account: Callable[[Transaction, str], None]
    owned: Mapping[str, str]
    loaded: Callable[[], None]
    shown: Sequence[str]
    series: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    renumbered: Mapping[tuple[str, str], Callable[[Any, Numbers], Any]] = field(default_factory=dict)
    settle: Callable[[], Awaitable[None]] | None = None
    released: Mapping[str, str] = field(default_factory=dict)
    files: Files | None = None
    file_columns: frozenset[tuple[str, str]] = frozenset()
    taken: Callable[[Transaction, sqlite3.Connection, str], str | None] = lambda transaction, state, account_id: None
