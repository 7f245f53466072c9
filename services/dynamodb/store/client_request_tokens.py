"""Client request tokens of transactions, with the answer they got."""

from __future__ import annotations

import sqlalchemy as sa

from awskit.database import Transaction
from services.dynamodb.store.schema import tokens

_T = tokens.c
_FIND = sa.select(_T.request_hash, _T.output, _T.used_at).where(
    _T.account_id == sa.bindparam("account_id"),
    _T.region == sa.bindparam("region"),
    _T.token == sa.bindparam("token"),
)
_REMOVE = sa.delete(tokens).where(
    _T.account_id == sa.bindparam("b_account_id"),
    _T.region == sa.bindparam("b_region"),
    _T.token == sa.bindparam("b_token"),
)
_ADD = sa.insert(tokens)
_FORGET = sa.delete(tokens).where(_T.used_at <= sa.bindparam("b_horizon"))

Place = tuple[str, str, str]
"""(account, region, token)"""


def find(transaction: Transaction, place: Place, horizon: float) -> tuple[bytes, bytes] | None:
    """The request's hash and the output, where the token was used after `horizon`."""
    parameters = {"account_id": place[0], "region": place[1], "token": place[2]}
    row = transaction.connection.execute(_FIND, parameters).first()
    return (row[0], row[1]) if row is not None and row[2] > horizon else None


def keep(transaction: Transaction, place: Place, request_hash: bytes, output: bytes, now: float) -> None:
    """Remember a request and its output under its token."""
    transaction.connection.execute(_REMOVE, {"b_account_id": place[0], "b_region": place[1], "b_token": place[2]})
    parameters = {
        "account_id": place[0],
        "region": place[1],
        "token": place[2],
        "request_hash": request_hash,
        "output": output,
        "used_at": now,
    }
    transaction.connection.execute(_ADD, parameters)


def forget(transaction: Transaction, horizon: float) -> None:
    """Drop tokens that were not used after `horizon`."""
    transaction.connection.execute(_FORGET, {"b_horizon": horizon})
