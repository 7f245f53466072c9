"""The answer of a REST operation: members in headers and status, the rest as XML, a raw or streaming payload as it is.

In: an operation of the model. Out: a function that puts an output into headers and gives status and body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from awskit.wire.model import OperationModel, Reference, Shape, xml_namespace
from awskit.wire.timestamps import format_timestamp
from awskit.wire.xml_writer import ISO8601_SECONDS, XmlWriters, escape

Headers = list[tuple[str, str]]
# serialize(output, headers): appends headers, and gives status and body.
Serialize = Callable[[Mapping[str, Any], Headers], tuple[int, Any]]
Body = Callable[[Mapping[str, Any], Headers], Any]
WriteHeader = Callable[[Any, Headers], None]

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Answers that begin before S3 knows how they end; their entity tags are in quotes that are not escaped.
_EARLY_ROOTS = frozenset(("CopyObjectResult", "CopyPartResult"))
_S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
# Where the API reference's answers have another root than the model says.
_ROOTS = {"ListObjectAnnotationsResult": "ListObjectAnnotationsOutput"}
_NAMESPACES = {"s3control": "http://awss3control.amazonaws.com/doc/2018-08-20/"}


class RestOutputs:
    """Compiles the serializers of one model's operations."""

    def __init__(self, model_name: str = "s3") -> None:
        self._namespace = _NAMESPACES.get(model_name, _S3_NAMESPACE)
        self._writers = XmlWriters(lambda reference: reference.location_name, ISO8601_SECONDS)

    def serializer(self, operation: OperationModel) -> Serialize:
        """The serializer of the operation's output."""
        shape, status = operation.output, operation.status
        if shape is None:
            return lambda output, headers: (status, b"")
        located = {name: member for name, member in shape.members.items() if member.location is not None}
        status_member = next((name for name, member in located.items() if member.location == "statusCode"), None)
        texts = {
            name: _header_name(member)
            for name, member in located.items()
            if member.location == "header" and member.shape.type == "string"
        }
        writers = {
            name: _header_writer(member)
            for name, member in located.items()
            if name != status_member and name not in texts
        }
        body = self._body(operation, shape)

        def serialize(output: Mapping[str, Any], headers: Headers) -> tuple[int, Any]:
            for name, value in output.items():
                if value is None:
                    continue
                if name in texts:
                    headers.append((texts[name], value))
                elif name in writers:
                    writers[name](value, headers)
            chosen = output.get(status_member, status) if status_member is not None else status
            return chosen, body(output, headers)

        return serialize

    def _body(self, operation: OperationModel, shape: Shape) -> Body:
        payload = shape.payload
        if payload is None:
            if all(member.location is not None for member in shape.members.values()):
                return lambda output, headers: b""
            root = operation.output_root or shape.name
            return self._document(operation, shape, None, _ROOTS.get(root, root))
        member = shape.members[payload]
        if member.shape.type in ("blob", "string") or operation.streaming_output:
            return lambda output, headers: _raw(output.get(payload, b""))
        return self._document(operation, member.shape, payload, operation.output_root or member.wire_name)

    def _document(self, operation: OperationModel, shape: Shape, payload: str | None, root: str) -> Body:
        attribute, uri = xml_namespace(shape.traits.get("xmlNamespace")) or ("xmlns", self._namespace)
        opening, closing = f'{DECLARATION}<{root} {attribute}="{uri}">', f"</{root}>"
        empty = f"{opening[:-1]}/>"
        if operation.unwrapped_output:
            only = next(iter(shape.members))
            return lambda output, headers: _xml(
                headers, f"{opening}{escape(output[only])}{closing}" if output.get(only) else empty
            )
        content = self._writers.content(shape)
        shortest = len(opening) + len(closing)
        early = root in _EARLY_ROOTS

        def body(output: Mapping[str, Any], headers: Headers) -> bytes:
            value = output if payload is None else output.get(payload)
            if value is None:
                return b""
            parts = [opening]
            content(value, parts.append)
            parts.append(closing)
            text = "".join(parts)
            if early:
                text = text.replace("&quot;", '"')
            return _xml(headers, text if len(text) > shortest else empty)

        return body


def _xml(headers: Headers, text: str) -> bytes:
    headers.append(("Content-Type", "application/xml"))
    return text.encode("utf-8", "replace")


def _raw(value: Any) -> Any:
    return value.encode("utf-8") if isinstance(value, str) else value


def plain_text(value: Any) -> str:
    """A simple value as a header or an error's element has it."""
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


def _header_name(member: Reference) -> str:
    """The header's name as S3 writes it, which in one case is not as the model does: `Accept-Ranges`."""
    name = member.wire_name
    return name if name.startswith("x-amz-") or not name.islower() else name.title()


def _header_writer(member: Reference) -> WriteHeader:
    header = _header_name(member)
    kind = member.shape.type
    timestamp_format = member.timestamp_format or "rfc822"
    if member.location == "headers":
        return lambda value, headers: headers.extend((f"{header}{key}", item) for key, item in value.items())
    if kind == "timestamp":
        # A text is a date as the client wrote it.
        return lambda value, headers: headers.append(
            (header, value if isinstance(value, str) else format_timestamp(value, timestamp_format))
        )
    if kind == "list":
        return lambda value, headers: headers.append((header, ",".join(value))) if value else None
    return lambda value, headers: headers.append((header, plain_text(value)))
