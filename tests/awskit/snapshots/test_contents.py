"""What each service says of its tables, for snapshots: none is forgotten where one account's rows are asked for."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

LEFT_OUT = {"sqs": {"receive_attempts"}, "s3": {"outbox"}, "sns": set(), "dynamodb": set()}
"""Rows that belong to no account, or are of no use after minutes."""


@pytest.mark.parametrize("service", LEFT_OUT)
def test_each_table_has_rows_of_an_account_or_is_known_to_have_none(service: str) -> None:
    store: Any = importlib.import_module(f"services.{service}.store.snapshots")
    names = {table.name for table in store.TABLES}
    assert set(store.OWNED) == names - LEFT_OUT[service]
    assert set(store.SHOWN) <= names


@pytest.mark.parametrize("service", LEFT_OUT)
def test_each_number_that_the_database_gives_is_of_a_series(service: str) -> None:
    store: Any = importlib.import_module(f"services.{service}.store.snapshots")
    given = {columns[0] for columns in store.SERIES.values()}
    for table in store.TABLES:
        (column, *further) = table.primary_key.columns
        if not further and table.name in store.OWNED and column.autoincrement in (True, "auto"):
            is_number = column.type.python_type is int and not column.foreign_keys
            assert not is_number or (table.name, column.name) in given, table.name
