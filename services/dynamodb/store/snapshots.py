"""What of the database is in a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from services.dynamodb.store.schema import clock, metadata

TABLES: Final = tuple(table for table in metadata.sorted_tables if table is not clock)
SHOWN: Final = ("tables", "items")

_OF_TABLES = ("statistics", "items", "index_entries", "expirations", "history", "purges", "item_versions")
_OF_STREAMS = ("shards", "stream_records")
RELEASED: Final = {
    "jobs": "claimed_by = NULL, claimed_until = 0",
    "outbox": "leased_until = 0",
    "replication": "leased_until = 0",
}
SERIES: Final = {
    "tables": (("tables", "table_id"), *((name, "table_id") for name in (*_OF_TABLES, "jobs"))),
    "streams": (("streams", "stream_id"), *((name, "stream_id") for name in _OF_STREAMS)),
    "backups": (("backups", "backup_id"), ("backup_items", "backup_id")),
    "jobs": (("jobs", "job_id"),),
    "sink_messages": (("sink_messages", "id"),),
}

_TABLE_IDS = "SELECT table_id FROM tables WHERE account_id = :account"
# What a job copies may have been deleted as a table meanwhile.
_READ_IDS = "SELECT table_id FROM jobs WHERE account_id = :account AND table_id IS NOT NULL"
_STREAM_IDS = "SELECT stream_id FROM streams WHERE account_id = :account"
_BACKUP_IDS = "SELECT backup_id FROM backups WHERE account_id = :account"
OWNED: Final = {
    **{table.name: "account_id = :account" for table in TABLES if "account_id" in table.c},
    **dict.fromkeys(_OF_TABLES, f"table_id IN ({_TABLE_IDS}) OR table_id IN ({_READ_IDS})"),
    **dict.fromkeys(_OF_STREAMS, f"stream_id IN ({_STREAM_IDS})"),
    **dict.fromkeys(("outbox", "replication"), "destination LIKE '%:' || :account || ':%'"),
    "backup_items": f"backup_id IN ({_BACKUP_IDS})",
}

_SERIES_OF_MEMBERS = {"TableId": "tables", "TargetId": "tables", "StreamId": "streams", "BackupId": "backups"}


def _renumber(document: bytes, added: Mapping[str, int]) -> bytes:
    return orjson.dumps(_with_added(orjson.loads(document), added))


def _with_added(value: Any, added: Mapping[str, int]) -> Any:
    if isinstance(value, list):
        return [_with_added(one, added) for one in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _with_added(one, added) for name, one in value.items()}
    for name, series in _SERIES_OF_MEMBERS.items():
        if isinstance(changed.get(name), int):
            changed[name] += added[series]
    return changed


RENUMBERED: Final[Mapping[tuple[str, str], Callable[[bytes, Mapping[str, int]], bytes]]] = {
    ("tables", "definition"): _renumber,
    ("backups", "definition"): _renumber,
    ("jobs", "document"): _renumber,
}
