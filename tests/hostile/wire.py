"""Requests on the wire: an operation of a model and a tree of values, written as its protocol has it.

In: trees of `tests.hostile.values`, of whatever types. Out: a `Request`, which says its own bytes. What a protocol
cannot say of a value is written as its text, so that nothing is too strange to be sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from awskit.wire.aws_query import parameter_name
from awskit.wire.model import OperationModel, Reference, ServiceModel, Shape
from tests.hostile.values import Raw

_SCOPE = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
_MOST_PARAMETERS = 60_000
_MOST_OF_PIECES = 20_000_000
_PIECE = re.compile('"@@([0-9]+)@@"')
_ESCAPES = {byte: quote(bytes([byte]), safe="") for byte in range(256)}  # `quote` itself takes five times as long


@dataclass
class Request:
    """One request. `label` says what it is meant to be; `headers` are sent in this order, as they are."""

    label: str
    method: str
    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def head(self, *framing: tuple[str, str]) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in (*self.headers, *framing)]
        return to_bytes("\r\n".join(lines) + "\r\n\r\n")

    def to_bytes(self) -> bytes:
        return self.head(("Content-Length", str(len(self.body)))) + self.body


def to_bytes(text: str) -> bytes:
    """The text as bytes, whatever is in it."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def signed(service: str, *further: tuple[str, str]) -> list[tuple[str, str]]:
    """The headers by which the gateway knows the service."""
    return [("Host", "localhost"), ("Authorization", _SCOPE.format(service=service)), *further]


def json_request(model: ServiceModel, operation: OperationModel, value: Any) -> Request:
    """awsJson."""
    content_type = f"application/x-amz-json-{model.json_version}"
    target = f"{model.target_prefix}.{operation.name}"
    service = "dynamodb" if model.name == "dynamodbstreams" else model.name
    headers = signed(service, ("X-Amz-Target", target), ("Content-Type", content_type))
    return Request(operation.name, "POST", "/", headers, json_document(value))


def json_document(value: Any) -> bytes:
    """JSON with `Raw` pieces as they are. What is deeper than the encoder goes is left out."""
    pieces: list[str] = []

    def marked(node: Any) -> Any:
        if isinstance(node, Raw):
            pieces.append(node)
            return f"@@{len(pieces) - 1}@@"
        if isinstance(node, dict):
            return {str(key): marked(below) for key, below in node.items()}
        if isinstance(node, list):
            return [marked(below) for below in node]
        return node.decode("latin-1") if isinstance(node, bytes) else node

    text = json.dumps(marked(value), ensure_ascii=len(pieces) % 2 == 0)
    if sum(map(len, pieces)) > _MOST_OF_PIECES:
        pieces[1:] = [Raw("[]")] * (len(pieces) - 1)
    text = _PIECE.sub(lambda found: pieces[int(found[1])], text)
    return text.encode("utf-8", "surrogatepass")


def query_request(model: ServiceModel, operation: OperationModel, value: Any) -> Request:
    """awsQuery, as a form."""
    pairs = [("Action", operation.name), ("Version", model.api_version)]
    if operation.input is not None:
        pairs += parameters(operation.input, value)
    body = "&".join(_bounded(f"{_escaped(name)}={_escaped(text)}" for name, text in pairs[:_MOST_PARAMETERS]))
    headers = signed(model.name, ("Content-Type", "application/x-www-form-urlencoded"))
    return Request(operation.name, "POST", "/", headers, body.encode())


def parameters(shape: Shape, value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The dotted parameters of a value."""
    dot = f"{prefix}." if prefix else ""
    if isinstance(value, dict) and shape.type == "structure":
        for name, member in shape.members.items():
            if name in value:
                below, flattened = value[name], member.flattened or member.shape.traits.get("flattened")
                if member.shape.type == "list" and isinstance(below, list):
                    yield from _list_parameters(member, below, f"{dot}{parameter_name(member)}", bool(flattened))
                elif member.shape.type == "map" and isinstance(below, dict):
                    yield from _map_parameters(member, below, f"{dot}{parameter_name(member)}", bool(flattened))
                else:
                    yield from parameters(member.shape, below, f"{dot}{parameter_name(member)}")
    elif isinstance(value, dict):
        for name, below in value.items():
            yield f"{dot}{name}", text_of(below)
    else:
        yield prefix or "value", text_of(value)


def _list_parameters(member: Reference, value: list[Any], name: str, flattened: bool) -> Iterator[tuple[str, str]]:
    wrapper = "" if flattened else f".{member.shape.member.query_name or 'member'}"
    for index, below in enumerate(value, 1):
        yield from parameters(member.shape.member.shape, below, f"{name}{wrapper}.{index}")


def _map_parameters(member: Reference, value: dict[Any, Any], name: str, flattened: bool) -> Iterator[tuple[str, str]]:
    shape = member.shape
    wrapper = "" if flattened else ".entry"
    for index, (key, below) in enumerate(value.items(), 1):
        yield f"{name}{wrapper}.{index}.{shape.key.query_name or 'key'}", text_of(key)
        yield from parameters(shape.value.shape, below, f"{name}{wrapper}.{index}.{shape.value.query_name or 'value'}")


def rest_request(operation: OperationModel, value: Any, service: str = "s3") -> Request:
    """restXml: labels, query, headers and a body."""
    values = value if isinstance(value, dict) else {}
    path, _, query = operation.request_uri.partition("?")
    pairs = [query] if query else []
    headers = signed(service)
    shape = operation.input
    body = b""
    for name, member in shape.members.items() if shape is not None else ():
        if member.location == "uri":
            text = _escaped(text_of(values.get(name, "")), "/" if f"{member.wire_name}+" in path else "")
            path = path.replace(f"{{{member.wire_name}}}", text).replace(f"{{{member.wire_name}+}}", text)
        elif name not in values:
            continue
        elif member.location == "querystring":
            pairs += _query_pairs(member.wire_name, values[name])
        elif member.location == "header":
            headers.append((member.wire_name, text_of(values[name])))
        elif member.location == "headers" and isinstance(values[name], dict):
            headers += [(f"{member.wire_name}{key}", text_of(below)) for key, below in values[name].items()]
    if shape is not None:
        body = _rest_body(operation, shape, values)
    target = path + ("?" + "&".join(pairs) if pairs else "")
    return Request(operation.name, operation.http_method, target, headers, body)


def _query_pairs(name: str, value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [f"{_escaped(name)}={_escaped(text_of(each))}" for each in listed[:200]]


def _rest_body(operation: OperationModel, shape: Shape, values: Mapping[str, Any]) -> bytes:
    if shape.payload is not None:
        member = shape.members[shape.payload]
        if shape.payload not in values:
            return b""
        if member.shape.type != "structure":
            return to_bytes(text_of(values[shape.payload]))
        return _to_xml(member.shape, member.location_name or shape.payload, values[shape.payload])
    inner = {
        name: value for name, value in values.items() if name in shape.members and not shape.members[name].location
    }
    return _to_xml(shape, operation.input_root or operation.name, inner) if inner else b""


def _to_xml(shape: Shape, name: str, value: Any) -> bytes:
    return "".join(_bounded(elements(shape, name, value))).encode("utf-8", "surrogatepass")


def _bounded(pieces: Iterable[str]) -> Iterator[str]:
    """Those that together are no more than any service takes: a large piece may be there thousands of times."""
    left = _MOST_OF_PIECES
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            return
        yield piece


def elements(shape: Shape, name: str, value: Any) -> Iterator[str]:
    """The value as XML."""
    if isinstance(value, dict) and shape.type == "structure":
        attributes = "".join(
            f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {member.wire_name}="{_markup(value[member_name])}"'
            for member_name, member in shape.members.items()
            if member.is_attribute and member_name in value
        )
        yield f"<{name}{attributes}>"
        for member_name, member in shape.members.items():
            if member_name in value and not member.is_attribute:
                yield from _member_elements(member, value[member_name])
        yield f"</{name}>"
    elif isinstance(value, dict):
        yield f"<{name}>"
        yield from (f"<{key}>{_markup(below)}</{key}>" for key, below in value.items())
        yield f"</{name}>"
    else:
        yield f"<{name}>{_markup(value)}</{name}>"


def _member_elements(member: Reference, value: Any) -> Iterator[str]:
    if member.shape.type == "list" and isinstance(value, list):
        inner = member.shape.member
        item_name = inner.location_name or (member.wire_name if member.flattened else "member")
        if not member.flattened:
            yield f"<{member.wire_name}>"
        for below in value:
            yield from elements(inner.shape, item_name, below)
        if not member.flattened:
            yield f"</{member.wire_name}>"
    else:
        yield from elements(member.shape, member.wire_name, value)


def _markup(value: Any) -> str:
    text = text_of(value)
    return text if isinstance(value, Raw) else text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def text_of(value: Any) -> str:
    """A value where the protocol has a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) > 10**300:
        return "9" * 5000
    if isinstance(value, dict | list):
        return "".join(_bounded(json.JSONEncoder().iterencode(value)))
    return "null" if value is None else str(value)


def _escaped(text: str, safe: str = "") -> str:
    escapes = {**_ESCAPES, **{ord(character): character for character in safe}} if safe else _ESCAPES
    return text.encode("utf-8", "surrogatepass").decode("latin-1").translate(escapes)
