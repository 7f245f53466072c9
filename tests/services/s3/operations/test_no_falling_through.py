"""A request for one operation never does another's work: every operation of the model is walked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from awskit.wire.model import load_model
from services.s3.app import all_operations
from tests.processes import Running
from tests.services.s3.conftest import read

_MODEL = load_model("s3")
_HARMLESS = {"DeleteBucket", "DeleteObject", "PutObject", "CopyObject", "WriteGetObjectResponse"}


def _sub_resources() -> Iterator[tuple[str, str, str]]:
    """(operation, method, path with query) of each operation that a query parameter tells apart."""
    for operation in _MODEL.operations.values():
        template, _, query = operation.request_uri.partition("?")
        members = operation.input.members.values() if operation.input is not None else ()
        required = operation.input.required if operation.input is not None else ()
        wanted = [
            member.wire_name for member in members if member.location == "querystring" and member.name in required
        ]
        parameters = "&".join([*([query] if query else []), *(f"{name}=1" for name in wanted)])
        if parameters and operation.name not in _HARMLESS:
            yield operation.name, operation.http_method, f"{template}?{parameters}"


@pytest.mark.parametrize(("name", "method", "target"), sorted(_sub_resources()))
def test_a_sub_resource_is_not_the_resource(
    s3: Any, s3_service: Running, bucket: str, name: str, method: str, target: str
) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"kept")
    path = target.replace("{Bucket}", bucket).replace("{Key+}", "key")
    answer = httpx.request(method, s3_service.url + path, content=b"<a/>" if method in ("PUT", "POST") else None)
    assert answer.status_code < 500 or answer.status_code == 501
    if not {(None, name), ("s3", name)} & set(all_operations()):
        assert answer.status_code in (400, 405, 501), answer.text
    assert read(s3, bucket, "key") == b"kept"
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["key"]


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize("query", ["nothingKnown", "metadataConfiguration2", "object-lock2"])
def test_unknown_sub_resources_are_refused(s3: Any, s3_service: Running, method: str, query: str) -> None:
    bucket = f"test-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    for path in (f"/{bucket}?{query}", f"/{bucket}/key?{query}"):
        assert httpx.request(method, s3_service.url + path, content=b"x").status_code in (405, 501)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
