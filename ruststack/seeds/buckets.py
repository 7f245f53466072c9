"""Buckets: made, their configurations put where they are not so already, their files put where they differ."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ruststack.seeds.bucket_documents import BucketDocuments
from ruststack.seeds.changes import Change, Resource, Wanted, covers, tag_changes, text, texts

_CHUNK = 1024 * 1024
_HOME = "us-east-1"

# By what a seed says: the operations that put and get it.
_CONFIGURATIONS = {
    "ownership": ("PutBucketOwnershipControls", "GetBucketOwnershipControls"),
    "public_access_block": ("PutPublicAccessBlock", "GetPublicAccessBlock"),
    "encryption": ("PutBucketEncryption", "GetBucketEncryption"),
    "cors": ("PutBucketCors", "GetBucketCors"),
    "lifecycle": ("PutBucketLifecycleConfiguration", "GetBucketLifecycleConfiguration"),
    "website": ("PutBucketWebsite", "GetBucketWebsite"),
    "logging": ("PutBucketLogging", "GetBucketLogging"),
    "notifications": ("PutBucketNotificationConfiguration", "GetBucketNotificationConfiguration"),
}


def check(bucket: Resource, documents: BucketDocuments) -> None:
    """Raises `SeedError` where a configuration is not of AWS's form, or a file or folder is not there."""
    for name, (put, _) in _CONFIGURATIONS.items():
        if name in bucket.said:
            _check_configuration(bucket, documents, name, put)
    for number, said in enumerate(bucket.said.get("files", ())):
        for _, body in _contents(bucket, said, number):
            if isinstance(body, Path) and not os.access(body, os.R_OK):
                raise bucket.mistake(f"cannot be read: {body}", "files", number)


def _check_configuration(bucket: Resource, documents: BucketDocuments, name: str, put: str) -> None:
    try:
        documents.written(put, bucket.said[name])
    except (ValueError, TypeError) as error:
        raise bucket.mistake(f"is not as {put} takes it: {error}", name) from error


def changes(bucket: Wanted, documents: BucketDocuments) -> Iterator[Change]:
    """What is to be done until the bucket is as it is said to be, with the files that it is to hold."""
    head = bucket.client.s3(bucket.place, "HEAD", bucket.name, accepted=(200, 301, 403, 404))
    if head.status in (301, 403):
        raise bucket.mistake("is a bucket of another account, or in another region", "name")
    is_there = head.status == 200
    if not is_there:
        yield Change(f"bucket {bucket.name}", "create", lambda: _create(bucket, documents))
    yield from _configured(bucket, documents, is_there=is_there)
    for number, said in enumerate(bucket.said.get("files", ())):
        for key, body in _contents(bucket, said, number):
            yield from _file_changes(bucket, key, body, said, is_there=is_there)


def _create(bucket: Wanted, documents: BucketDocuments) -> None:
    body = b""
    if bucket.place.region != _HOME:
        body = documents.written("CreateBucket", {"LocationConstraint": bucket.place.region})
    headers = {"x-amz-bucket-object-lock-enabled": "true"} if bucket.said.get("object_lock") else {}
    bucket.client.s3(bucket.place, "PUT", bucket.name, headers=headers, body=body)


def _configured(bucket: Wanted, documents: BucketDocuments, *, is_there: bool) -> Iterator[Change]:
    said = bucket.said
    if "versioning" in said:
        yield from _one(bucket, documents, "versioning", {"Status": said["versioning"]}, is_there=is_there)
    for name in _CONFIGURATIONS:
        if name in said:
            yield from _one(bucket, documents, name, said[name], is_there=is_there)
    if "policy" in said:
        wanted = text(said["policy"])
        found = _get(bucket, {"policy": ""}) if is_there else None
        if found is None or not covers(json.loads(found), json.loads(wanted)):
            make = partial(bucket.client.s3, bucket.place, "PUT", bucket.name, {"policy": ""}, None, wanted.encode())
            yield Change(f"bucket {bucket.name}", "put policy", make)
    if said.get("tags"):
        found = _get(bucket, {"tagging": ""}) if is_there else None
        listed = documents.read("GetBucketTagging", found)["TagSet"] if found is not None else []
        current = {tag["Key"]: tag["Value"] for tag in listed}
        tagged = tag_changes(current, said["tags"])
        if tagged:
            tags = [{"Key": key, "Value": value} for key, value in {**current, **tagged}.items()]
            put = partial(_put, bucket, documents, "PutBucketTagging", {"TagSet": tags})
            yield Change(f"bucket {bucket.name}", f"tag with {', '.join(tagged)}", put)


def _one(
    bucket: Wanted, documents: BucketDocuments, name: str, said: Mapping[str, Any], *, is_there: bool
) -> Iterator[Change]:
    put, get = _CONFIGURATIONS.get(name, ("PutBucketVersioning", "GetBucketVersioning"))
    found = _get(bucket, documents.query(get)) if is_there else None
    if found is None or not covers(documents.read(get, found), said):
        make = partial(_put, bucket, documents, put, said)
        yield Change(f"bucket {bucket.name}", f"put {name}", make)


def _put(bucket: Wanted, documents: BucketDocuments, operation: str, said: Mapping[str, Any]) -> None:
    body = documents.written(operation, said)
    bucket.client.s3(bucket.place, "PUT", bucket.name, documents.query(operation), body=body)


def _get(bucket: Wanted, query: Mapping[str, str]) -> bytes | None:
    """What is configured; None where nothing is."""
    answer = bucket.client.s3(bucket.place, "GET", bucket.name, query, accepted=(200, 404))
    return answer.body if answer.status == 200 and answer.body else None


def _contents(bucket: Resource, said: Mapping[str, Any], number: int) -> Iterator[tuple[str, bytes | Path]]:
    """The keys that an entry of `files` speaks of, and what is to be there."""
    beside = bucket.document.file.parent
    if "folder" in said:
        folder = beside / said["folder"]
        if not folder.is_dir():
            raise bucket.mistake(f"is no folder: {folder}", "files", number, "folder")
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            yield said.get("prefix", "") + path.relative_to(folder).as_posix(), path
    elif "path" in said:
        path = beside / said["path"]
        if not path.is_file():
            raise bucket.mistake(f"is no file: {path}", "files", number, "path")
        yield said["key"], path
    else:
        yield said["key"], said["text"].encode() if "text" in said else json.dumps(said["json"]).encode()


def _file_changes(
    bucket: Wanted, key: str, body: bytes | Path, said: Mapping[str, Any], *, is_there: bool
) -> Iterator[Change]:
    headers = {"content-type": said.get("content_type") or _content_type(key, said)}
    headers.update({f"x-amz-meta-{name.lower()}": value for name, value in texts(said.get("metadata", {})).items()})
    path = f"{bucket.name}/{key}"
    if is_there:
        found = bucket.client.s3(bucket.place, "HEAD", path, accepted=(200, 404))
        same = found.status == 200 and found.headers.get("etag", "").strip('"') == _digest(body)
        if same and all(found.headers.get(name) == value for name, value in headers.items()):
            return
    size = len(body) if isinstance(body, bytes) else body.stat().st_size
    make = partial(bucket.client.s3, bucket.place, "PUT", path, None, headers, body)
    yield Change(f"bucket {bucket.name}", f"put {key} ({size:,} bytes)", make)


def _content_type(key: str, said: Mapping[str, Any]) -> str:
    return mimetypes.guess_type(key)[0] or ("application/json" if "json" in said else "binary/octet-stream")


def _digest(body: bytes | Path) -> str:
    """MD5, which an object's ETag is."""
    digest = hashlib.md5(usedforsecurity=False)
    if isinstance(body, bytes):
        digest.update(body)
    else:
        with body.open("rb") as file:
            while piece := file.read(_CHUNK):
                digest.update(piece)
    return digest.hexdigest()
