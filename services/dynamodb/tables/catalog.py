"""Which tables there are: found by name or ARN, kept in memory, read again when they may have changed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import orjson

from awskit.database import Transaction
from awskit.service.context import RequestContext
from services.dynamodb.arns import ARN_BEGINNING, parse_arn, table_address
from services.dynamodb.errors import ResourceNotFoundException, ValidationException, table_not_found
from services.dynamodb.store import tables as store
from services.dynamodb.tables.table import Table, build_table

_MOST_KEPT: Final = 2_000  # of 4 KB each


class TableCatalog:
    """The tables of one database.

    A table read once is kept, until very many others have been. Its row is read again once another process has written
    to the database (`doubt`), and each time where nobody tells of that, but by who reads or writes items: they expect
    it to be what it was. What follows from the row is kept as long as the row is the same.
    """

    def __init__(self) -> None:
        self._tables: dict[tuple[str, str, str], Table] = {}
        self._doubtful: dict[tuple[str, str, str], Table] = {}
        self._written: dict[tuple[str, str, str], bytes] = {}

    def find(self, transaction: Transaction, address: tuple[str, str, str], now: float) -> Table | None:
        """The table at (account, region, name) unless it is deleted by `now`."""
        table = self._tables.get(address)
        if table is None or transaction.engine.several_processes:
            found = store.find_written(transaction, *address)
            table = self._doubtful.pop(address, table)
            if found is None:
                return None
            row, written = found
            if table is None or table.table_id != row.table_id or table.definition != row.definition:
                table = build_table(row.table_id, row.account_id, row.region, row.definition)
            if len(self._tables) >= _MOST_KEPT:
                self._drop(next(iter(self._tables)))
            self._tables[address] = table
            if transaction.engine.several_processes:
                self._written[address] = written
        return self._there(table, now)

    def _expected(self, transaction: Transaction, address: tuple[str, str, str], now: float) -> Table | None:
        """`find`; where each transaction has to ask, the row is expected to be what it was, and asked about later."""
        written = self._written.get(address)
        if written is None:
            return self.find(transaction, address, now)
        table = self._tables[address]
        store.expect_as_it_was(transaction, table.table_id, written, partial(self._drop, address))
        return self._there(table, now)

    @staticmethod
    def _there(table: Table, now: float) -> Table | None:
        if table.status != "ACTIVE" and not table.status_at(now):
            return None
        return table

    def data_table(self, transaction: Transaction, context: RequestContext[Any], name_or_arn: str) -> Table:
        """The table for reading or writing items: one that is being created or deleted is not found."""
        if name_or_arn.startswith(ARN_BEGINNING):
            address = table_address(context, name_or_arn)
        else:
            address = (context.account_id, context.region, name_or_arn)
        table = self._expected(transaction, address, context.now)
        if table is None or (table.status != "ACTIVE" and table.status_at(context.now) in ("CREATING", "DELETING")):
            raise ResourceNotFoundException
        return table

    def table(self, transaction: Transaction, context: RequestContext[Any], name_or_arn: str) -> Table:
        """The table for the control plane, in whatever status."""
        address = table_address(context, name_or_arn)
        table = self.find(transaction, address, context.now)
        if table is None:
            raise table_not_found(address[2])
        return table

    def table_by_arn(self, transaction: Transaction, arn: str, now: float, missing: str) -> Table:
        """The table with that ARN; `missing` is the text where there is none."""
        parsed = parse_arn(arn)
        if parsed.kind == "index":
            raise ValidationException(
                "One or more parameter values were invalid: Invalid resource arn provided, only table or stream is "
                f"accepted. Provided resource arn: {arn}"
            )
        table = self.find(transaction, parsed[:3], now)
        if table is None or parsed.kind:
            raise ResourceNotFoundException(missing)
        return table

    def add(self, transaction: Transaction, address: tuple[str, str, str], definition: Mapping[str, Any]) -> Table:
        """Insert a table. The name must be free."""
        table_id = store.add(transaction, address[0], address[1], definition)
        return build_table(table_id, address[0], address[1], orjson.loads(orjson.dumps(definition)))

    def free(self, transaction: Transaction, address: tuple[str, str, str], now: float) -> bool:
        """Whether no table has the name; one whose deletion is over by now gives it up."""
        if self.find(transaction, address, now) is not None:
            return False
        deleted = self.find(transaction, address, 0.0)
        if deleted is not None:
            self.remove(transaction, deleted)
        return True

    def change(self, transaction: Transaction, table: Table, **changes: Any) -> Table:
        """Alter the definition; a change to None takes the entry away."""
        definition = {name: value for name, value in {**table.definition, **changes}.items() if value is not None}
        return self.replace(transaction, table, definition)

    def replace(self, transaction: Transaction, table: Table, definition: Mapping[str, Any]) -> Table:
        """Write a whole new definition."""
        store.change(transaction, table.table_id, definition)
        self._forget(transaction, table)
        return build_table(table.table_id, table.account_id, table.region, definition)

    def remove(self, transaction: Transaction, table: Table) -> None:
        """Take the table away; its rows are purged later."""
        store.remove(transaction, table.table_id)
        self._forget(transaction, table)

    def clear(self) -> None:
        """Forget everything that is kept in memory."""
        self._tables.clear()
        self._doubtful.clear()
        self._written.clear()

    def doubt(self) -> None:
        """Another process has written, perhaps to the tables' rows."""
        self._doubtful.update(self._tables)
        self._tables.clear()

    def _forget(self, transaction: Transaction, table: Table) -> None:
        address = (table.account_id, table.region, table.name)

        # At once for what shares the commit, and after it for what another thread has read meanwhile.
        self._drop(address)
        transaction.after_commit(partial(self._drop, address))

    def _drop(self, address: tuple[str, str, str]) -> None:
        self._tables.pop(address, None)
        self._doubtful.pop(address, None)
        self._written.pop(address, None)
