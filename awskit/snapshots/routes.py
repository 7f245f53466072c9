"""What a service answers the gateway of its parts of snapshots, under `/_ruststack/snapshots`.

* `GET /_ruststack/snapshots`: `{"snapshots": {"NAME": {...}}}`
* `POST .../NAME/check`, `.../NAME/load[?account=...]`: what the part is
* `DELETE .../NAME`
* `GET .../NAME/piece?offset=N&count=N`: bytes of the part as members of a tar file; `X-Whole-Size` says of how many
* `POST .../-/save?change=ID&together=SERVICES[&account=...]`, or `.../-/gather?change=ID&offset=N&size=N` of bytes,
  then `.../-/take-in?change=ID&together=SERVICES`: makes a part, which nobody sees yet; what it is
* `POST .../NAME/put?change=ID`: has it in place; `.../NAME/set-aside?change=ID`: has none in place. Then
  `.../NAME/undo?change=ID`: has there what was there before; `.../-/settle?change=ID`: forgets all that is not in place

What cannot be done is answered with a status of 4xx and `{"message": "..."}`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote

from awskit.bounds.integers import parse_natural
from awskit.control.routes import Route, json_response
from awskit.snapshots.refusals import SnapshotError, Unusable
from awskit.snapshots.snapshots import Snapshots
from awskit.wire.http import HttpRequest, HttpResponse

PATH = "/_ruststack/snapshots"
WHOLE_SIZE = "X-Whole-Size"
_MOST_AT_ONCE = 1024 * 1024

_Answer = Callable[[str, Mapping[str, str], bytes], Awaitable[Any]]


def routes(snapshots: Snapshots) -> dict[str, Route]:
    """The control routes, by path."""
    actions: dict[tuple[str, str], _Answer] = {
        ("POST", "save"): lambda name, asked, _: snapshots.save(
            _text(asked, "change"), asked.get("account"), _names(asked)
        ),
        ("POST", "check"): lambda name, asked, _: snapshots.check(name),
        ("POST", "load"): lambda name, asked, _: snapshots.load(name, asked.get("account")),
        ("DELETE", ""): lambda name, asked, _: snapshots.delete(name),
        ("POST", "gather"): lambda name, asked, body: snapshots.gather(
            _text(asked, "change"), _number(asked, "offset"), body, _number(asked, "size")
        ),
        ("POST", "take-in"): lambda name, asked, _: snapshots.take_in(_text(asked, "change"), _names(asked)),
        ("POST", "put"): lambda name, asked, _: snapshots.put(name, _text(asked, "change")),
        ("POST", "set-aside"): lambda name, asked, _: snapshots.set_aside(name, _text(asked, "change")),
        ("POST", "undo"): lambda name, asked, _: snapshots.undo(name, _text(asked, "change")),
        ("POST", "settle"): lambda name, asked, _: snapshots.settle(_text(asked, "change")),
    }

    async def listed(request: HttpRequest) -> HttpResponse:
        if request.method != "GET":
            return json_response({"message": "a list of snapshots takes GET"}, 405)
        return await _answered(_list(snapshots))

    async def one(request: HttpRequest) -> HttpResponse:
        name, _, action = request.path.removeprefix(f"{PATH}/").partition("/")
        asked = dict(request.query)
        if (request.method, action) == ("GET", "piece"):
            return await _answered(_piece(snapshots, unquote(name), asked))
        found = actions.get((request.method, action))
        if found is None:
            return json_response({"message": f"no such path: {request.method} {request.path}"}, 404)
        return await _answered(_carried_out(found, unquote(name), asked, request.body))

    return {PATH: listed, f"{PATH}/": one}


async def _carried_out(action: _Answer, name: str, asked: Mapping[str, str], body: bytes) -> Any:
    return await action(name, asked, body)


async def _list(snapshots: Snapshots) -> Any:
    return {"snapshots": dict(await snapshots.listed())}


async def _piece(snapshots: Snapshots, name: str, asked: Mapping[str, str]) -> HttpResponse:
    data, size = await snapshots.piece(name, _number(asked, "offset"), min(_number(asked, "count"), _MOST_AT_ONCE))
    return HttpResponse(200, [("Content-Type", "application/x-tar"), (WHOLE_SIZE, str(size))], data)


async def _answered(work: Awaitable[Any]) -> HttpResponse:
    try:
        found = await work
    except SnapshotError as error:
        return json_response({"message": str(error)}, error.status)
    return found if isinstance(found, HttpResponse) else json_response(found if found is not None else {})


def _text(asked: Mapping[str, str], name: str) -> str:
    if name not in asked:
        raise Unusable(f"{name} has to be given")
    return asked[name]


def _names(asked: Mapping[str, str]) -> list[str]:
    return [name for name in asked.get("together", "").split(",") if name]


def _number(asked: Mapping[str, str], name: str) -> int:
    try:
        return parse_natural(_text(asked, name))
    except ValueError:
        raise Unusable(f"{name} has to be a number") from None
