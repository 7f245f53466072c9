"""One HTTP request as the case writes it, signed or not, and the answer with its headers' names as they were sent."""

from __future__ import annotations

import http.client
import json
import urllib.parse
import uuid
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import Any

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class RawAnswer:
    """`headers` are in the order and the writing in which they came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def as_answer(self) -> dict[str, Any]:
        """What later steps may refer to."""
        text = self.body.decode("utf-8", "replace")
        found: dict[str, Any] = {"status": self.status, "headers": dict(self.headers), "body": text}
        if text.startswith("{"):
            found["json"] = json.loads(text)
        elif text.lstrip().startswith("<"):
            found["xml"] = self.xml()
        return found

    def xml(self) -> Any:
        """The document as members by element name, without namespaces; what comes more than once is a list."""
        try:
            root = ElementTree.fromstring(self.body)
        except ElementTree.ParseError as error:
            return f"no XML: {error}: {self.body[:200]!r}"
        return {_local(root.tag): _members(root)}


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _members(element: ElementTree.Element) -> Any:
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        name, value = _local(child.tag), _members(child)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def exchange(
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes,
    *,
    signer: tuple[Credentials, str, str] | None,
    host: str | None,
) -> RawAnswer:
    """Send it to `url`, with `host` as its Host header if that is another. `signer`: credentials, service, region."""
    parts = urllib.parse.urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    sent = {"Host": host or parts.netloc, **headers}
    if signer is not None:
        sent = _signed(method, f"{parts.scheme}://{sent['Host']}{target or '/'}", sent, body, *signer)
    names = {name.lower() for name in sent}
    if "content-length" not in names and "transfer-encoding" not in names and (body or method in ("PUT", "POST")):
        sent["Content-Length"] = str(len(body))
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        connection.putrequest(method, target or "/", skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            connection.putheader(name, value.encode("utf-8"))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return RawAnswer(answer.status, answer.getheaders(), answer.read())
    finally:
        connection.close()


def _signed(
    method: str, url: str, headers: dict[str, str], body: bytes, credentials: Credentials, service: str, region: str
) -> dict[str, str]:
    request = AWSRequest(method=method, url=url, headers=headers, data=body)
    (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, region).add_auth(request)
    signed = dict(request.headers.items())
    for name, value in headers.items():  # the signer may have written a name of the case's otherwise
        signed = {key: of for key, of in signed.items() if key.lower() != name.lower()}
        signed[name] = value
    return signed


def presigned(
    method: str, url: str, headers: dict[str, str], expires: int, signer: tuple[Credentials, str, str]
) -> str:
    """The URL with a signature of the request in its query; `headers` are those that are signed with it."""
    credentials, service, region = signer
    request = AWSRequest(method=method, url=url, headers=headers)
    (S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth)(credentials, service, region, expires).add_auth(request)
    return str(request.url)


def multipart_form(fields: list[tuple[str, Any]]) -> tuple[str, bytes]:
    """The content type and the body of a form: `file` is sent as a file, what else there is as text, in this order."""
    boundary = uuid.uuid4().hex
    body = b""
    for name, value in fields:
        as_file = '; filename="file"' if name == "file" else ""
        content = value if isinstance(value, bytes) else str(value).encode()
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{as_file}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()
