"""The other replicas of a global table, and what of a change to one of them they follow.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from awskit.database import Transaction
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import tables as store
from services.dynamodb.tables.global_tables import MEMBER
from services.dynamodb.tables.replica_definitions import followed_encryption, following
from services.dynamodb.tables.table import Table
from services.dynamodb.tables.table_updates import TableUpdate


def other_replicas(runtime: DynamoDbRuntime, transaction: Transaction, table: Table, now: float) -> Iterator[Table]:
    """The table in the other regions."""
    for region in table.replicas:
        found = runtime.catalog.find(transaction, (table.account_id, region, table.name), now)
        if found is not None:
            yield found


def write_update(runtime: DynamoDbRuntime, transaction: Transaction, table: Table, update: TableUpdate) -> Table:
    """Write an UpdateTable's changes; new indexes begin to be filled, the entries of deleted ones go."""
    table = runtime.catalog.replace(transaction, table, update.definition)
    for number in update.created:
        table = runtime.backfill.begin_index(transaction, table, number)
    for number in update.deleted:
        if all(index.number != number for index in table.indexes):
            store.purge_later(transaction, store.Purge(table.table_id, number))
    return table


def follow_update(
    runtime: DynamoDbRuntime, transaction: Transaction, table: Table, input: Mapping[str, Any], now: float
) -> None:
    """Have the other replicas follow an UpdateTable of `table`."""
    for replica in other_replicas(runtime, transaction, table, now):
        settings = replica.definition[MEMBER]["Replicas"][replica.region].get("Settings", {})
        followed = following(input, replica, settings)
        if any(name != "AttributeDefinitions" for name in followed):
            update = TableUpdate(replica, followed, now, now + runtime.settings.status_delay)
            update.apply()
            write_update(runtime, transaction, replica, update)
        elif "SSESpecification" in input:  # which is alone in its request
            encryption = followed_encryption(input, replica, settings)
            runtime.catalog.change(transaction, replica, SSEDescription=encryption)
