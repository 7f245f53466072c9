"""`/_ruststack/faults` of one service process: the gateway tells it the rules with POST and asks for counts with GET.

In: `{"version": 1, "faults": [{"id": "...", ...}, ...]}`, all rules of the fleet, in the place of those before; 400 and
nothing changed where one cannot be used. Out: the same, of this service's rules, each with its `hits`. With `?check=1`
nothing is changed either way, and the answer tells `{"taken": [IDS], "operations": [NAMES], "delivers": true}`: which
rules are for this service, and what they might have named.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import orjson

from awskit.control.routes import json_response
from awskit.faults.injection import Faults
from awskit.wire.http import HttpRequest, HttpResponse


def route(faults: Faults) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    """What answers it."""

    async def answer(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            try:
                given = orjson.loads(request.body)
                if "check" in dict(request.query):
                    return json_response(_checked(faults, given["faults"]))
                faults.replace(int(given["version"]), given["faults"])
            except (ValueError, TypeError, LookupError) as error:
                return json_response({"message": str(error)}, 400)
        hits = faults.hits()
        rules = [{**rule.source, "hits": hits[rule.id]} for rule in faults.rules]
        return json_response({"version": faults.version, "faults": rules})

    return answer


def _checked(faults: Faults, given: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    taken = [rule.id for rule in faults.read(given)]
    return {"taken": taken, "operations": sorted(faults.operations), "delivers": faults.delivers}
