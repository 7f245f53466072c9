"""What of the database is in a snapshot."""

from __future__ import annotations

from typing import Final

from services.sqs.store.tables import clock, metadata

TABLES: Final = tuple(table for table in metadata.sorted_tables if table is not clock)
SHOWN: Final = ("queues", "messages")
SERIES: Final = {
    "backlogs": (
        ("backlogs", "id"),
        ("queues", "backlog_id"),
        ("messages", "backlog_id"),
        ("message_groups", "backlog_id"),
    ),
    "queues": (("queues", "id"), ("deduplications", "queue_id")),
    "messages": (("messages", "id"), ("large_bodies", "message_key"), ("deduplications", "message_key")),
    "move_tasks": (("move_tasks", "id"),),
}

_QUEUES = "SELECT id FROM queues WHERE account_id = :account"
_BACKLOGS = "SELECT backlog_id FROM queues WHERE account_id = :account"
_MESSAGES = f"SELECT id FROM messages WHERE backlog_id IN ({_BACKLOGS})"
# Answers of receives that may be asked for again hold messages' numbers, and are of no use after five minutes.
OWNED: Final = {
    "queues": "account_id = :account",
    "backlogs": f"id IN ({_BACKLOGS})",
    "messages": f"backlog_id IN ({_BACKLOGS})",
    "large_bodies": f"message_key IN ({_MESSAGES})",
    "message_groups": f"backlog_id IN ({_BACKLOGS})",
    "deduplications": f"queue_id IN ({_QUEUES})",
    "move_tasks": "account_id = :account",
    "deleted_queues": "account_id = :account",
}
