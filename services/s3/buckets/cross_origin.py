"""Cross-origin requests of browsers: preflights, and the headers of answers.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from awskit.database import Database, Transaction
from awskit.errors import AwsError
from awskit.wire.http import HttpRequest, HttpResponse
from services.s3.buckets import cors_rules
from services.s3.store import buckets

_NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method /"
    " Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)


class CrossOrigin:
    """The CORS rules of the buckets in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def preflight(self, request: HttpRequest) -> HttpResponse:
        """The answer to an OPTIONS request. Raises `AccessForbidden`, `BadRequest`."""
        origin = request.header("origin")
        if not origin:
            raise AwsError("BadRequest", "Insufficient information. Origin request header needed.")
        method = request.header("access-control-request-method")
        if method not in ("GET", "PUT", "HEAD", "POST", "DELETE"):
            raise AwsError("BadRequest", f"Invalid Access-Control-Request-Method: {method or 'null'}")
        exists, rules = await self._find(request)
        if not exists:
            raise cors_rules.forbidden("CORSResponse: Bucket not found", method, "BUCKET")
        if rules is None:
            raise cors_rules.forbidden("CORSResponse: CORS is not enabled for this bucket.", method, _kind(request))
        names = [
            name.strip().lower() for name in request.header("access-control-request-headers").split(",") if name.strip()
        ]
        rule = cors_rules.rule_for(rules, origin, method, names)
        if rule is None:
            raise cors_rules.forbidden(_NOT_ALLOWED, method, _kind(request))
        return HttpResponse(200, cors_rules.answer_headers(rule, origin, preflight_headers=names))

    async def headers_of(self, request: HttpRequest) -> list[tuple[str, str]]:
        """What the answer to a request with an `Origin` says to the browser."""
        _, rules = await self._find(request)
        if rules is None:
            return []
        origin = request.header("origin")
        method = request.header("access-control-request-method") or request.method
        rule = cors_rules.rule_for(rules, origin, method, ())
        return [] if rule is None else cors_rules.answer_headers(rule, origin)

    async def _find(self, request: HttpRequest) -> tuple[bool, list[dict[str, Any]] | None]:
        """Whether the request's bucket is there, and its rules."""
        name = unquote(request.path.removeprefix("/").partition("/")[0])

        def find(transaction: Transaction) -> tuple[bool, list[dict[str, Any]] | None]:
            bucket = buckets.find(transaction, name) if name else None
            configuration = None if bucket is None else buckets.configuration(transaction, bucket, "cors")
            return bucket is not None, None if configuration is None else configuration["CORSRules"]

        return await self._database.read(find)


def _kind(request: HttpRequest) -> str:
    return "OBJECT" if "/" in request.path.strip("/") else "BUCKET"
