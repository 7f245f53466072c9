"""Signed calls of AWS's operations, over AWS's protocols: awsJson, awsQuery, restXml.

In: an operation with its input as the protocol has it. Out: the answer, parsed. Raised: `AwsCallError` with AWS's own
code and text, `FleetAway` where nobody answers.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element

import orjson

from awskit import __version__
from awskit.http_client import Connection, ConnectionLost, Response, Upstream, UpstreamUnavailable
from awskit.http_client.messages import serialize
from awskit.http_client.user_agents import CONSOLE_LOOKING
from awskit.sigv4.signing import sign
from console.interfaces.credentials import Credentials
from console.interfaces.errors import AwsCallError, FleetAway
from console.interfaces.xml_answers import parse_xml

USER_AGENT = f"ruststack-console/{__version__}"
_TIMEOUT = 30.0
_FORM = "application/x-www-form-urlencoded; charset=utf-8"


class AwsClient:
    """The operations of one caller in one region; those of a page that only looks are kept out of the journal."""

    def __init__(self, gateway: Upstream, credentials: Credentials, region: str, *, looks: bool = False) -> None:
        self._gateway = gateway
        self.credentials = credentials
        self.region = region
        self._user_agent = CONSOLE_LOOKING if looks else USER_AGENT

    async def json(self, service: str, target: str, version: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """An operation over awsJson: `target` is `DynamoDB_20120810.ListTables`, `version` `1.0`."""
        headers = {"x-amz-target": target, "content-type": f"application/x-amz-json-{version}"}
        answer = await self._send(service, "POST", "/", headers, orjson.dumps(given))
        content: dict[str, Any] = orjson.loads(answer.body) if answer.body else {}
        if answer.status >= 300:
            code = str(content.get("__type", answer.status)).rpartition("#")[2]
            said = str(content.get("message") or content.get("Message") or "")
            raise AwsCallError(service, target.rpartition(".")[2], code, said, answer.status)
        return content

    async def query(self, service: str, action: str, version: str, given: Mapping[str, str]) -> Element:
        """An operation over awsQuery: the answer's document, without namespaces."""
        body = urlencode({"Action": action, "Version": version, **given}).encode()
        answer = await self._send(service, "POST", "/", {"content-type": _FORM}, body)
        return _document(service, action, answer)

    async def rest(
        self,
        operation: str,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Response:
        """An operation of S3. `path` is that of a bucket or an object, not yet encoded."""
        target = rest_target(path, query or {})
        answer = await self._send("s3", method, target, headers or {}, body)
        if answer.status >= 300 and answer.status != 304:
            _document("s3", operation, answer)
            # HEAD has no body to say why
            raise AwsCallError("s3", operation, str(answer.status), _REASONS.get(answer.status, ""), answer.status)
        return answer

    @asynccontextmanager
    async def rest_stream(
        self, operation: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> AsyncIterator[Connection]:
        """A GET of S3 whose body is read as it comes: the connection, with the answer's head here."""
        head = self._signed("s3", "GET", rest_target(path, query), headers, b"")
        data = serialize("GET", rest_target(path, query), head, b"", self._gateway.authority)
        try:
            connection = await self._gateway.exchange(data, safe=True)
        except (UpstreamUnavailable, ConnectionLost) as error:
            raise FleetAway(str(error)) from error
        try:
            yield connection
        finally:
            connection.finish()

    async def _send(self, service: str, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        signed = self._signed(service, method, target, headers, body)
        try:
            return await self._gateway.request(method, target, signed, body, timeout=_TIMEOUT)
        except (ConnectionError, TimeoutError) as error:
            raise FleetAway(str(error) or "the answer takes too long") from error

    def _signed(
        self, service: str, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> dict[str, str]:
        given = {"host": self._gateway.authority, **headers, **self.credentials.headers}
        digest = hashlib.sha256(body).hexdigest()
        scope = (self.region, service)
        signed = sign(self.credentials.key, scope, method, target, given, time.time(), digest)
        return {**signed, "user-agent": self._user_agent}


_REASONS = {403: "Forbidden", 404: "Not Found", 412: "Precondition Failed", 416: "Range Not Satisfiable"}


def rest_target(path: str, query: Mapping[str, str]) -> str:
    """A path and query of S3's as they go on the wire."""
    encoded = quote(path.encode("utf-8", "surrogatepass"), safe="/-_.~")
    return f"{encoded}?{urlencode(query, quote_via=quote)}" if query else encoded


def _document(service: str, operation: str, answer: Response) -> Element:
    """The answer's document. Raises `AwsCallError` where it is an error's."""
    if not answer.body and answer.status >= 300:
        raise AwsCallError(service, operation, str(answer.status), _REASONS.get(answer.status, ""), answer.status)
    document = parse_xml(answer.body)
    if answer.status >= 300:
        error = document if document.tag == "Error" else document.find("Error")
        found = document if error is None else error
        code, message = found.findtext("Code") or str(answer.status), found.findtext("Message") or ""
        raise AwsCallError(service, operation, code, message, answer.status)
    return document
