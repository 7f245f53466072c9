"""Objects in S3, for exports and imports: a plain client of the S3 service, as the account that asked for the job.

Raised: `S3Error` with S3's code and message, also where the service cannot be reached for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from awskit.access.credentials_file import load_identities
from awskit.clock import Clock
from awskit.http_client import HttpClient, Response
from awskit.sigv4.signing import SigningKey, sign

_TIMEOUT_SECONDS: Final = 30.0
_BACK_OFF: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_RANGE: Final = 8 * 1024 * 1024
_PAGE: Final = 1000
_FORBIDDEN: Final = 403
_SERVER_ERROR: Final = 500
_REFUSED: Final = 300


class S3Error(Exception):
    """S3 has refused a request, or does not answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class S3Object(NamedTuple):
    """An object as a listing shows it."""

    key: str
    size: int


class Bucket(NamedTuple):
    """A bucket, and who asks for what is in it."""

    name: str
    account_id: str
    region: str
    owner: str | None = None
    access_key_id: str | None = None
    session_token: str | None = None


class S3Client:
    """The S3 service at `addresses`. A bucket of another region than the one that is named is found there."""

    def __init__(self, http_client: HttpClient, addresses: str, clock: Clock, credentials: str = "") -> None:
        """`credentials` is the file of access keys that S3 verifies signatures with, where it does."""
        self._http_client = http_client
        self._addresses = addresses
        self._clock = clock
        self._identities = load_identities(credentials)

    async def put(self, bucket: Bucket, key: str, body: bytes, headers: Mapping[str, str]) -> str:
        """Store an object; its ETag, without quotation marks."""
        response = await self._request(bucket, "PUT", _path(bucket, key), body, headers)
        return response.header("etag").strip('"')

    async def list_page(self, bucket: Bucket, prefix: str, after: str) -> list[S3Object]:
        """Up to 1000 objects whose keys begin with `prefix` and come after `after`, in order."""
        query = f"?list-type=2&max-keys={_PAGE}&encoding-type=url&prefix={quote(prefix, safe='')}"
        if after:
            query += f"&start-after={quote(after, safe='')}"
        response = await self._request(bucket, "GET", f"/{bucket.name}{query}")
        return _listed(response.body)

    async def read(self, bucket: Bucket, found: S3Object) -> AsyncIterator[bytes]:
        """An object's bytes, part by part."""
        for start in range(0, found.size, _RANGE):
            end = min(start + _RANGE, found.size) - 1
            headers = {"range": f"bytes={start}-{end}"}
            response = await self._request(bucket, "GET", _path(bucket, found.key), b"", headers)
            yield response.body

    async def _request(
        self, bucket: Bucket, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Response:
        upstream = self._http_client.upstream(self._addresses)
        reason = ""
        for wait in (*_BACK_OFF, None):
            sent = self._headers(bucket, method, target, headers or {})
            try:
                response = await upstream.request(method, target, sent, body, timeout=_TIMEOUT_SECONDS)
            except (OSError, TimeoutError) as error:
                reason = f"The S3 service does not answer: {error!r}"
            else:
                region = response.header("x-amz-bucket-region")
                if _REFUSED <= response.status < _SERVER_ERROR and region not in ("", bucket.region):
                    return await self._request(bucket._replace(region=region), method, target, body, headers)
                if response.status < _SERVER_ERROR:
                    return _checked(response)
                reason = f"The S3 service answered {response.status}"
            if wait is not None:
                await asyncio.sleep(wait)
        raise S3Error("InternalError", reason)

    def _headers(self, bucket: Bucket, method: str, target: str, headers: Mapping[str, str]) -> dict[str, str]:
        """Signed where the key is known; else they only tell who asks, which is enough for an S3 that trusts."""
        sent = {"host": f"s3.{bucket.region}.amazonaws.com", **headers}
        if bucket.owner is not None:
            sent["x-amz-expected-bucket-owner"] = bucket.owner
        return sign(self._key(bucket, sent), (bucket.region, "s3"), method, target, sent, self._clock.now())

    def _key(self, bucket: Bucket, sent: dict[str, str]) -> SigningKey:
        """The key of who began the job; a session's token goes with it, into what is `sent`."""
        if bucket.access_key_id is not None and bucket.session_token is not None:
            sent["x-amz-security-token"] = bucket.session_token
            return SigningKey(bucket.access_key_id, self._identities.sessions.secret_of(bucket.session_token))
        secret = self._identities.secret_of(bucket.access_key_id or "")
        if bucket.access_key_id is None or secret is None:
            return SigningKey(bucket.account_id, "")
        return SigningKey(bucket.access_key_id, secret)


def _path(bucket: Bucket, key: str) -> str:
    return f"/{bucket.name}/{quote(key, safe='/~')}"


def _checked(response: Response) -> Response:
    if response.status < _REFUSED:
        return response
    code, message = _error_of(response.body)
    if not code:
        code = "AccessDenied" if response.status == _FORBIDDEN else f"Status{response.status}"
    raise S3Error(code, message)


def _error_of(body: bytes) -> tuple[str, str]:
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return "", ""
    return root.findtext("Code") or "", root.findtext("Message") or ""


def _listed(body: bytes) -> list[S3Object]:
    from urllib.parse import unquote_plus
    from xml.etree import ElementTree

    found = []
    for element in ElementTree.fromstring(body):
        if element.tag.endswith("Contents"):
            members = {child.tag.rpartition("}")[2]: child.text or "" for child in element}
            found.append(S3Object(unquote_plus(members["Key"]), int(members["Size"])))
    return found
