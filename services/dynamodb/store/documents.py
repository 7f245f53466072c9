"""JSON documents by kind, account, region and name: exports, imports, bulk operations, global tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from services.dynamodb.store.schema import documents

Owner = tuple[str, str, str]
"""(kind, account, region)"""

_D = documents.c
_OWNED = (
    _D.kind == sa.bindparam("kind"),
    _D.account_id == sa.bindparam("account_id"),
    _D.region == sa.bindparam("region"),
)
_FIND = sa.select(_D.document).where(*_OWNED, _D.name == sa.bindparam("name"))
_inserted = insert(documents)
_PUT = _inserted.on_conflict_do_update(
    index_elements=["kind", "account_id", "region", "name"], set_={"document": _inserted.excluded.document}
)
_AFTER = (
    sa.select(_D.document)
    .where(*_OWNED, _D.name > sa.bindparam("after"))
    .order_by(_D.name)
    .limit(sa.bindparam("limit"))
)
_OF_KIND = sa.select(_D.account_id, _D.document).where(_D.kind == sa.bindparam("kind")).order_by(_D.account_id, _D.name)
_ALL_DESCENDING = sa.select(_D.name, _D.document).where(*_OWNED).order_by(_D.name.desc())
_REMOVE = sa.delete(documents).where(
    _D.kind == sa.bindparam("b_kind"),
    _D.account_id == sa.bindparam("b_account_id"),
    _D.region == sa.bindparam("b_region"),
    _D.name == sa.bindparam("b_name"),
)


def _owned(owner: Owner) -> dict[str, Any]:
    return {"kind": owner[0], "account_id": owner[1], "region": owner[2]}


def find(transaction: Transaction, owner: Owner, name: str) -> dict[str, Any] | None:
    row = transaction.connection.execute(_FIND, {**_owned(owner), "name": name}).first()
    found: dict[str, Any] | None = orjson.loads(row[0]) if row is not None else None
    return found


def put(transaction: Transaction, owner: Owner, name: str, document: Mapping[str, Any]) -> None:
    """Insert or replace."""
    transaction.connection.execute(_PUT, {**_owned(owner), "name": name, "document": orjson.dumps(document)})


def after(transaction: Transaction, owner: Owner, name: str, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` documents whose names come after `name`, in order."""
    rows = transaction.connection.execute(_AFTER, {**_owned(owner), "after": name, "limit": limit})
    return [orjson.loads(row[0]) for row in rows]


def of_kind(transaction: Transaction, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """All documents of a kind with their accounts."""
    return [(row[0], orjson.loads(row[1])) for row in transaction.connection.execute(_OF_KIND, {"kind": kind})]


def newest_first(transaction: Transaction, owner: Owner) -> list[tuple[str, dict[str, Any]]]:
    """All documents with their names, against the order of the names."""
    return [(row[0], orjson.loads(row[1])) for row in transaction.connection.execute(_ALL_DESCENDING, _owned(owner))]


def remove(transaction: Transaction, owner: Owner, name: str) -> None:
    parameters = {"b_kind": owner[0], "b_account_id": owner[1], "b_region": owner[2], "b_name": name}
    transaction.connection.execute(_REMOVE, parameters)
