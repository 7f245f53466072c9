"""What a deleted table or backup leaves goes a few rows at a time, each time for the same however much is left."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import pysqlite

from awskit.database import Transaction
from services.dynamodb.store import backups, tables
from services.dynamodb.store.schema import backup_items, items
from services.dynamodb.store.sweeping import Sweep
from tests.services.dynamodb.conftest import DynamoDb

SWEEPS = (tables._ENTRIES, tables._TABLE_ENTRIES, *tables._OF_TABLE, backups._SWEEP)


@pytest.mark.parametrize("sweep", SWEEPS)
def test_a_piece_is_found_by_the_keys(sweep: Sweep, database_templates: Any) -> None:
    connection = sqlite3.connect(database_templates.sqlite("dynamodb"))
    for statement in (sweep._last, sweep._delete):
        compiled = statement.compile(dialect=pysqlite.dialect())
        arguments = [1] * len(compiled.positiontup or ())
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled}", arguments)]
        assert [step.split(" USING ")[1].startswith("PRIMARY KEY (") for step in plan] == [True], plan
    assert ")<(" in plan[0], plan
    connection.close()


def fill(transaction: Transaction, table: sa.Table, owner: str, count: int) -> None:
    rows = [
        {
            owner: 7,
            "hash": bytes([number % 3]),
            "sort": number.to_bytes(2, "big"),
            "size": 1,
            "page_size": 1,
            "item": b"{}",
        }
        for number in range(count)
    ]
    transaction.connection.execute(sa.insert(table), rows)
    transaction.connection.execute(sa.insert(table), {**rows[0], owner: 8})


def sweep_table(transaction: Transaction) -> bool:
    return tables.purge_some(transaction, tables.Purge(7, tables.WHOLE_TABLE), 10)


def sweep_backup(transaction: Transaction) -> bool:
    return backups.sweep(transaction, 7, 10)


@pytest.mark.parametrize(
    ("table", "owner", "work"), [(items, "table_id", sweep_table), (backup_items, "backup_id", sweep_backup)]
)
async def test_pieces_until_nothing_is_left_but_of_others(
    dynamodb: DynamoDb, table: sa.Table, owner: str, work: Callable[[Transaction], bool]
) -> None:
    database = dynamodb.service.runtime.database
    await database.write(lambda transaction: fill(transaction, table, owner, 30))

    def left(transaction: Transaction) -> list[int]:
        return list(transaction.connection.execute(sa.select(table.c[owner]).order_by(table.c[owner])).scalars())

    found = []
    for _ in range(4):
        done = await database.write(work)
        found.append((done, len(await database.read(left))))
    assert found == [(False, 21), (False, 11), (False, 1), (True, 1)]
    assert await database.read(left) == [8]
