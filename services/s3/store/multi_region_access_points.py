"""Multi-Region Access Points, and the requests about them that are answered later: queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from services.s3.arns import multi_region_access_point_arn
from services.s3.store.access_points import AccessPoint
from services.s3.store.tables import multi_region_access_points, multi_region_requests

_POINTS, _REQUESTS = multi_region_access_points, multi_region_requests
_OF_ACCOUNT = _POINTS.c.account_id == sa.bindparam("of_account")
_NAMED = (_OF_ACCOUNT, _POINTS.c.name == sa.bindparam("called"))
_FIND = sa.select(_POINTS).where(*_NAMED)
_FIND_BY_ALIAS = sa.select(_POINTS).where(_POINTS.c.alias == sa.bindparam("alias"))
_LIST = (
    sa.select(_POINTS)
    .where(_OF_ACCOUNT, _POINTS.c.name > sa.bindparam("after"))
    .order_by(_POINTS.c.name)
    .limit(sa.bindparam("limit"))
)
_COUNT = sa.select(sa.func.count()).where(_OF_ACCOUNT)
_ADD = sa.insert(_POINTS)
_DELETE = sa.delete(_POINTS).where(*_NAMED)
_SET_POLICY = sa.update(_POINTS).where(*_NAMED).values(policy=sa.bindparam("text"))
_SET_ROUTES = sa.update(_POINTS).where(*_NAMED).values(routes=sa.bindparam("text"))
_OF_CALLER = _REQUESTS.c.account_id == sa.bindparam("of_account")
_REQUEST = sa.select(_REQUESTS).where(_OF_CALLER, _REQUESTS.c.token == sa.bindparam("token"))
_REPEATED = sa.select(_REQUESTS).where(
    _OF_CALLER,
    _REQUESTS.c.client_token == sa.bindparam("client_token"),
    _REQUESTS.c.operation == sa.bindparam("operation"),
)
_ADD_REQUEST = sa.insert(_REQUESTS)


@dataclass(frozen=True, slots=True)
class Route:
    """A bucket of a Multi-Region Access Point; `dial` is 100 where requests are routed to it, 0 where they are not."""

    bucket: str
    region: str
    account_id: str
    dial: int = 100


@dataclass(frozen=True, slots=True)
class MultiRegionAccessPoint:
    """`routes` in the order in which they were given."""

    account_id: str
    name: str
    alias: str
    created_at: float
    public_access_block: dict[str, bool]
    routes: tuple[Route, ...]
    policy: str | None = None

    @property
    def arn(self) -> str:
        return multi_region_access_point_arn(self.alias, self.routes[0].region, self.account_id)

    def seen_from(self, region: str) -> AccessPoint:
        """The access point that a request of a region comes by: to the active bucket there, else to the first one."""
        active = [route for route in self.routes if route.dial]
        route = next((route for route in active if route.region == region), active[0])
        return AccessPoint(
            self.account_id,
            "",
            self.alias,
            self.alias,
            route.bucket,
            route.account_id,
            self.created_at,
            "",
            self.public_access_block,
            self.policy,
        )


@dataclass(frozen=True, slots=True)
class AsyncRequest:
    """A request that was taken; `operation` is its name, `parameters` are what it gave as `Details`."""

    account_id: str
    token: str
    client_token: str
    created_at: float
    operation: str
    parameters: dict[str, Any]


def find(transaction: Transaction, account_id: str, name: str) -> MultiRegionAccessPoint | None:
    row = transaction.connection.execute(_FIND, {"of_account": account_id, "called": name}).one_or_none()
    return None if row is None else _of_row(row)


def find_by_alias(transaction: Transaction, alias: str) -> MultiRegionAccessPoint | None:
    row = transaction.connection.execute(_FIND_BY_ALIAS, {"alias": alias}).one_or_none()
    return None if row is None else _of_row(row)


def listed(transaction: Transaction, account_id: str, *, after: str, limit: int) -> list[MultiRegionAccessPoint]:
    """At most `limit` of an account's, by name, those `after` one."""
    given = {"of_account": account_id, "after": after, "limit": limit}
    return [_of_row(row) for row in transaction.connection.execute(_LIST, given)]


def any_of_bucket(transaction: Transaction, account_id: str, bucket: str) -> bool:
    """Whether one of the account's has this bucket of it."""
    points = listed(transaction, account_id, after="", limit=count(transaction, account_id))
    return any(route.bucket == bucket for point in points for route in point.routes)


def count(transaction: Transaction, account_id: str) -> int:
    """How many an account has."""
    return int(transaction.connection.execute(_COUNT, {"of_account": account_id}).scalar_one())


def add(transaction: Transaction, point: MultiRegionAccessPoint) -> None:
    transaction.connection.execute(
        _ADD,
        {
            "account_id": point.account_id,
            "name": point.name,
            "alias": point.alias,
            "created_at": point.created_at,
            "public_access_block": _text(point.public_access_block),
            "routes": _text(point.routes),
            "policy": point.policy,
        },
    )


def delete(transaction: Transaction, point: MultiRegionAccessPoint) -> None:
    transaction.connection.execute(_DELETE, {"of_account": point.account_id, "called": point.name})


def set_policy(transaction: Transaction, point: MultiRegionAccessPoint, text: str) -> None:
    transaction.connection.execute(_SET_POLICY, {"of_account": point.account_id, "called": point.name, "text": text})


def set_routes(transaction: Transaction, point: MultiRegionAccessPoint, routes: tuple[Route, ...]) -> None:
    given = {"of_account": point.account_id, "called": point.name, "text": _text(routes)}
    transaction.connection.execute(_SET_ROUTES, given)


def request(transaction: Transaction, account_id: str, token: str) -> AsyncRequest | None:
    row = transaction.connection.execute(_REQUEST, {"of_account": account_id, "token": token}).one_or_none()
    return None if row is None else _request_of_row(row)


def request_of_client(
    transaction: Transaction, account_id: str, client_token: str, operation: str
) -> AsyncRequest | None:
    """The request that a client has sent before with this token of its own."""
    given = {"of_account": account_id, "client_token": client_token, "operation": operation}
    row = transaction.connection.execute(_REPEATED, given).first()
    return None if row is None else _request_of_row(row)


def add_request(transaction: Transaction, asked: AsyncRequest) -> None:
    transaction.connection.execute(
        _ADD_REQUEST,
        {
            "account_id": asked.account_id,
            "token": asked.token,
            "client_token": asked.client_token,
            "created_at": asked.created_at,
            "operation": asked.operation,
            "document": _text(asked.parameters),
        },
    )


def empty(transaction: Transaction, account_id: str | None) -> None:
    """Delete those of an account, or all where it is None."""
    for table in (_POINTS, _REQUESTS):
        statement = sa.delete(table)
        if account_id is not None:
            statement = statement.where(table.c.account_id == account_id)
        transaction.connection.execute(statement)


def _of_row(row: Any) -> MultiRegionAccessPoint:
    account_id, name, alias, created_at, block, routes, policy = row
    read = tuple(Route(**route) for route in orjson.loads(routes))
    return MultiRegionAccessPoint(account_id, name, alias, created_at, orjson.loads(block), read, policy)


def _request_of_row(row: Any) -> AsyncRequest:
    account_id, token, client_token, created_at, operation, document = row
    return AsyncRequest(account_id, token, client_token, created_at, operation, orjson.loads(document))


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()
