"""Whatever bytes come, a parser answers with an input or an `AwsError`, never with another exception."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest
from tests.awskit.wire.botocore_models import protocol

ROUGH = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
DYNAMODB_MEMBERS = st.sampled_from(
    ("TableName", "Key", "Item", "KeySchema", "Limit", "Expected", "Tags", "a", "S", "B", "L", "M")
)
TAGS = st.sampled_from(("Tagging", "TagSet", "Tag", "Key", "Value", "Delete", "Object", "Grantee", "x"))


def parse(wire: str, name: str, request: HttpRequest) -> None:
    ours = protocol(wire, validate=True)
    with suppress(AwsError):
        ours.parse(ours.model.operations[name], request)


@pytest.mark.parametrize("name", ["PutItem", "CreateTable", "BatchWriteItem", "Query", "TagResource"])
@ROUGH
@given(body=st.dictionaries(DYNAMODB_MEMBERS, JSON | st.dictionaries(DYNAMODB_MEMBERS, JSON, max_size=3), max_size=4))
def test_json_of_any_shape(name: str, body: dict[str, Any]) -> None:
    parse("dynamodb", name, HttpRequest("POST", "/", "", {}, orjson.dumps(body)))


@ROUGH
@given(body=st.binary(max_size=40))
def test_any_bytes(body: bytes) -> None:
    parse("dynamodb", "PutItem", HttpRequest("POST", "/", "", {}, body))
    parse("sqs", "SendMessage", HttpRequest("POST", "/", "", {}, body))
    parse("sqs-query", "SendMessage", HttpRequest("POST", "/", "", {}, body))
    parse("s3", "PutBucketTagging", HttpRequest("PUT", "/b", "tagging", {}, body))
    parse("s3", "PutBucketPolicy", HttpRequest("PUT", "/b", "policy", {}, body))


@ROUGH
@given(
    pairs=st.lists(
        st.tuples(
            st.lists(
                st.sampled_from(
                    (
                        "Action",
                        "Attribute",
                        "Attributes",
                        "MessageAttributes",
                        "entry",
                        "member",
                        "1",
                        "2",
                        "٣",
                        "-1",
                        "Name",
                        "Value",
                        "key",
                        "",
                    )
                ),
                min_size=1,
                max_size=5,
            ),
            st.text(max_size=4),
        ),
        max_size=6,
    )
)
def test_any_parameters(pairs: list[tuple[list[str], str]]) -> None:
    body = urlencode([(".".join(parts), value) for parts, value in pairs]).encode()
    for wire, name in (
        ("sns", "Publish"),
        ("sns", "CreateTopic"),
        ("sqs-query", "SetQueueAttributes"),
        ("sqs-query", "SendMessage"),
    ):
        parse(wire, name, HttpRequest("POST", "/", "", {}, body))


@st.composite
def documents(draw: st.DrawFn, depth: int = 0) -> str:
    tag = draw(TAGS)
    inner = draw(st.text("ab<&; \n", max_size=3))
    if depth < 4:
        inner += "".join(draw(st.lists(documents(depth=depth + 1), max_size=3)))
    attribute = draw(st.sampled_from(("", 'a="b"', 'xsi:type="Group"', 'xmlns="u"')))
    return f"<{tag} {attribute}>{inner}</{tag}>"


@ROUGH
@given(document=documents(), target=st.sampled_from(("tagging", "delete", "acl", "lifecycle", "cors", "notification")))
def test_documents_of_any_shape(document: str, target: str) -> None:
    ours = protocol("s3", validate=True)
    request = HttpRequest("POST" if target == "delete" else "PUT", "/b", target, {}, document.encode())
    with suppress(AwsError):
        ours.parse(ours.resolve(request), request)


@ROUGH
@given(
    method=st.sampled_from(("GET", "PUT", "POST", "DELETE", "HEAD", "BREW")),
    path=st.text("/ab%2F.~é\x00?#f", max_size=12),
    query=st.text("acl&=%ff+uploadId;partNumber-x", max_size=16),
)
def test_request_lines_of_any_shape(method: str, path: str, query: str) -> None:
    ours = protocol("s3", validate=True)
    request = HttpRequest(method, "/" + path, query, {"content-length": "x", "range": "\x00"})
    with suppress(AwsError):
        ours.parse(ours.resolve(request), request)


def test_a_deep_document_is_no_overflow() -> None:
    deep = b"<Tagging>" * 100_000 + b"</Tagging>" * 100_000
    parse("s3", "PutBucketTagging", HttpRequest("PUT", "/b", "tagging", {}, deep))
    parse(
        "dynamodb",
        "PutItem",
        HttpRequest("POST", "/", "", {}, b'{"Item":' + b'{"a":{"M":' * 900 + b"{}" + b"}}" * 900 + b"}"),
    )
    parse("dynamodb", "PutItem", HttpRequest("POST", "/", "", {}, b"[" * 100_000))
    parse("sqs-query", "SendMessage", HttpRequest("POST", "/", "", {}, b".".join([b"a"] * 100_000) + b"=1"))
