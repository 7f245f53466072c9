"""The input of a REST operation from a request: labels of the path, query, headers, and an XML or raw body.

In: an operation of the model. Out: a function from `HttpRequest` to the input; a streaming payload is left absent. That
function raises `AwsError` InvalidURI, InvalidArgument, MalformedXML or MissingRequestBodyError.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest
from awskit.wire.model import OperationModel, Reference, Shape
from awskit.wire.rest_routes import path_pattern
from awskit.wire.validation import is_valid_document
from awskit.wire.xml_reader import CONVERSIONS, XmlError, XmlReaders, parse_document

Parse = Callable[[HttpRequest], dict[str, Any]]
# read(request, result): puts what it finds in the request into the input.
Part = Callable[[HttpRequest, dict[str, Any]], None]
# A member's value from the text of its header or query parameter; None where that is as good as absent.
Read = Callable[[str], Any]

# Dates that S3 keeps and gives back as they were written, whether they are dates or not.
_VERBATIM = frozenset(("expires", "response-expires"))
# Headers beside x-amz- ones that a presigned URL may carry in its query.
_CONDITIONS = frozenset(("if-match", "if-none-match", "if-modified-since", "if-unmodified-since"))

# Presigned URLs of SDKs carry the checksum of another body than the one that is sent: S3 reads it in headers only.
_HEADERS_ONLY = (
    "x-amz-checksum-crc",
    "x-amz-checksum-sha",
    "x-amz-checksum-md5",
    "x-amz-checksum-xxhash",
    "x-amz-sdk-",
)


# The pages of GetObjectAttributes.
_LENIENT = frozenset(("x-amz-max-parts", "x-amz-part-number-marker"))

# What S3 says of headers that it cannot read, where that is of the header's own.
_UNREADABLE = {
    "x-amz-object-lock-retain-until-date": "The retain until date must be provided in ISO 8601 format",
}

# The codes of documents that have one of their own for being malformed.
_MALFORMED = {"AccessControlPolicy": "MalformedACLError"}


def malformed_xml(payload: str | None = None) -> AwsError:
    """The error of a document that is not well-formed, or not as the schema of the member `payload` has it."""
    return AwsError(
        _MALFORMED.get(payload or "", "MalformedXML"),
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def invalid_uri() -> AwsError:
    return AwsError("InvalidURI", "Couldn't parse the specified URI.")


class RestInputs:
    """Compiles the parsers of one model's operations; `validate` holds XML bodies against what their schema says."""

    def __init__(self, *, validate: bool) -> None:
        self._readers = XmlReaders()
        self._validate = validate

    def parser(self, operation: OperationModel) -> Parse:
        """The parser of the operation's requests."""
        shape = operation.input
        if shape is None:
            return lambda request: {}
        parts = self._parts(operation, shape)

        def parse(request: HttpRequest) -> dict[str, Any]:
            result: dict[str, Any] = {}
            for part in parts:
                part(request, result)
            return result

        return parse

    def _parts(self, operation: OperationModel, shape: Shape) -> list[Part]:
        labels: dict[str, str] = {}
        query: dict[str, tuple[str, Read]] = {}
        repeated: dict[str, tuple[str, Read]] = {}
        headers: dict[str, tuple[str, Read]] = {}
        prefixes: list[tuple[str, str]] = []
        for name, member in shape.members.items():
            if member.location == "uri":
                labels[member.wire_name] = name
            elif member.location == "querystring" and member.shape.type == "list":
                repeated[member.wire_name] = (name, _reader(member.shape.member, member.wire_name))
            elif member.location == "querystring":
                query[member.wire_name] = (name, _reader(member, member.wire_name))
            elif member.location == "header":
                headers[member.wire_name.lower()] = (name, _reader(member, member.wire_name))
            elif member.location == "headers":
                prefixes.append((member.wire_name.lower(), name))
        parts: list[Part] = []
        if labels:
            parts.append(_label_part(operation.request_uri.partition("?")[0], labels))
        if headers or prefixes:
            parts.append(_header_part(headers, prefixes))
        if query or repeated or headers:
            parts.append(_query_part(query, repeated, headers, prefixes))
        body = self._body_part(operation, shape)
        if body is not None:
            parts.append(body)
        return parts

    def _body_part(self, operation: OperationModel, shape: Shape) -> Part | None:
        payload = shape.payload
        if payload is None:
            if all(member.location is not None for member in shape.members.values()):
                return None
            required = any(shape.members[name].location is None for name in shape.required)
            return self._xml_part(None, shape, operation.input_root, required=required and self._validate)
        if operation.streaming_input:
            return None
        member = shape.members[payload]
        required = payload in shape.required
        if member.shape.type == "structure":
            return self._xml_part(payload, member.shape, member.location_name, required=required)
        return _raw_part(payload, required=required, is_text=member.shape.type == "string")

    def _xml_part(self, payload: str | None, shape: Shape, root_name: str | None, *, required: bool) -> Part:
        read = self._readers.reader(shape)
        is_valid = is_valid_document(shape) if self._validate else None

        def read_xml(request: HttpRequest, result: dict[str, Any]) -> None:
            if not _has_body(request, required):
                return
            try:
                root = parse_document(request.body)
                if root_name is not None and root.name != root_name:
                    raise XmlError(f"{root.name} is not {root_name}")
                value = read(root)
                if is_valid is not None and not is_valid(value):
                    raise XmlError(f"{root.name} is not as the schema has it")
            except XmlError:
                raise malformed_xml(payload) from None
            if payload is None:
                result.update(value)
            else:
                result[payload] = value

        return read_xml


def _has_body(request: HttpRequest, required: bool) -> bool:
    if not request.body and required:
        raise AwsError("MissingRequestBodyError", "Request Body is empty")
    return bool(request.body)


def _raw_part(payload: str, *, required: bool, is_text: bool) -> Part:
    def read_raw(request: HttpRequest, result: dict[str, Any]) -> None:
        # A text may be empty: what it has to be is not a matter of the protocol.
        if not _has_body(request, required and not is_text) and not is_text:
            return
        try:
            result[payload] = request.body.decode("utf-8") if is_text else request.body
        except UnicodeDecodeError:
            raise AwsError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'") from None

    return read_raw


def _label_part(template: str, labels: Mapping[str, str]) -> Part:
    match_path = path_pattern(template).fullmatch
    of_bucket = template == "/{Bucket}"

    def read(request: HttpRequest, result: dict[str, Any]) -> None:
        match = match_path(request.path)
        if match is None and of_bucket:
            # A key that is asked for what its bucket has: see `rest_routes`.
            match = match_path(f"/{request.path.removeprefix('/').partition('/')[0]}")
        if match is None:
            raise invalid_uri()
        for label, name in labels.items():
            value = match[label]
            if "%" in value or not value.isascii():
                try:
                    value = unquote_to_bytes(value).decode("utf-8")
                except UnicodeDecodeError:
                    raise invalid_uri() from None
            result[name] = value

    return read


def _query_part(
    single: Mapping[str, tuple[str, Read]],
    repeated: Mapping[str, tuple[str, Read]],
    headers: Mapping[str, tuple[str, Read]],
    prefixes: list[tuple[str, str]],
) -> Part:
    """What reads query parameters. A presigned URL has x-amz- headers and conditions there, which headers overrule."""

    def read(request: HttpRequest, result: dict[str, Any]) -> None:
        if not request.query_string:
            return
        for key, text in request.query:
            if not text.isascii():
                _refuse_surrogates(text)
            if (found := single.get(key)) is not None:
                if found[0] not in result and (value := found[1](text)) is not None:
                    result[found[0]] = value
            elif (found := repeated.get(key)) is not None:
                result.setdefault(found[0], []).append(found[1](text))
            elif _is_header(name := key.lower()):
                _read_header(name, text, result, headers, prefixes)

    return read


def _is_header(name: str) -> bool:
    """Whether a query parameter of this name (lower case) stands for the header."""
    return (name.startswith("x-amz-") and not name.startswith(_HEADERS_ONLY)) or name in _CONDITIONS


def _header_part(headers: Mapping[str, tuple[str, Read]], prefixes: list[tuple[str, str]]) -> Part:
    find = headers.get
    if not prefixes:

        def read(request: HttpRequest, result: dict[str, Any]) -> None:
            for key, text in request.headers.items():
                found = find(key)
                if found is not None and (value := found[1](text)) is not None:
                    result[found[0]] = value

        return read

    starts = tuple(prefix for prefix, _ in prefixes)

    def read_with_prefixes(request: HttpRequest, result: dict[str, Any]) -> None:
        for key, text in request.headers.items():
            if key in headers or key.startswith(starts):
                _read_header(key, text, result, headers, prefixes)

    return read_with_prefixes


def _read_header(
    key: str,
    text: str,
    result: dict[str, Any],
    headers: Mapping[str, tuple[str, Read]],
    prefixes: list[tuple[str, str]],
) -> None:
    found = headers.get(key)
    if found is not None:
        if found[0] not in result and (value := found[1](text)) is not None:
            result[found[0]] = value
        return
    for prefix, name in prefixes:
        if key.startswith(prefix):
            result.setdefault(name, {}).setdefault(key[len(prefix) :], text)


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise invalid_uri() from None


def _reader(member: Reference, wire_name: str) -> Read:
    """What reads the text of a header or query parameter as its type; InvalidArgument where it is none."""
    shape_type = member.shape.type
    if shape_type == "string" or wire_name.lower() in _VERBATIM:
        return str
    if shape_type == "list":
        return lambda text: [item.strip() for item in text.split(",") if item.strip()]
    convert = CONVERSIONS[shape_type]
    kind = "an integer or within integer range" if shape_type in ("integer", "long") else "valid"
    # AWS takes no notice of a standard header's date that it cannot read.
    lenient = (shape_type == "timestamp" and not wire_name.startswith("x-amz-")) or wire_name in _LENIENT

    def read(text: str) -> Any:
        try:
            return convert(text)
        except (ValueError, binascii.Error, OverflowError):
            if lenient or not text:
                return None
        if wire_name == "x-amz-mp-object-size":
            raise AwsError("InvalidRequest", f"Value for {wire_name} header is invalid: '{text}'")
        members = {"ArgumentName": wire_name, "ArgumentValue": text}
        message = _UNREADABLE.get(wire_name, f"Provided {wire_name} not {kind}")
        raise AwsError("InvalidArgument", message, members=members)

    return read
