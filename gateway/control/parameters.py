"""What the control interface's paths may be asked with: what FastAPI knows of them, and no more; paths that are none.

A route that reads parameters of the query by itself says so by `openapi_extra`, as one that reads a body does. Anything
else is refused with a line: a misspelt `account` would have a reset empty every account. LocalStack's paths take what
they get, as LocalStack does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from awskit.control.parameters import complaint
from awskit.nearest import did_you_mean
from gateway.control.probes import PATHS

_OURS = "/_ruststack/"
_PROBES = {path.decode() for path in PATHS}


class StrangeRequest(Exception):
    """It has a parameter, or a body, that its path does not take."""


def reads(names: Iterable[str]) -> dict[str, Any]:
    """`openapi_extra` of a route that reads these parameters by itself."""
    return {"parameters": [{"name": name, "in": "query"} for name in names]}


READS_BODY: dict[str, Any] = {"requestBody": {"content": {}}}
"""`openapi_extra` of a route that reads the body by itself."""


async def known_parameters(request: Request) -> None:
    """A dependency of every route. Raises `StrangeRequest`."""
    if not request.url.path.startswith(_OURS):
        return
    route = request.scope["route"]
    extra = route.openapi_extra or {}
    known = [field.alias for field in route.dependant.query_params]
    further = [parameter["name"] for parameter in extra.get("parameters", ())]
    wrong = complaint(request.query_params.multi_items(), known, further)
    if wrong is not None:
        raise StrangeRequest(wrong)
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if has_body and "requestBody" not in extra:
        raise StrangeRequest(f"{route.path} takes no body: its parameters are in the query")


def add_refusals(app: FastAPI) -> None:
    """Let what is asked wrongly be told so, in a line, with 400."""
    app.add_exception_handler(StrangeRequest, _strange)
    app.add_exception_handler(404, _no_such_path)
    app.add_exception_handler(405, _no_such_method)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _strange(request: Any, error: Exception) -> Response:
    return JSONResponse({"message": str(error)}, 400)


async def _no_such_path(request: Request, error: Exception) -> Response:
    """Only of what no route has: those answer themselves."""
    paths = {route.path for route in _routes(request) if "{" not in route.path} | _PROBES
    path = request.url.path
    first = path[: path.find("/", 1) + 1]  # what all of these begin with makes none of them more alike
    ends = {known.removeprefix(first) for known in paths if known.startswith(first)}
    meant = (
        did_you_mean(path.removeprefix(first), ends) or "; docs/debugging.md and the README have those that there are"
    )
    return JSONResponse({"message": f"no such path: {path[:200]}{meant}"}, 404)


async def _no_such_method(request: Request, error: Exception) -> Response:
    path = request.url.path
    found = (sorted(route.methods or ()) for route in _routes(request) if route.path_regex.match(path))
    methods = list(dict.fromkeys(method for methods in found for method in methods))
    text = f"{path[:200]} takes {' and '.join(methods)}, not {request.method}"
    return JSONResponse({"message": text}, 405, headers={"Allow": ", ".join(methods)})


def _routes(request: Request) -> list[APIRoute]:
    return [route for route in request.app.routes if isinstance(route, APIRoute)]


async def _invalid(request: Any, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"message": "; ".join(map(_told, error.errors()))}, 400)


def _told(mistake: dict[str, Any]) -> str:
    name = mistake["loc"][-1]
    if mistake["type"] == "missing":
        return f"{name} has to be given"
    if mistake["type"].startswith("bool"):
        return f"{name} is 1 or 0, not {str(mistake['input'])[:100]!r}"
    return f"{name}: {mistake['msg']}"
