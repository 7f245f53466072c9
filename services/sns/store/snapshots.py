"""What of the database is in a snapshot: all but the key that this fleet signs with."""

from __future__ import annotations

from typing import Final

from services.sns.store.tables import clock, metadata, signing_keys

TABLES: Final = tuple(table for table in metadata.sorted_tables if table not in (signing_keys, clock))
SHOWN: Final = ("topics", "subscriptions")

_OF_TOPICS = ("archive", "deduplication")
OWNED: Final = {
    **{table.name: "account_id = :account" for table in TABLES if "account_id" in table.c},
    **dict.fromkeys(_OF_TOPICS, "topic_arn LIKE '%:' || :account || ':%'"),
    "outbox": "destination LIKE '%:' || :account || ':%'",
}
RELEASED: Final = {"outbox": "leased_until = 0"}
SERIES: Final = {
    table.name: ((table.name, "id"),)
    for table in TABLES
    if table.name not in ("outbox", "delivery_log") and "id" in table.c
}
