"""A small client of AWS's API for one fleet: signed requests of the JSON, the query and S3's protocol.

In: a place (account and region), an operation and its input. Out: its output. Raised: `AwsRefusal` where the service
refuses, `NoAnswer` where none answers.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from awskit.access.credentials_file import load_identities
from awskit.access.identities import Identity
from awskit.access.modes import parse_mode
from awskit.settings import load
from awskit.sigv4.signing import UNSIGNED_PAYLOAD, SigningKey, sign
from awskit.wire.xml_reader import Element, XmlError, parse_document
from gateway.settings import GatewaySettings
from ruststack.control_client import NoAnswer, connected
from ruststack.refusal import Refused

_SECONDS = 120.0
_CHUNK = 256 * 1024
_TARGETS = {"dynamodb": ("DynamoDB_20120810", "1.0"), "sqs": ("AmazonSQS", "1.0")}
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds before a request is made again that a service has no time for, or fails at."""
_AGAIN = frozenset({429, 500, 502, 503, 504})
_SNS_VERSION = "2010-03-31"


class Place(NamedTuple):
    """Where a resource is."""

    account: str
    region: str


class Answer(NamedTuple):
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AwsRefusal(Refused):
    """What a service says no to, by its code."""

    def __init__(self, service: str, code: str, message: str) -> None:
        super().__init__(f"{service}: {code}: {message}")
        self.code = code


class AwsClient:
    """Of the fleet at `endpoint`. Where it asks who asks, it signs as an account's identity of the credentials file."""

    def __init__(self, endpoint: str, environ: Mapping[str, str]) -> None:
        self._endpoint = endpoint
        settings = load(GatewaySettings, environ)
        asks = parse_mode(settings.auth, settings.credentials) != "off"
        known = load_identities(settings.credentials).known.values() if asks else ()
        self._identities: dict[str, Identity] = {}
        for identity in sorted(known, key=lambda one: one.kind != "root"):
            self._identities.setdefault(identity.account_id, identity)
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def json(self, place: Place, service: str, operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """An operation of DynamoDB's or SQS's."""
        target, version = _TARGETS[service]
        headers = {"content-type": f"application/x-amz-json-{version}", "x-amz-target": f"{target}.{operation}"}
        answer = self._ask(place, service, "POST", "/", headers, json.dumps(given).encode())
        content = _json(answer.body)
        if answer.status != 200:
            code = str(content.get("__type", answer.status)).rpartition("#")[2]
            raise AwsRefusal(service, code, str(content.get("message") or content.get("Message") or ""))
        return content

    def query(self, place: Place, operation: str, given: Mapping[str, str]) -> Element:
        """An operation of SNS's; the element of its result."""
        form = {"Action": operation, "Version": _SNS_VERSION, **given}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = self._ask(place, "sns", "POST", "/", headers, urlencode(form).encode())
        root = _xml(answer.body)
        if answer.status != 200:
            error = _child(root, "Error")
            raise AwsRefusal("sns", text_of(error, "Code"), text_of(error, "Message"))
        return _child(root, f"{operation}Result")

    def s3(
        self,
        place: Place,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | Path = b"",
        accepted: tuple[int, ...] = (200, 204),
    ) -> Answer:
        """One of S3's; `path` is `bucket` or `bucket/key`. Statuses that are not `accepted` are refusals."""
        target = f"/{quote(path, safe='/-_.~')}"
        if query:
            target += f"?{urlencode(query)}"
        given = {**(headers or {}), **({"content-md5": _md5(body)} if isinstance(body, bytes) and body else {})}
        answer = self._ask(place, "s3", method, target, given, body)
        if answer.status not in accepted:
            root = _xml(answer.body) if answer.body else Element("", {})
            code = text_of(root, "Code") or str(answer.status)
            raise AwsRefusal("s3", code, text_of(root, "Message") or path)
        return answer

    def _ask(
        self, place: Place, service: str, method: str, target: str, headers: Mapping[str, str], body: bytes | Path
    ) -> Answer:
        host = urlsplit(self._endpoint).netloc
        payload = hashlib.sha256(body).hexdigest() if isinstance(body, bytes) else UNSIGNED_PAYLOAD
        identity = self._identities.get(place.account)
        key = SigningKey(place.account, "test")
        if identity is not None:
            key = SigningKey(identity.access_key_id, identity.secret_access_key)
        scope = (place.region, service)
        for pause in (*_PAUSES, None):
            signed = sign(key, scope, method, target, {**headers, "host": host}, time.time(), payload)
            answer = self._answer(method, target, signed, body)
            if pause is None or (answer.status not in _AGAIN and not _is_throttled(answer)):
                break
            time.sleep(pause)
        return answer

    def _answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes | Path) -> Answer:
        """The answer to one request; on a new connection where the one there is has been closed meanwhile."""
        was_open = self._connection is not None
        try:
            return self._exchange(method, target, headers, body)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if not was_open:
                raise NoAnswer(self._endpoint, error) from error
        return self._answer(method, target, headers, body)

    def _exchange(self, method: str, target: str, headers: Mapping[str, str], body: bytes | Path) -> Answer:
        size = len(body) if isinstance(body, bytes) else body.stat().st_size
        connection = self._connected()
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {**headers, "content-length": str(size)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        for piece in _pieces(body):
            connection.send(piece)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())

    def _connected(self) -> http.client.HTTPConnection:
        connection = self._connection
        if connection is None or connection.sock is None:
            connection = self._connection = http.client.HTTPConnection(urlsplit(self._endpoint).netloc)
            connection.sock = connected(self._endpoint, _SECONDS)
        return connection


def _is_throttled(answer: Answer) -> bool:
    return answer.status == 400 and any(word in answer.body for word in (b"Throttl", b"LimitExceeded", b"OverLimit"))


def text_of(element: Element, name: str) -> str:
    """The text of a child; empty where there is none."""
    return next((child.text for child in element.children if child.name == name), "")


def _child(element: Element, name: str) -> Element:
    return next((child for child in element.children if child.name == name), Element(name, {}))


def _pieces(body: bytes | Path) -> Iterator[bytes]:
    if isinstance(body, bytes):
        if body:
            yield body
        return
    with body.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield piece


def _md5(body: bytes) -> str:
    return b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def _json(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _xml(body: bytes) -> Element:
    try:
        return parse_document(body)
    except XmlError as error:
        raise Refused(f"what answers is none of AWS's: {error}") from error
