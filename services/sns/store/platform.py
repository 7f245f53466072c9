"""Platform applications and their endpoints: rows and what they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from services.sns.store.tables import platform_applications, platform_endpoints


@dataclass(frozen=True, slots=True)
class PlatformApplication:
    id: int
    arn: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PlatformEndpoint:
    """A device. `attributes` are Enabled, Token and CustomUserData."""

    id: int
    arn: str
    application_arn: str
    attributes: Mapping[str, str]


_app = platform_applications.c
_APPLICATION_COLUMNS = (_app.id, _app.arn, _app.attributes)
_BY_APPLICATION = _app.arn == sa.bindparam("application")
_FIND_APPLICATION = sa.select(*_APPLICATION_COLUMNS).where(_BY_APPLICATION)
_LIST_APPLICATIONS = (
    sa.select(*_APPLICATION_COLUMNS)
    .where(
        _app.account_id == sa.bindparam("account"),
        _app.region == sa.bindparam("in_region"),
        _app.id > sa.bindparam("after"),
    )
    .order_by(_app.id)
    .limit(sa.bindparam("count"))
)
_ADD_APPLICATION = insert(platform_applications)
_SET_APPLICATION = sa.update(platform_applications).where(_BY_APPLICATION).values(attributes=sa.bindparam("new"))
_DELETE_APPLICATION = sa.delete(platform_applications).where(_BY_APPLICATION)

_end = platform_endpoints.c
_ENDPOINT_COLUMNS = (_end.id, _end.arn, _end.application_arn, _end.attributes)
_BY_ENDPOINT = _end.arn == sa.bindparam("endpoint")
_OF_APPLICATION = _end.application_arn == sa.bindparam("application")
_FIND_ENDPOINT = sa.select(*_ENDPOINT_COLUMNS).where(_BY_ENDPOINT)
_FIND_BY_TOKEN = sa.select(*_ENDPOINT_COLUMNS).where(_OF_APPLICATION, _end.token == sa.bindparam("by_token"))
_LIST_ENDPOINTS = (
    sa.select(*_ENDPOINT_COLUMNS)
    .where(_OF_APPLICATION, _end.id > sa.bindparam("after"))
    .order_by(_end.id)
    .limit(sa.bindparam("count"))
)
_ADD_ENDPOINT = insert(platform_endpoints)
_SET_ENDPOINT = (
    sa.update(platform_endpoints)
    .where(_BY_ENDPOINT)
    .values(attributes=sa.bindparam("new"), token=sa.bindparam("new_token"))
)
_DELETE_ENDPOINT = sa.delete(platform_endpoints).where(_BY_ENDPOINT)
_DELETE_ENDPOINTS = sa.delete(platform_endpoints).where(_OF_APPLICATION)


def find_application(transaction: Transaction, arn: str) -> PlatformApplication | None:
    row = transaction.connection.execute(_FIND_APPLICATION, {"application": arn}).first()
    return _application(row) if row is not None else None


def page_of_applications(
    transaction: Transaction, account_id: str, region: str, after: int, count: int
) -> list[PlatformApplication]:
    """Up to `count` whose ids are above `after`."""
    values = {"account": account_id, "in_region": region, "after": after, "count": count}
    return [_application(row) for row in transaction.connection.execute(_LIST_APPLICATIONS, values)]


def add_application(
    transaction: Transaction, arn: str, account_id: str, region: str, attributes: Mapping[str, str]
) -> None:
    values = {"arn": arn, "account_id": account_id, "region": region, "attributes": _json(attributes)}
    transaction.connection.execute(_ADD_APPLICATION, values)


def set_application_attributes(transaction: Transaction, arn: str, attributes: Mapping[str, str]) -> None:
    """Replace all of them."""
    transaction.connection.execute(_SET_APPLICATION, {"application": arn, "new": _json(attributes)})


def delete_application(transaction: Transaction, arn: str) -> None:
    """The application with its endpoints."""
    transaction.connection.execute(_DELETE_ENDPOINTS, {"application": arn})
    transaction.connection.execute(_DELETE_APPLICATION, {"application": arn})


def find_endpoint(transaction: Transaction, arn: str) -> PlatformEndpoint | None:
    row = transaction.connection.execute(_FIND_ENDPOINT, {"endpoint": arn}).first()
    return _endpoint(row) if row is not None else None


def is_enabled(transaction: Transaction, arn: str) -> bool:
    """Whether the endpoint is there and gets messages."""
    endpoint = find_endpoint(transaction, arn)
    return endpoint is not None and endpoint.attributes.get("Enabled") != "false"


def find_endpoint_by_token(transaction: Transaction, application_arn: str, token: str) -> PlatformEndpoint | None:
    """The application's endpoint of this device, which has at most one."""
    values = {"application": application_arn, "by_token": token}
    row = transaction.connection.execute(_FIND_BY_TOKEN, values).first()
    return _endpoint(row) if row is not None else None


def page_of_endpoints(transaction: Transaction, application_arn: str, after: int, count: int) -> list[PlatformEndpoint]:
    """Up to `count` whose ids are above `after`."""
    values = {"application": application_arn, "after": after, "count": count}
    return [_endpoint(row) for row in transaction.connection.execute(_LIST_ENDPOINTS, values)]


def add_endpoint(
    transaction: Transaction, arn: str, application_arn: str, account_id: str, attributes: Mapping[str, str]
) -> None:
    values = {
        "arn": arn,
        "application_arn": application_arn,
        "account_id": account_id,
        "token": attributes["Token"],
        "attributes": _json(attributes),
    }
    transaction.connection.execute(_ADD_ENDPOINT, values)


def set_endpoint_attributes(transaction: Transaction, arn: str, attributes: Mapping[str, str]) -> None:
    """Replace all of them; the token among them is what it is found by."""
    values = {"endpoint": arn, "new": _json(attributes), "new_token": attributes["Token"]}
    transaction.connection.execute(_SET_ENDPOINT, values)


def delete_endpoint(transaction: Transaction, arn: str) -> None:
    transaction.connection.execute(_DELETE_ENDPOINT, {"endpoint": arn})


def _application(row: Any) -> PlatformApplication:
    return PlatformApplication(row.id, row.arn, orjson.loads(row.attributes))


def _endpoint(row: Any) -> PlatformEndpoint:
    return PlatformEndpoint(row.id, row.arn, row.application_arn, orjson.loads(row.attributes))


def _json(mapping: Mapping[str, str]) -> str:
    return orjson.dumps(dict(mapping)).decode("utf-8")
