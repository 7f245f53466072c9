"""What is in a bucket: by prefix, by version, and what is being uploaded in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element

from console.interfaces.aws_client import AwsClient
from console.interfaces.xml_answers import moment, parse_xml, text


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One object, or one version of one; of a delete marker `size` is None. `modified` in epoch seconds."""

    key: str
    size: int | None
    modified: float | None
    etag: str
    storage_class: str
    version_id: str = ""
    is_latest: bool = True
    is_delete_marker: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a bucket: `prefixes` are the folders in it; `next_token` is empty where it is the last one."""

    prefixes: Sequence[str]
    objects: Sequence[ListedObject]
    next_token: str


@dataclass(frozen=True, slots=True)
class MultipartUpload:
    """An upload in parts that has not been completed."""

    key: str
    upload_id: str
    initiated: float | None


async def list_objects(
    client: AwsClient, bucket: str, prefix: str = "", delimiter: str = "/", token: str = "", most: int = 100
) -> Listing:
    query = {"list-type": "2", "encoding-type": "url", "max-keys": str(most), "prefix": prefix}
    if delimiter:
        query["delimiter"] = delimiter
    if token:
        query["continuation-token"] = token
    document = parse_xml((await client.rest("ListObjectsV2", "GET", f"/{bucket}", query)).body)
    return Listing(
        _prefixes(document),
        [_object(one) for one in document.iterfind("Contents")],
        text(document, "NextContinuationToken"),
    )


async def list_object_versions(
    client: AwsClient, bucket: str, prefix: str = "", delimiter: str = "/", token: str = "", most: int = 100
) -> Listing:
    """Versions and delete markers, in the order of their keys, the newest first. `token` is a `next_token`."""
    query = {"versions": "", "encoding-type": "url", "max-keys": str(most), "prefix": prefix}
    if delimiter:
        query["delimiter"] = delimiter
    if token:
        version_id, _, key = token.partition("/")
        query["key-marker"] = key
        if version_id:
            query["version-id-marker"] = version_id
    document = parse_xml((await client.rest("ListObjectVersions", "GET", f"/{bucket}", query)).body)
    found = [_version(one) for one in document if one.tag in ("Version", "DeleteMarker")]
    following = ""
    if text(document, "IsTruncated") == "true":
        following = f"{text(document, 'NextVersionIdMarker')}/{unquote_plus(text(document, 'NextKeyMarker'))}"
    return Listing(_prefixes(document), found, following)


async def list_multipart_uploads(client: AwsClient, bucket: str) -> list[MultipartUpload]:
    """The first thousand."""
    query = {"uploads": "", "encoding-type": "url"}
    document = parse_xml((await client.rest("ListMultipartUploads", "GET", f"/{bucket}", query)).body)
    return [
        MultipartUpload(unquote_plus(text(one, "Key")), text(one, "UploadId"), moment(one, "Initiated"))
        for one in document.iterfind("Upload")
    ]


async def uploaded_parts(client: AwsClient, bucket: str, upload: MultipartUpload) -> tuple[int, int]:
    """How many parts are there, a thousand at most, and their bytes."""
    query = {"uploadId": upload.upload_id}
    document = parse_xml((await client.rest("ListParts", "GET", f"/{bucket}/{upload.key}", query)).body)
    sizes = [int(text(part, "Size") or 0) for part in document.iterfind("Part")]
    return len(sizes), sum(sizes)


async def abort_multipart_upload(client: AwsClient, bucket: str, key: str, upload_id: str) -> None:
    await client.rest("AbortMultipartUpload", "DELETE", f"/{bucket}/{key}", {"uploadId": upload_id})


def _prefixes(document: Element) -> list[str]:
    return [unquote_plus(text(one, "Prefix")) for one in document.iterfind("CommonPrefixes")]


def _object(one: Element) -> ListedObject:
    return ListedObject(
        unquote_plus(text(one, "Key")),
        int(text(one, "Size") or 0),
        moment(one, "LastModified"),
        text(one, "ETag").strip('"'),
        text(one, "StorageClass"),
    )


def _version(one: Element) -> ListedObject:
    marker = one.tag == "DeleteMarker"
    return ListedObject(
        unquote_plus(text(one, "Key")),
        None if marker else int(text(one, "Size") or 0),
        moment(one, "LastModified"),
        text(one, "ETag").strip('"'),
        text(one, "StorageClass"),
        text(one, "VersionId"),
        text(one, "IsLatest") == "true",
        marker,
    )
