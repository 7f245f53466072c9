"""What the control interface's paths may be asked with: what FastAPI knows of them, and no more.

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

from awskit.control.parameters import complaint

_OURS = "/_ruststack/"


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
    app.add_exception_handler(RequestValidationError, _invalid)


async def _strange(request: Any, error: Exception) -> Response:
    return JSONResponse({"message": str(error)}, 400)


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
