"""Bucket websites: index and error documents, redirects, routing rules, over plain GET and HEAD.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html

An object is asked for with the service's own GetObject, as the anonymous caller that a browser is.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

from awskit.database import Database, Transaction
from awskit.service.application import Handle
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.rest_xml import host_id
from services.s3.buckets import website_rules
from services.s3.store import buckets

_PASSED = frozenset(
    {
        "host",
        "range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-unmodified-since",
        "x-forwarded-proto",
        "x-forwarded-for",
        "origin",
    }
)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_OF_A_LOCATION = "".join(map(chr, range(0x21, 0x7F)))
_REDIRECT_HEADER = "x-amz-website-redirect-location"


async def serve(database: Database, bucket: str, request: HttpRequest, handle: Handle) -> HttpResponse:
    """The website's answer to `request`."""
    request_id = request.id
    if request.method not in ("GET", "HEAD"):
        told = {
            "Code": "MethodNotAllowed",
            "Message": "The specified method is not allowed against this resource.",
            "Method": request.method,
            "ResourceType": "OBJECT",
        }
        return _error_page(405, told, request_id=request_id)

    def find(transaction: Transaction) -> tuple[bool, Mapping[str, Any] | None]:
        found = buckets.find(transaction, bucket)
        return found is not None, None if found is None else buckets.configuration(transaction, found, "website")

    exists, configuration = await database.read(find)
    if not exists:
        told = {"Code": "NoSuchBucket", "Message": "The specified bucket does not exist", "BucketName": bucket}
        return _error_page(404, told, request_id=request_id)
    if configuration is None:
        told = {
            "Code": "NoSuchWebsiteConfiguration",
            "Message": "The specified bucket does not have a website configuration",
            "BucketName": bucket,
        }
        return _error_page(404, told, request_id=request_id)
    return await _Site(bucket, configuration, request, handle, request_id).answer()


class _Site:
    """One request to one website."""

    def __init__(
        self, bucket: str, configuration: Mapping[str, Any], request: HttpRequest, handle: Handle, request_id: str
    ) -> None:
        self._bucket = bucket
        self._configuration = configuration
        self._request = request
        self._handle = handle
        self._request_id = request_id

    async def answer(self) -> HttpResponse:
        path = unquote(self._request.path).removeprefix("/")
        everything = self._configuration.get("RedirectAllRequestsTo")
        if everything is not None:
            return self._redirect(everything, path)
        rule = website_rules.rule_for(self._configuration, path, None)
        if rule is not None:
            return self._redirect(rule["Redirect"], website_rules.redirected_key(rule, path))
        suffix = self._configuration["IndexDocument"]["Suffix"]
        key = path + suffix if not path or path.endswith("/") else path
        response = await self._get(key)
        if response.status < 400:
            return self._found(response)
        if response.status == 404 and key == path and (await self._get(f"{path}/{suffix}")).status < 400:
            return self._moved(302, f"/{quote(path)}/")
        return await self._failed(path, key, response.status)

    async def _get(self, key: str) -> HttpResponse:
        headers = {name: value for name, value in self._request.headers.items() if name in _PASSED}
        request = HttpRequest(
            self._request.method,
            f"/{self._bucket}/{quote(key)}",
            "",
            headers,
            stream=self._request.stream,
            id=self._request_id,
        )
        return await self._handle(request)

    def _found(self, response: HttpResponse) -> HttpResponse:
        for name, value in response.headers:
            if name == _REDIRECT_HEADER:
                return self._moved(301, value)
        return response

    async def _failed(self, path: str, key: str, status: int) -> HttpResponse:
        rule = website_rules.rule_for(self._configuration, path, status)
        if rule is not None:
            return self._redirect(rule["Redirect"], website_rules.redirected_key(rule, path))
        document = (self._configuration.get("ErrorDocument") or {}).get("Key")
        told = _told(status, key)
        if document is None:
            return _error_page(status, told, request_id=self._request_id)
        page = await self._get(document)
        if page.status == 200:
            found = self._found(page)
            if found is page:
                page.status = status
            return found
        return _error_page(status, told, _told(page.status, document), request_id=self._request_id)

    def _redirect(self, redirect: Mapping[str, Any], key: str) -> HttpResponse:
        protocol = redirect.get("Protocol") or self._request.header("x-forwarded-proto") or "http"
        host = redirect.get("HostName") or self._request.header("host").removesuffix(_DEFAULT_PORTS.get(protocol, ""))
        status = int(redirect.get("HttpRedirectCode", 301))
        return self._moved(status, f"{protocol}://{host}/{quote(key, safe='/#?=&%')}")

    def _moved(self, status: int, location: str) -> HttpResponse:
        location = quote(location, safe=_OF_A_LOCATION)  # a rule's host may be any text
        return HttpResponse(status, [*_ids(self._request_id), ("Location", location), ("Content-Length", "0")])


def _told(status: int, key: str) -> dict[str, str]:
    """What a page says of an object that is not served."""
    if status == 404:
        return {"Code": "NoSuchKey", "Message": "The specified key does not exist.", "Key": key}
    if status == 403:
        return {"Code": "AccessDenied", "Message": "Access Denied"}
    phrase = HTTPStatus(status).phrase
    return {"Code": phrase.replace(" ", ""), "Message": phrase}


def _ids(request_id: str) -> list[tuple[str, str]]:
    return [("x-amz-request-id", request_id), ("x-amz-id-2", host_id(request_id))]


def _error_page(
    status: int, told: Mapping[str, str], of_document: Mapping[str, str] | None = None, *, request_id: str
) -> HttpResponse:
    """S3's own page; `of_document` is why the website's error document is not there."""
    phrase = HTTPStatus(status).phrase
    host = host_id(request_id)
    document = ""
    if of_document is not None:
        document = (
            "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n"
            f"<ul>\n{_items(of_document)}</ul>\n"
        )
    body = (
        f"<html>\n<head><title>{status} {phrase}</title></head>\n<body>\n<h1>{status} {phrase}</h1>\n"
        f"<ul>\n{_items({**told, 'RequestId': request_id, 'HostId': host})}</ul>\n{document}<hr/>\n</body>\n</html>\n"
    ).encode()
    headers = [*_ids(request_id), ("Content-Type", "text/html; charset=utf-8")]
    for name, value in told.items():
        kind = {"Code": "code", "Message": "message"}.get(name, f"detail-{name}")
        if value.isascii():
            headers.append((f"x-amz-error-{kind}", value))
    return HttpResponse(status, headers, body)


def _items(told: Mapping[str, str]) -> str:
    from html import escape  # with its table of entities a third of a megabyte, for an answer that is seldom given

    return "".join(f"<li>{escape(name)}: {escape(value)}</li>\n" for name, value in told.items())
