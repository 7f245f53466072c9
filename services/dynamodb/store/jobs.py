"""Rows of background jobs: what has to go on after a restart, and which process is at work on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from services.dynamodb.store.schema import jobs


class Job(NamedTuple):
    """A job. What `document` holds is the business of its kind."""

    job_id: int
    kind: str
    account_id: str
    table_id: int | None
    document: dict[str, Any]


_J = jobs.c
_ROW = (_J.job_id, _J.kind, _J.account_id, _J.table_id, _J.document)
_ADD = sa.insert(jobs).returning(_J.job_id)
_FREE = (
    sa.select(*_ROW)
    .where(sa.or_(_J.claimed_by.is_(None), _J.claimed_until <= sa.bindparam("now")))
    .order_by(_J.job_id)
    .limit(sa.bindparam("limit"))
)
_MINE = sa.select(*_ROW).where(_J.job_id == sa.bindparam("job_id"), _J.claimed_by == sa.bindparam("owner"))
_CLAIM = sa.update(jobs).where(_J.job_id == sa.bindparam("b_job_id"))
_KEEP = sa.update(jobs).where(_J.job_id == sa.bindparam("b_job_id"), _J.claimed_by == sa.bindparam("b_owner"))
_REMOVE = sa.delete(jobs).where(_J.job_id == sa.bindparam("b_job_id"))
_HELD = sa.select(_J.table_id).where(_J.table_id.is_not(None))
_COUNT = sa.select(sa.func.count()).where(_J.kind == sa.bindparam("kind"), _J.account_id == sa.bindparam("account_id"))
_FORGET_CLAIMS = sa.update(jobs).values(claimed_by=None, claimed_until=0.0)
_GIVE_BACK = _FORGET_CLAIMS.where(_J.claimed_by == sa.bindparam("owner"))


def _read(row: Any) -> Job:
    return Job(row[0], row[1], row[2], row[3], orjson.loads(row[4]))


def add(
    transaction: Transaction, kind: str, account_id: str, document: Mapping[str, Any], table_id: int | None = None
) -> int:
    """Insert a job that nobody is at work on; its id. `table_id` is the table whose rows have to stay."""
    parameters = {
        "kind": kind,
        "account_id": account_id,
        "table_id": table_id,
        "document": orjson.dumps(document),
        "claimed_by": None,
        "claimed_until": 0.0,
    }
    job_id: int = transaction.connection.execute(_ADD, parameters).scalar_one()
    return job_id


def are_free(transaction: Transaction, now: float) -> bool:
    """Whether there is a job that nobody is at work on."""
    return transaction.connection.execute(_FREE, {"now": now, "limit": 1}).first() is not None


def claim(transaction: Transaction, owner: str, now: float, until: float, limit: int) -> list[Job]:
    """Up to `limit` jobs that nobody is at work on, now `owner`'s until `until`."""
    found = [_read(row) for row in transaction.connection.execute(_FREE, {"now": now, "limit": limit})]
    for job in found:
        parameters = {"b_job_id": job.job_id, "claimed_by": owner, "claimed_until": until}
        transaction.connection.execute(_CLAIM, parameters)
    return found


def mine(transaction: Transaction, job_id: int, owner: str) -> Job | None:
    """The job, where it is still there and `owner`'s."""
    row = transaction.connection.execute(_MINE, {"job_id": job_id, "owner": owner}).first()
    return _read(row) if row is not None else None


def keep(transaction: Transaction, job_id: int, owner: str, document: Mapping[str, Any], until: float) -> bool:
    """Write down how far `owner` has come, and hold the job until `until`; whether it is still the owner's."""
    parameters = {
        "b_job_id": job_id,
        "b_owner": owner,
        "document": orjson.dumps(document),
        "claimed_until": until,
    }
    return transaction.connection.execute(_KEEP, parameters).rowcount > 0


def remove(transaction: Transaction, job_id: int) -> None:
    transaction.connection.execute(_REMOVE, {"b_job_id": job_id})


def held_tables(transaction: Transaction) -> frozenset[int]:
    """Tables whose rows a job still reads."""
    return frozenset(transaction.connection.execute(_HELD).scalars())


def count(transaction: Transaction, kind: str, account_id: str) -> int:
    """How many jobs of that kind the account has."""
    number: int = transaction.connection.execute(_COUNT, {"kind": kind, "account_id": account_id}).scalar_one()
    return number


def give_back(transaction: Transaction, owner: str) -> None:
    """Free the jobs that are `owner`'s."""
    transaction.connection.execute(_GIVE_BACK, {"owner": owner})


def forget_claims(transaction: Transaction) -> None:
    """Free every job: for a database that only this process uses, when it starts."""
    transaction.connection.execute(_FORGET_CLAIMS)
