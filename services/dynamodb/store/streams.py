"""Rows of streams, their shards and their records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.statements import Statement
from services.dynamodb.store.schema import shards, stream_records, streams


class StreamRow(NamedTuple):
    """A stream; `definition` holds its table's keys, view type and status."""

    stream_id: int
    account_id: str
    region: str
    table_name: str
    label: str
    definition: dict[str, Any]


class Shard(NamedTuple):
    """A shard holds the records from `first_sequence` up to, not including, `next_sequence`."""

    stream_id: int
    shard_number: int
    shard_id: str
    parent_shard_id: str | None
    opened_at: float
    closed_at: float | None
    first_sequence: int
    next_sequence: int


class Record(NamedTuple):
    """A record as JSON."""

    sequence: int
    created_at: float
    record: bytes


_ST = streams.c
_SH = shards.c
_R = stream_records.c
_ROW = (_ST.stream_id, _ST.account_id, _ST.region, _ST.table_name, _ST.label, _ST.definition)
_ADD = sa.insert(streams).returning(_ST.stream_id)
_CHANGE = sa.update(streams).where(_ST.stream_id == sa.bindparam("b_stream_id"))
_REMOVE = sa.delete(streams).where(_ST.stream_id == sa.bindparam("b_stream_id"))
_FIND = sa.select(*_ROW).where(
    _ST.account_id == sa.bindparam("account_id"),
    _ST.region == sa.bindparam("region"),
    _ST.table_name == sa.bindparam("table_name"),
    _ST.label == sa.bindparam("label"),
)
_PAGE = (
    sa.select(*_ROW)
    .where(
        # no columns of an index, which would be searched by them and sorted: all of the account's streams
        _ST.account_id + "" == sa.bindparam("account_id"),
        _ST.region + "" == sa.bindparam("region"),
        _ST.stream_id > sa.bindparam("after"),
    )
    .order_by(_ST.stream_id)
    .limit(sa.bindparam("most"))
)
_PAGE_OF_TABLE = (
    sa.select(*_ROW)
    .where(
        _ST.account_id == sa.bindparam("account_id"),
        _ST.region == sa.bindparam("region"),
        _ST.table_name == sa.bindparam("table_name"),
        _ST.stream_id + 0 > sa.bindparam("after"),
    )
    .order_by(_ST.stream_id + 0)
    .limit(sa.bindparam("most"))
)
_WITHOUT_SHARDS = sa.select(*_ROW).where(~sa.exists().where(_SH.stream_id == _ST.stream_id)).order_by(_ST.stream_id)
_OPEN_SINCE = (
    sa.select(*_SH)
    .where(
        _SH.closed_at.is_(None),
        _SH.opened_at <= sa.bindparam("moment"),
        _SH.next_sequence > _SH.first_sequence + 1,
    )
    .order_by(_SH.stream_id)
)
_REMOVE_CLOSED = sa.delete(shards).where(_SH.closed_at <= sa.bindparam("moment"))
_ADD_SHARD = sa.insert(shards)
_SHARDS = (
    sa.select(*_SH)
    .where(_SH.stream_id == sa.bindparam("stream_id"), _SH.shard_number > sa.bindparam("after"))
    .order_by(_SH.shard_number)
)
_CLOSE_SHARD = sa.update(shards).where(
    _SH.stream_id == sa.bindparam("b_stream_id"), _SH.shard_number == sa.bindparam("b_shard_number")
)
_NEXT = Statement(
    sa.update(shards)
    .where(_SH.stream_id == sa.bindparam("stream"), _SH.closed_at.is_(None))
    .values(next_sequence=_SH.next_sequence + 1)
    .returning(_SH.shard_number, _SH.next_sequence)
)
_APPEND = Statement(sa.insert(stream_records))
_RECORDS = (
    sa.select(_R.sequence, _R.created_at, _R.record)
    .where(
        _R.stream_id == sa.bindparam("stream_id"),
        _R.shard_number == sa.bindparam("shard_number"),
        _R.sequence >= sa.bindparam("sequence"),
        _R.created_at > sa.bindparam("horizon"),
    )
    .order_by(_R.sequence)
    .limit(sa.bindparam("limit"))
)
_FIRST_KEPT = sa.select(sa.func.min(_R.sequence)).where(
    _R.stream_id == sa.bindparam("stream_id"),
    _R.shard_number == sa.bindparam("shard_number"),
    _R.created_at > sa.bindparam("horizon"),
)
_FIRST_SINCE = sa.select(sa.func.min(_R.sequence)).where(
    _R.stream_id == sa.bindparam("stream_id"),
    _R.shard_number == sa.bindparam("shard_number"),
    _R.created_at >= sa.bindparam("moment"),
)
_TRIM = sa.delete(stream_records).where(
    sa.tuple_(_R.stream_id, _R.shard_number, _R.sequence).in_(
        sa.select(_R.stream_id, _R.shard_number, _R.sequence)
        .where(_R.created_at <= sa.bindparam("b_horizon"))
        .limit(sa.bindparam("b_limit"))
    )
)


def _read(row: Any) -> StreamRow:
    return StreamRow(row[0], row[1], row[2], row[3], row[4], orjson.loads(row[5]))


def add(
    transaction: Transaction, account_id: str, region: str, table_name: str, label: str, definition: Mapping[str, Any]
) -> int:
    """Insert a stream; its id."""
    parameters = {
        "account_id": account_id,
        "region": region,
        "table_name": table_name,
        "label": label,
        "definition": orjson.dumps(definition),
    }
    stream_id: int = transaction.connection.execute(_ADD, parameters).scalar_one()
    return stream_id


def change(transaction: Transaction, stream_id: int, definition: Mapping[str, Any]) -> None:
    parameters = {"b_stream_id": stream_id, "definition": orjson.dumps(definition)}
    transaction.connection.execute(_CHANGE, parameters)


def remove(transaction: Transaction, stream_id: int) -> None:
    transaction.connection.execute(_REMOVE, {"b_stream_id": stream_id})


def find(transaction: Transaction, account_id: str, region: str, table_name: str, label: str) -> StreamRow | None:
    parameters = {"account_id": account_id, "region": region, "table_name": table_name, "label": label}
    row = transaction.connection.execute(_FIND, parameters).first()
    return _read(row) if row is not None else None


def list_streams(
    transaction: Transaction, account_id: str, region: str, table_name: str | None, *, after: int, most: int
) -> list[StreamRow]:
    """Up to `most` of the account's streams, or of one table, after the one with the id `after`, oldest first."""
    parameters = {"account_id": account_id, "region": region, "after": after, "most": most}
    if table_name is None:
        rows = transaction.connection.execute(_PAGE, parameters)
    else:
        rows = transaction.connection.execute(_PAGE_OF_TABLE, {**parameters, "table_name": table_name})
    return [_read(row) for row in rows]


def streams_without_shards(transaction: Transaction) -> list[StreamRow]:
    return [_read(row) for row in transaction.connection.execute(_WITHOUT_SHARDS)]


def written_shards_open_since(transaction: Transaction, moment: float) -> list[Shard]:
    """The shards that were opened then or before, are open and have records."""
    return [Shard(*row) for row in transaction.connection.execute(_OPEN_SINCE, {"moment": moment})]


def remove_shards_closed_by(transaction: Transaction, moment: float) -> None:
    transaction.connection.execute(_REMOVE_CLOSED, {"moment": moment})


def add_shard(transaction: Transaction, shard: Shard) -> None:
    transaction.connection.execute(_ADD_SHARD, shard._asdict())


def list_shards(transaction: Transaction, stream_id: int, after: int = -1) -> list[Shard]:
    """The shards of a stream, oldest first."""
    rows = transaction.connection.execute(_SHARDS, {"stream_id": stream_id, "after": after})
    return [Shard(*row) for row in rows]


def close_shard(transaction: Transaction, shard: Shard, closed_at: float) -> None:
    parameters = {"b_stream_id": shard.stream_id, "b_shard_number": shard.shard_number, "closed_at": closed_at}
    transaction.connection.execute(_CLOSE_SHARD, parameters)


def next_sequence(transaction: Transaction, stream_id: int) -> tuple[int, int] | None:
    """(shard number, sequence) for a new record; None where the stream has no open shard.

    The shard's row is written, so that records become visible in the order of their sequence.
    """
    row = _NEXT.first(transaction, {"stream": stream_id})
    return (row[0], row[1] - 1) if row is not None else None


def append(transaction: Transaction, stream_id: int, shard_number: int, record: Record) -> None:
    parameters = {"stream_id": stream_id, "shard_number": shard_number, **record._asdict()}
    _APPEND.do(transaction, parameters)


def records(
    transaction: Transaction, stream_id: int, shard_number: int, sequence: int, *, horizon: float, limit: int
) -> list[Record]:
    """Up to `limit` records from `sequence` on that are younger than `horizon`."""
    parameters = {
        "stream_id": stream_id,
        "shard_number": shard_number,
        "sequence": sequence,
        "horizon": horizon,
        "limit": limit,
    }
    return [Record(*row) for row in transaction.connection.execute(_RECORDS, parameters)]


def first_kept(transaction: Transaction, stream_id: int, shard_number: int, horizon: float) -> int | None:
    """The sequence of the oldest record that is younger than `horizon`."""
    parameters = {"stream_id": stream_id, "shard_number": shard_number, "horizon": horizon}
    sequence: int | None = transaction.connection.execute(_FIRST_KEPT, parameters).scalar_one()
    return sequence


def first_since(transaction: Transaction, stream_id: int, shard_number: int, moment: float) -> int | None:
    """The sequence of the first record from `moment` on."""
    parameters = {"stream_id": stream_id, "shard_number": shard_number, "moment": moment}
    sequence: int | None = transaction.connection.execute(_FIRST_SINCE, parameters).scalar_one()
    return sequence


def trim(transaction: Transaction, horizon: float, limit: int) -> int:
    """Delete up to `limit` records that are not younger than `horizon`; how many."""
    return transaction.connection.execute(_TRIM, {"b_horizon": horizon, "b_limit": limit}).rowcount
