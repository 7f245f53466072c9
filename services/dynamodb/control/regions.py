"""`/_aws/dynamodb/regions`: regions of global tables that are cut off from the others, and joined again.

* `GET`: `{"cut": [{"region": "eu-west-1", "account": "*", "since": 1700000000.0}], "waiting": [{"from": "us-east-1",
  "to": "eu-west-1", "table": "Orders", "account": "000000000000", "writes": 3}]}`: the cuts, and writes on their way
  of all accounts, or with `account=111122223333` of one
* `POST ?cut=eu-west-1`, `POST ?join=eu-west-1`: the same, after it. `account=111122223333` cuts it off for the tables
  of that account alone.

400 where nothing is said, 404 where a region is joined that is not cut off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from awskit.control.routes import json_response, taking
from awskit.database import Transaction
from awskit.service.application import ControlRoute
from awskit.wire.http import HttpRequest, HttpResponse
from services.dynamodb.global_tables.arrivals import after_arrivals, catch_up
from services.dynamodb.replication import cuts
from services.dynamodb.replication.replicated_writes import way_of
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import versions

_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")
_ACCOUNT: Final = re.compile(r"\d{12}")
_EVERYBODY: Final = "all accounts"
_USAGE: Final = "say cut=REGION or join=REGION, and perhaps account=ACCOUNT (12 digits)"


def routes(runtime: DynamoDbRuntime) -> Mapping[str, ControlRoute]:
    """The control routes, by path."""

    async def regions(request: HttpRequest) -> HttpResponse:
        given = dict(request.query)
        account_id = given.get("account", cuts.EVERYONE)
        if account_id != cuts.EVERYONE and not _ACCOUNT.fullmatch(account_id):
            return json_response({"message": _USAGE}, 400)
        if request.method == "GET":
            if given.keys() - {"account"}:
                return json_response({"message": "cut and join are for POST"}, 400)
            return json_response(await runtime.database.read(lambda transaction: _state(transaction, account_id)))
        if request.method != "POST":
            return json_response({"message": "regions takes GET and POST"}, 405)
        action = [name for name in ("cut", "join") if name in given]
        if len(action) != 1 or not _REGION.fullmatch(given[action[0]]):
            return json_response({"message": _USAGE}, 400)
        region = given[action[0]]

        def work(transaction: Transaction) -> dict[str, Any] | None:
            if action[0] == "cut":
                cuts.cut(transaction, account_id, region, runtime.clock.now())
            elif not cuts.join(transaction, account_id, region):
                return None
            else:
                catch_up(transaction, runtime.catalog, runtime.writer, runtime.clock.now())
            return _state(transaction, account_id)

        state = await after_arrivals(runtime, work)
        if state is None:
            message = await runtime.database.read(lambda transaction: _not_cut(transaction, region, account_id))
            return json_response({"message": message}, 404)
        if action[0] == "join":
            await runtime.replication.retry()
        return json_response(state)

    return {"/_aws/dynamodb/regions": taking(regions, "cut", "join", further=("account",))}


def _state(transaction: Transaction, account_id: str) -> dict[str, Any]:
    return {
        "cut": [
            {"region": cut["RegionName"], "account": owner, "since": cut["Since"]}
            for owner, cut in cuts.all_cuts(transaction)
            if account_id == cuts.EVERYONE or owner in (cuts.EVERYONE, account_id)
        ],
        "waiting": [
            way
            for destination, count in sorted(versions.count_waiting(transaction).items())
            if account_id in (cuts.EVERYONE, (way := _way(destination, count))["account"])
        ],
    }


def _not_cut(transaction: Transaction, region: str, account_id: str) -> str:
    """Why a region cannot be joined, and for whom it can."""
    owners = [owner for owner, cut in cuts.all_cuts(transaction) if cut["RegionName"] == region]
    known = ", ".join(_EVERYBODY if owner == cuts.EVERYONE else f"account={owner}" for owner in owners)
    asked = _EVERYBODY if account_id == cuts.EVERYONE else account_id
    return f"{region} is not cut off for {asked}" + (f", but for {known}" if known else "")


def _way(destination: str, count: int) -> dict[str, Any]:
    way = way_of(destination)
    return {
        "from": way.origin,
        "to": way.region,
        "table": way.table_name,
        "account": way.account_id,
        "writes": count,
    }
