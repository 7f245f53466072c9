"""Cross-origin requests of browsers: which are let in, preflights, and the headers of answers.

A bucket's own rules decide. Where it has none, or is not there yet, pages of this machine and of the settings' origins
may ask for anything (see `awskit.http.browsers`): AWS would refuse them, but here a page is how an application begins.
S3 itself carries out what a page of elsewhere may send without asking (a form's POST) and leaves it to credentials;
since none are checked here by default, what changes something is refused unless a rule allows it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from awskit.database import Database, Transaction
from awskit.errors import AwsError
from awskit.http.browsers import Browsers
from awskit.wire.http import HttpRequest, HttpResponse
from services.s3.buckets import cors_rules
from services.s3.store import buckets

_CHANGING = frozenset({"PUT", "POST", "DELETE"})
_EXPOSED = "*, ETag, x-amz-request-id, x-amz-id-2, x-amz-version-id, x-amz-delete-marker"
_NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method /"
    " Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)


class CrossOrigin:
    """The CORS rules of the buckets in one database."""

    def __init__(self, database: Database, browsers: Browsers) -> None:
        self._database = database
        self._browsers = browsers

    async def check(self, request: HttpRequest) -> None:
        """Raise `AccessForbidden` where the page that sends the request may not change what it wants to change."""
        method, origin = request.method, request.header("origin")
        if method not in _CHANGING or self._browsers.accepts_origin(origin):
            return
        allowed = await self._allows(request.path, origin, method)
        source = request.headers.get("x-amz-copy-source")
        if allowed and source is not None:
            # what is copied into a bucket that is open to the page could be read there
            allowed = await self._allows(source.partition("?")[0], origin, "GET")
        if not allowed:
            raise cors_rules.forbidden(_NOT_ALLOWED, method, _kind(request))

    async def _allows(self, path: str, origin: str, method: str) -> bool:
        _, rules = await self._find(path)
        return rules is not None and cors_rules.rule_for(rules, origin, method, ()) is not None

    async def preflight(self, request: HttpRequest) -> HttpResponse:
        """The answer to an OPTIONS request. Raises `AccessForbidden`, `BadRequest`."""
        origin = request.header("origin")
        if not origin:
            raise AwsError("BadRequest", "Insufficient information. Origin request header needed.")
        method = request.header("access-control-request-method")
        exists, rules = await self._find(request.path)
        if rules is None and self._browsers.accepts_origin(origin):
            return self._browsers.preflight(request.headers, request.id)
        if not exists:
            raise cors_rules.forbidden("CORSResponse: Bucket not found", method or request.method, "BUCKET")
        if rules is None:
            not_enabled = "CORSResponse: CORS is not enabled for this bucket."
            raise cors_rules.forbidden(not_enabled, method or request.method, "BUCKET")
        if method not in ("GET", "PUT", "HEAD", "POST", "DELETE"):
            raise AwsError("BadRequest", f"Invalid Access-Control-Request-Method: {method or 'null'}")
        names = _requested_headers(request)
        rule = cors_rules.rule_for(rules, origin, method, names)
        if rule is None:
            raise cors_rules.forbidden(_NOT_ALLOWED, method, _kind(request))
        return HttpResponse(200, cors_rules.answer_headers(rule, origin, preflight_headers=names))

    async def headers_of(self, request: HttpRequest) -> list[tuple[str, str]]:
        """What the answer to a request with an `Origin` says to the browser."""
        _, rules = await self._find(request.path)
        origin = request.header("origin")
        if rules is None:
            return self._for_own_pages(origin)
        method = request.header("access-control-request-method") or request.method
        rule = cors_rules.rule_for(rules, origin, method, _requested_headers(request))
        return [] if rule is None else cors_rules.answer_headers(rule, origin)

    def _for_own_pages(self, origin: str) -> list[tuple[str, str]]:
        if not self._browsers.accepts_origin(origin):
            return []
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", _EXPOSED),
            ("Vary", "Origin"),
        ]

    async def _find(self, path: str) -> tuple[bool, list[dict[str, Any]] | None]:
        """Whether the path's bucket is there, and its rules."""
        name = unquote(path.removeprefix("/").partition("/")[0])

        def find(transaction: Transaction) -> tuple[bool, list[dict[str, Any]] | None]:
            bucket = buckets.find(transaction, name) if name else None
            configuration = None if bucket is None else buckets.configuration(transaction, bucket, "cors")
            return bucket is not None, None if configuration is None else configuration["CORSRules"]

        return await self._database.read(find)


def _requested_headers(request: HttpRequest) -> list[str]:
    """The names in `Access-Control-Request-Headers`, in lower case."""
    return [
        name.strip().lower() for name in request.header("access-control-request-headers").split(",") if name.strip()
    ]


def _kind(request: HttpRequest) -> str:
    return "OBJECT" if "/" in request.path.strip("/") else "BUCKET"
