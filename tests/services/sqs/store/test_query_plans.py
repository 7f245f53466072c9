"""No statement on messages looks at more rows than it needs: SQLite's plans search by an index, and sort nothing.

This is why sending, receiving and deleting cost the same however much waits; `benchmarks/sqs_depth.py` measures it.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import pysqlite

from awskit.database.statements import Statement
from services.sqs.store import fifo, message_counts, messages, queues

STATEMENTS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in (messages, message_counts, fifo)
    for name, value in vars(module).items()
    if isinstance(value, Statement) and value.is_for("sqlite")
}

INDEXES = {
    "messages._RECEIVE": "messages_ready",
    "messages._FIRST_READY": "messages_ready",
    "messages._FIRST_TURN": "messages_ready",
    "messages._MAKE_READY": "messages_waiting",
    "messages._NEXT_DUE": "messages_waiting",
    "message_counts._COUNT_WAITING": "messages_waiting",
    "message_counts._COUNT_STATE": "messages_waiting",
    "message_counts._COUNT_DUE": "messages_waiting",
    "message_counts._COUNT_ALL": "messages_by_age",
    "message_counts._COUNT": "messages_by_age",
    "messages._EXPIRE": "messages_by_age",
    "messages._OLDEST": "messages_by_age",
    "messages._PAGE": "messages_by_age",
    "messages._LAST_TURN_OF_GROUP": "messages_by_group",
    "fifo._FIRST_OF_GROUP": "messages_by_group",
    "fifo._AVAILABLE": "message_groups_available",
}

_GROUPS_STATES = (
    "message_counts._COUNT_WAITING",
    "message_counts._COUNT",
    "message_counts._COUNT_STATES",
    "message_counts._COUNT_DUE",
)


_READS_ALL = ("message_counts._LARGE_BACKLOGS", "message_counts._LARGE_STATES")


@pytest.mark.parametrize("name", [name for name in STATEMENTS if name not in _READS_ALL])
def test_a_plan_searches_by_an_index(name: str, database_templates: Any) -> None:
    sql, parameters = STATEMENTS[name].sql(pysqlite.dialect())
    connection = sqlite3.connect(database_templates.sqlite("sqs"))
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", [1] * len(parameters))]
    connection.close()
    assert not [step for step in plan if step.startswith("SCAN") and step != "SCAN CONSTANT ROW"], plan
    assert not [step for step in plan if "TEMP B-TREE" in step and name not in _GROUPS_STATES], plan
    if name in INDEXES:
        assert any(f"INDEX {INDEXES[name]} " in step for step in plan), plan


@pytest.mark.parametrize(
    ("statement", "search"),
    [
        (queues._LIST, "queues_by_name (account_id=? AND region=? AND name>? AND name<?)"),
        (queues._LIST_SOURCES, "queues_by_dead_letter_arn (dead_letter_arn=?)"),
    ],
)
def test_a_page_of_queues_reads_no_others(statement: sa.Select[Any], search: str, database_templates: Any) -> None:
    compiled = statement.compile(dialect=pysqlite.dialect())
    connection = sqlite3.connect(database_templates.sqlite("sqs"))
    arguments = dict.fromkeys(compiled.params, "")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled}", list(arguments.values()))]
    connection.close()
    assert any(step.endswith(search) for step in plan), plan
