"""The wire: compressed bodies, checksums, malformed payloads, types, what is unsigned."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from tests.services.dynamodb.conftest import Answer, DynamoDb, wire

TARGET = "DynamoDB_20120810."
JSON = "application/x-amz-json-1.0"


async def send(dynamodb: DynamoDb, operation: str, body: bytes, **headers: str) -> Answer:
    given = {"x-amz-target": TARGET + operation, "content-type": JSON}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await dynamodb.request("POST", "/", given, body)


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_compressed_body_is_read(dynamodb_on_sqlite: DynamoDb, encoding: str, pack: Any) -> None:
    table = await dynamodb_on_sqlite.table()
    body = pack(json.dumps({"TableName": table, "Item": wire({"a": "x"})}).encode())
    answer = await send(dynamodb_on_sqlite, "PutItem", body, content_encoding=encoding)
    assert (answer.status, answer.body) == (200, b"{}")
    broken = await send(dynamodb_on_sqlite, "PutItem", b"not " + body, content_encoding=encoding)
    assert json.loads(broken.body) == {"__type": "com.amazon.coral.service#SerializationException"}


async def test_an_answer_is_compressed_where_asked_and_its_checksum_is_of_what_is_sent(
    dynamodb_on_sqlite: DynamoDb,
) -> None:
    table = await dynamodb_on_sqlite.table()
    await dynamodb_on_sqlite.put(table, {"a": "x", "text": "t" * 5000})
    body = json.dumps({"TableName": table, "Key": wire({"a": "x"})}).encode()
    answer = await send(dynamodb_on_sqlite, "GetItem", body, accept_encoding="gzip, deflate")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["x-amz-crc32"] == str(zlib.crc32(answer.body))
    assert len(answer.body) < 1000
    item = json.loads(gzip.decompress(answer.body))["Item"]
    assert item["text"]["S"] == "t" * 5000
    plain = await send(dynamodb_on_sqlite, "GetItem", body)
    assert "content-encoding" not in plain.headers
    assert plain.headers["x-amz-crc32"] == str(zlib.crc32(plain.body))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", None),
        (b"{", None),
        (b"\xff", None),
        (b"[]", "Unrecognized collection type"),
        (b'"text"', "Unexpected"),
        (b'{"TableName": 5}', "NUMBER_VALUE cannot be converted to String"),
        (b'{"TableName": "abc", "Key": []}', "Unrecognized collection type java.util.Map"),
        (b'{"TableName": "abc", "Key": {"a": "x"}}', "Unexpected value type in payload"),
        (b'{"TableName": "abc", "Key": {"a": {"S": 1}}}', "NUMBER_VALUE cannot be converted to String"),
        (b'{"TableName": "abc", "Key": {"a": {"B": "abc"}}}', "Base64 encoded length is expected a multiple of 4"),
        (b'{"TableName": "abc", "Key": {"a": {"L": [{"M": 1}]}}}', "Unexpected field type"),
    ],
)
async def test_what_is_no_such_structure_is_told_so(
    dynamodb_on_sqlite: DynamoDb, body: bytes, message: str | None
) -> None:
    answer = await send(dynamodb_on_sqlite, "GetItem", body)
    assert answer.status == 400
    error = json.loads(answer.body)
    assert error["__type"] == "com.amazon.coral.service#SerializationException"
    assert message is None or error["Message"].startswith(message)


async def test_an_unknown_operation_and_one_without_a_signature(dynamodb_on_sqlite: DynamoDb) -> None:
    unknown = await send(dynamodb_on_sqlite, "NoSuchOperation", b"{}")
    assert json.loads(unknown.body) == {"__type": "com.amazon.coral.service#UnknownOperationException"}
    headers = {"x-amz-target": TARGET + "ListTables", "content-type": JSON}
    unsigned = await dynamodb_on_sqlite.request("POST", "/", headers, b"{}", signed=False)
    assert json.loads(unsigned.body) == {
        "__type": "com.amazon.coral.service#MissingAuthenticationTokenException",
        "message": "Request is missing Authentication Token",
    }


async def test_an_answer_is_of_the_kind_that_was_asked(dynamodb_on_sqlite: DynamoDb) -> None:
    for kind in (JSON, "application/json"):
        answer = await send(dynamodb_on_sqlite, "ListTables", b"{}", content_type=kind)
        assert answer.headers["content-type"] == kind
        assert len(answer.headers["x-amzn-requestid"]) == 52


async def test_a_page_of_this_machine_may_ask(dynamodb_on_sqlite: DynamoDb) -> None:
    origin = "http://localhost:3000"
    answer = await dynamodb_on_sqlite.request(
        "OPTIONS", "/", {"origin": origin, "access-control-request-headers": "x-amz-target"}, b""
    )
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "x-amz-target"
    answer = await send(dynamodb_on_sqlite, "ListTables", b"{}", origin=origin)
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_violations_are_listed(dynamodb_on_sqlite: DynamoDb) -> None:
    refused = await dynamodb_on_sqlite.refusal("GetItem", TableName="a;", ReturnConsumedCapacity="ALL")
    assert refused.body["__type"] == "com.amazon.coral.validate#ValidationException"
    assert refused.message.startswith("4 validation errors detected: ")
    for text in (
        "Value 'a;' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
        "Value 'a;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "[a-zA-Z0-9_.-]+",
        "Value 'ALL' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: "
        "[INDEXES, TOTAL, NONE]",
        "Value null at 'key' failed to satisfy constraint: Member must not be null",
    ):
        assert text in refused.message
