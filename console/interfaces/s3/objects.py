"""Objects: their head, their beginning, their tags; put and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime
from html import escape

from console.interfaces.aws_client import AwsClient
from console.interfaces.errors import AwsCallError
from console.interfaces.xml_answers import parse_xml, text

_METADATA = "x-amz-meta-"


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """What HeadObject says; `headers` are all that it answers, by their names in lower case."""

    size: int
    content_type: str
    modified: float | None
    etag: str
    version_id: str
    metadata: Mapping[str, str]
    headers: Mapping[str, str]


async def head_object(client: AwsClient, bucket: str, key: str, version_id: str = "") -> ObjectHead:
    answer = await client.rest("HeadObject", "HEAD", f"/{bucket}/{key}", _of_version(version_id))
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
    modified = headers.get("last-modified")
    return ObjectHead(
        int(headers.get("content-length", "0")),
        headers.get("content-type", ""),
        parsedate_to_datetime(modified).timestamp() if modified else None,
        headers.get("etag", "").strip('"'),
        headers.get("x-amz-version-id", ""),
        {
            name.removeprefix(_METADATA): _decoded(value)
            for name, value in sorted(headers.items())
            if name.startswith(_METADATA)
        },
        headers,
    )


async def get_beginning(client: AwsClient, bucket: str, key: str, version_id: str, most: int) -> bytes:
    """The first `most` bytes."""
    headers = {"range": f"bytes=0-{most - 1}"}
    try:
        query = _of_version(version_id)
        return (await client.rest("GetObject", "GET", f"/{bucket}/{key}", query, headers)).body
    except AwsCallError as error:
        if error.status == 416:  # it is empty
            return b""
        raise


async def get_tags(client: AwsClient, bucket: str, key: str, version_id: str = "") -> dict[str, str]:
    query = {"tagging": "", **_of_version(version_id)}
    document = parse_xml((await client.rest("GetObjectTagging", "GET", f"/{bucket}/{key}", query)).body)
    return {text(tag, "Key"): text(tag, "Value") for tag in document.iterfind("TagSet/Tag")}


async def put_tags(client: AwsClient, bucket: str, key: str, version_id: str, tags: Mapping[str, str]) -> None:
    said = "".join(
        f"<Tag><Key>{escape(name, quote=False)}</Key><Value>{escape(value, quote=False)}</Value></Tag>"
        for name, value in tags.items()
    )
    body = f"<Tagging><TagSet>{said}</TagSet></Tagging>".encode()
    query = {"tagging": "", **_of_version(version_id)}
    await client.rest("PutObjectTagging", "PUT", f"/{bucket}/{key}", query, {}, body)


async def put_object(client: AwsClient, bucket: str, key: str, body: bytes, content_type: str) -> None:
    await client.rest("PutObject", "PUT", f"/{bucket}/{key}", None, {"content-type": content_type}, body)


async def delete_object(client: AwsClient, bucket: str, key: str, version_id: str = "") -> None:
    await client.rest("DeleteObject", "DELETE", f"/{bucket}/{key}", _of_version(version_id))


async def delete_objects(client: AwsClient, bucket: str, objects: Iterable[tuple[str, str]]) -> list[str]:
    """Delete (key, version id or "") pairs, a thousand at most; why some were not deleted comes back.

    Keys that XML cannot hold are deleted one by one.
    """
    refused: list[str] = []
    in_document: list[tuple[str, str]] = []
    for key, version_id in objects:
        if all(character >= " " or character in "\t\n\r" for character in key) and max(key, default="") < "\ufffe":
            in_document.append((key, version_id))
        else:
            await delete_object(client, bucket, key, version_id)
    if in_document:
        said = "".join(f"<Object>{_named(key, version)}</Object>" for key, version in in_document)
        body = f"<Delete><Quiet>true</Quiet>{said}</Delete>".encode()
        answer = await client.rest("DeleteObjects", "POST", f"/{bucket}", {"delete": ""}, _checksum(body), body)
        document = parse_xml(answer.body)
        refused = [
            f"{text(one, 'Key')}: {text(one, 'Code')}: {text(one, 'Message')}" for one in document.iterfind("Error")
        ]
    return refused


def _named(key: str, version_id: str) -> str:
    version = f"<VersionId>{escape(version_id, quote=False)}</VersionId>" if version_id else ""
    return f"<Key>{escape(key, quote=False).translate(_KEPT)}</Key>{version}"


_KEPT = str.maketrans({"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def _checksum(body: bytes) -> dict[str, str]:
    """DeleteObjects asks for one."""
    import base64
    import hashlib

    digest = hashlib.md5(body, usedforsecurity=False).digest()
    return {"content-md5": base64.b64encode(digest).decode(), "content-type": "application/xml"}


def _of_version(version_id: str) -> dict[str, str]:
    return {"versionId": version_id} if version_id else {}


def _decoded(value: str) -> str:
    """S3 gives metadata that is not ASCII as RFC 2047 has it; what is none stays as it is."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError, UnicodeError):
        return value
