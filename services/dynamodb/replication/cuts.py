"""Regions that are cut off from all others: nothing replicates to or from them until they are joined again.

A cut is for one account's tables, or for all (`EVERYONE`). It is a row, so that it outlives the process and holds for
all that serve the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from services.dynamodb.store import documents
from services.dynamodb.tables.table import Table

EVERYONE: Final = "*"

_KIND: Final = "cut"
_MOST: Final = 1000


def cut(transaction: Transaction, account_id: str, region: str, now: float) -> None:
    """Cut a region off."""
    documents.put(transaction, (_KIND, account_id, ""), region, {"RegionName": region, "Since": now})


def join(transaction: Transaction, account_id: str, region: str) -> bool:
    """Join a region again; whether it was cut off."""
    owner = (_KIND, account_id, "")
    if documents.find(transaction, owner, region) is None:
        return False
    documents.remove(transaction, owner, region)
    return True


def cut_regions(transaction: Transaction, account_id: str) -> frozenset[str]:
    """The regions that are cut off for an account's tables."""
    owners = dict.fromkeys((account_id, EVERYONE))
    return frozenset(document["RegionName"] for owner in owners for document in _of(transaction, owner))


def all_cuts(transaction: Transaction) -> list[tuple[str, dict[str, Any]]]:
    """Every cut, `{"RegionName": ..., "Since": ...}`, with the account that it is for, or `EVERYONE`."""
    return documents.of_kind(transaction, _KIND)


def _of(transaction: Transaction, account_id: str) -> list[dict[str, Any]]:
    return documents.after(transaction, (_KIND, account_id, ""), "", _MOST)


def is_severed(cut_off: Iterable[str], *regions: str) -> bool:
    """Whether one of `regions` is cut off."""
    return not set(regions).isdisjoint(cut_off)


def check_reachable(transaction: Transaction, table: Table) -> None:
    """A strongly consistent table can be written, and read consistently, where another region is within reach.

    Raises `InternalServerError`: AWS answers with it, or not in time, where a replica is alone.
    """
    cut_off = cut_regions(transaction, table.account_id)
    others = (*table.replicas, *((table.witness,) if table.witness else ()))
    if table.region in cut_off or all(region in cut_off for region in others):
        raise AwsError("InternalServerError", "Internal server error", 500)
