"""Global tables of version 2017.11.29: made of tables that are there, and changed by operations of their own.

In: a name and regions. Out: the document that is kept of a global table. Raised: `AwsError` with DynamoDB's codes.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables.V1.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from services.dynamodb.errors import TableNotFoundException, ValidationException
from services.dynamodb.global_tables.membership import Membership, new_member
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import documents
from services.dynamodb.store import items as item_store
from services.dynamodb.tables.global_tables import LEGACY, MEMBER, Group, group_of, new_group
from services.dynamodb.tables.schema_checks import INVALID
from services.dynamodb.tables.table import Table

_KIND: Final = "global-table"
_IMAGES: Final = "NEW_AND_OLD_IMAGES"
_EVERYWHERE: Final = (b"", None)

Document = dict[str, Any]


class GlobalTableNotFoundException(AwsError):
    """There is no global table of that name."""

    def __init__(self, name: str) -> None:
        super().__init__("GlobalTableNotFoundException", f"Global table with name: '{name}' not found.")


def owner_of(account_id: str) -> documents.Owner:
    """Where an account's documents are: in no region."""
    return _KIND, account_id, ""


def find(transaction: Transaction, account_id: str, name: str) -> Document:
    """The global table. Raises `GlobalTableNotFoundException`."""
    document = documents.find(transaction, owner_of(account_id), name)
    if document is None:
        raise GlobalTableNotFoundException(name)
    return document


def keep(transaction: Transaction, account_id: str, document: Document) -> None:
    """Write a global table down; one without replicas goes."""
    if document["Regions"]:
        documents.put(transaction, owner_of(account_id), document["Name"], document)
    else:
        documents.remove(transaction, owner_of(account_id), document["Name"])


def forget_replica(transaction: Transaction, table: Table) -> None:
    """A table is deleted: the global table of its name goes on without it."""
    if table.definition[MEMBER]["Version"] == LEGACY:
        document = find(transaction, table.account_id, table.name)
        document["Regions"] = [region for region in document["Regions"] if region != table.region]
        keep(transaction, table.account_id, document)


class LegacyGroup:
    """The tables of one name in an account's regions."""

    def __init__(
        self, runtime: DynamoDbRuntime, transaction: Transaction, account_id: str, name: str, now: float
    ) -> None:
        self._runtime = runtime
        self._transaction = transaction
        self._account_id = account_id
        self._name = name
        self._now = now

    def table(self, region: str) -> Table:
        """The table in a region. Raises `TableNotFoundException`."""
        address = (self._account_id, region, self._name)
        found = self._runtime.catalog.find(self._transaction, address, self._now)
        if found is None:
            raise TableNotFoundException(self._name)
        return found

    def create(self, regions: Iterable[str]) -> None:
        """Make a global table of the tables in `regions`."""
        self._add(new_group(LEGACY), regions)

    def update(self, regions: list[str], added: Iterable[str], removed: Iterable[str]) -> None:
        """Add the tables in some regions, and let those in others go their own ways."""
        group = group_of(self.table(regions[0]).definition)
        assert group is not None
        for region in removed:
            membership = Membership(self._runtime, self._transaction, self.table(region), self._now)
            membership.drop(group, self.table(region), doomed=False)
            membership.spread(group)
        self._add(group, added)

    def _add(self, group: Group, regions: Iterable[str]) -> None:
        tables = {region: self.table(region) for region in (*group["Replicas"], *regions)}
        for region, table in tables.items():
            if region in group["Replicas"]:
                continue
            _check_new(self._transaction, table, next(iter(tables.values())))
            group["Replicas"][region] = new_member(0.0)
            self._runtime.catalog.change(self._transaction, table, **{MEMBER: group})
        if tables:
            first = next(iter(tables.values()))
            Membership(self._runtime, self._transaction, first, self._now).spread(group)


def _check_new(transaction: Transaction, table: Table, first: Table) -> None:
    """The table may be a replica beside `first`."""
    if MEMBER in table.definition:
        raise ValidationException(f"{INVALID}Table is already part of a global table: {table.name}")
    if table.stream_view_type != _IMAGES:
        raise ValidationException(
            f"{INVALID}Dynamodb Streams must be enabled with the StreamViewType {_IMAGES} for table {table.name} in "
            f"region {table.region}"
        )
    if item_store.scan(transaction, table.table_id, _EVERYWHERE, after=None, limit=1):
        raise ValidationException(f"{INVALID}Table must be empty: {table.name} in region {table.region}")
    if _schema(table.definition) != _schema(first.definition):
        raise ValidationException(
            f"{INVALID}The key schemas of the tables and of their indexes must be the same in all regions: {table.name}"
        )


def _schema(definition: Mapping[str, Any]) -> Any:
    indexes = {
        kind: {entry["IndexName"]: entry["KeySchema"] for entry in definition.get(kind, ())}
        for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
    }
    return definition["KeySchema"], indexes
