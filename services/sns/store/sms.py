"""SMS settings of an account and region, its sandbox's numbers, and the numbers that opted out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from services.sns.store.tables import opted_out_numbers, sms_attributes, sms_sandbox_numbers


@dataclass(frozen=True, slots=True)
class SandboxNumber:
    id: int
    phone_number: str
    status: str
    one_time_password: str


def _owner(table: sa.Table) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.account_id == sa.bindparam("account"), table.c.region == sa.bindparam("in_region")


_ATTRIBUTES = sa.select(sms_attributes.c.attributes).where(*_owner(sms_attributes))
_ADD_ATTRIBUTES = insert(sms_attributes)
_SET_ATTRIBUTES = _ADD_ATTRIBUTES.on_conflict_do_update(
    index_elements=["account_id", "region"], set_={"attributes": _ADD_ATTRIBUTES.excluded.attributes}
)

_box = sms_sandbox_numbers.c
_SANDBOX_COLUMNS = (_box.id, _box.phone_number, _box.status, _box.one_time_password)
_SANDBOX_NUMBER = (*_owner(sms_sandbox_numbers), _box.phone_number == sa.bindparam("number"))
_FIND_SANDBOX = sa.select(*_SANDBOX_COLUMNS).where(*_SANDBOX_NUMBER)
_LIST_SANDBOX = (
    sa.select(*_SANDBOX_COLUMNS)
    .where(*_owner(sms_sandbox_numbers), _box.id > sa.bindparam("after"))
    .order_by(_box.id)
    .limit(sa.bindparam("count"))
)
_ADD_SANDBOX = insert(sms_sandbox_numbers)
_SET_SANDBOX = _ADD_SANDBOX.on_conflict_do_update(
    index_elements=["account_id", "region", "phone_number"],
    set_={"status": _ADD_SANDBOX.excluded.status, "one_time_password": _ADD_SANDBOX.excluded.one_time_password},
)
_DELETE_SANDBOX = sa.delete(sms_sandbox_numbers).where(*_SANDBOX_NUMBER)

_out = opted_out_numbers.c
_OPTED_OUT_NUMBER = (*_owner(opted_out_numbers), _out.phone_number == sa.bindparam("number"))
_IS_OPTED_OUT = sa.select(_out.id).where(*_OPTED_OUT_NUMBER)
_LIST_OPTED_OUT = (
    sa.select(_out.id, _out.phone_number)
    .where(*_owner(opted_out_numbers), _out.id > sa.bindparam("after"))
    .order_by(_out.id)
    .limit(sa.bindparam("count"))
)
_OPT_OUT = insert(opted_out_numbers).on_conflict_do_nothing(index_elements=["account_id", "region", "phone_number"])
_OPT_IN = sa.delete(opted_out_numbers).where(*_OPTED_OUT_NUMBER)


def attributes(transaction: Transaction, account_id: str, region: str) -> dict[str, str]:
    found = transaction.connection.execute(_ATTRIBUTES, {"account": account_id, "in_region": region}).scalar()
    parsed: dict[str, str] = orjson.loads(found) if found is not None else {}
    return parsed


def set_attributes(transaction: Transaction, account_id: str, region: str, values: Mapping[str, str]) -> None:
    """Replace all of the account's in the region."""
    text = orjson.dumps(dict(values)).decode("utf-8")
    transaction.connection.execute(_SET_ATTRIBUTES, {"account_id": account_id, "region": region, "attributes": text})


def find_sandbox_number(
    transaction: Transaction, account_id: str, region: str, phone_number: str
) -> SandboxNumber | None:
    values = {"account": account_id, "in_region": region, "number": phone_number}
    row = transaction.connection.execute(_FIND_SANDBOX, values).first()
    return SandboxNumber(*row) if row is not None else None


def page_of_sandbox_numbers(
    transaction: Transaction, account_id: str, region: str, after: int, count: int
) -> list[SandboxNumber]:
    """Up to `count` numbers whose ids are above `after`."""
    values = {"account": account_id, "in_region": region, "after": after, "count": count}
    return [SandboxNumber(*row) for row in transaction.connection.execute(_LIST_SANDBOX, values)]


def set_sandbox_number(
    transaction: Transaction, account_id: str, region: str, phone_number: str, status: str, one_time_password: str
) -> None:
    """Insert the number, or give it another status (`Pending`, `Verified`) and password."""
    values = {
        "account_id": account_id,
        "region": region,
        "phone_number": phone_number,
        "status": status,
        "one_time_password": one_time_password,
    }
    transaction.connection.execute(_SET_SANDBOX, values)


def delete_sandbox_number(transaction: Transaction, account_id: str, region: str, phone_number: str) -> None:
    values = {"account": account_id, "in_region": region, "number": phone_number}
    transaction.connection.execute(_DELETE_SANDBOX, values)


def is_opted_out(transaction: Transaction, account_id: str, region: str, phone_number: str) -> bool:
    values = {"account": account_id, "in_region": region, "number": phone_number}
    return transaction.connection.execute(_IS_OPTED_OUT, values).first() is not None


def page_of_opted_out(
    transaction: Transaction, account_id: str, region: str, after: int, count: int
) -> list[tuple[int, str]]:
    """Ids and numbers, up to `count` of those whose ids are above `after`."""
    values = {"account": account_id, "in_region": region, "after": after, "count": count}
    return [(number, phone) for number, phone in transaction.connection.execute(_LIST_OPTED_OUT, values)]


def opt_out(transaction: Transaction, account_id: str, region: str, phone_number: str) -> None:
    """The number's owner wants no more SMS from the account."""
    values = {"account_id": account_id, "region": region, "phone_number": phone_number}
    transaction.connection.execute(_OPT_OUT, values)


def opt_in(transaction: Transaction, account_id: str, region: str, phone_number: str) -> None:
    """Take `opt_out` back."""
    values = {"account": account_id, "in_region": region, "number": phone_number}
    transaction.connection.execute(_OPT_IN, values)
