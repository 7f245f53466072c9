"""restXml: method, path, query and headers name the operation and hold most of its input, XML or bytes the rest (S3).

In: an `HttpRequest` (path style; its body only where the operation does not stream it). Out: the operation, its input,
and the answer with x-amz-request-id and x-amz-id-2. Raises `AwsError`: MethodNotAllowed, InvalidURI, InvalidArgument,
MalformedXML, MissingRequestBodyError.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.model import OperationModel, Reference, ServiceModel, Shape, xml_namespace
from awskit.wire.rest_routes import Routes, path_pattern
from awskit.wire.timestamps import format_timestamp
from awskit.wire.validation import is_valid_document
from awskit.wire.xml_reader import CONVERSIONS, XmlError, XmlReaders, parse_document
from awskit.wire.xml_writer import XmlWriters, element, escape

# read(request, result): puts what it finds in the request into the input.
Part = Callable[[HttpRequest, dict[str, Any]], None]
Serialize = Callable[[Mapping[str, Any], list[tuple[str, str]]], tuple[int, Any]]
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def malformed_xml() -> AwsError:
    return AwsError(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
    )


class RestXml:
    """The protocol for one model. `validate` False leaves what the schema says of a document to the service."""

    resolves_by_head = True

    def __init__(self, model: ServiceModel, *, validate: bool = True) -> None:
        self.model = model
        self._routes = Routes(model)
        self._readers = XmlReaders()
        self._writers = XmlWriters(lambda reference: reference.location_name)
        self._validate = validate
        self._parsers: dict[str, list[Part]] = {}
        self._serializers: dict[str, Serialize] = {}
        self._is_s3 = model.name == "s3"

    def resolve(self, request: HttpRequest) -> OperationModel:
        """The operation that the request line and headers mean; see `rest_routes`."""
        return self._routes.resolve(request)

    def parse(self, operation: OperationModel, request: HttpRequest) -> dict[str, Any]:
        """The operation's input; a streaming payload is left absent."""
        parts = self._parsers.get(operation.name)
        if parts is None:
            parts = self._parsers[operation.name] = self._compile_parse(operation)
        result: dict[str, Any] = {}
        for part in parts:
            part(request, result)
        return result

    def serialize(self, operation: OperationModel, output: Mapping[str, Any], request_id: str) -> HttpResponse:
        """The operation's answer: members in their headers, the rest as XML, a streaming payload as it is."""
        serialize = self._serializers.get(operation.name)
        if serialize is None:
            serialize = self._serializers[operation.name] = self._compile_serialize(operation)
        headers = [("x-amz-request-id", request_id), ("x-amz-id-2", host_id(request_id))]
        status, body = serialize(output, headers)
        return HttpResponse(status, headers, body)

    def serialize_error(
        self, error: AwsError, request: HttpRequest, operation: OperationModel | None, request_id: str
    ) -> HttpResponse:
        """`<Error>` (S3 Control: in `<ErrorResponse>`); no body on HEAD and 304."""
        host = host_id(request_id)
        headers = [("x-amz-request-id", request_id), ("x-amz-id-2", host), *error.headers.items()]
        if request.method == "HEAD" or error.status == 304:
            return HttpResponse(error.status, headers)
        shape = self.model.error(error.code)
        code = shape.error_code if shape is not None else error.code
        members = "".join(element(name, _text(value)) for name, value in error.members.items())
        if self._is_s3 and not members:
            members = element("Resource", _shown_path(request.path))
        inner = f"{element('Code', code)}{element('Message', error.message)}{members}"
        ids = f"{element('RequestId', request_id)}{element('HostId', host)}"
        if self._is_s3:
            body = f"{_DECLARATION}<Error>{inner}{ids}</Error>"
        else:
            body = f"{_DECLARATION}<ErrorResponse><Error>{inner}</Error>{ids}</ErrorResponse>"
        headers.append(("content-type", "application/xml"))
        return HttpResponse(error.status, headers, body.encode("utf-8", "replace"))

    def _compile_parse(self, operation: OperationModel) -> list[Part]:
        shape = operation.input
        if shape is None:
            return []
        parts: list[Part] = []
        labels = {}
        for name, member in shape.members.items():
            if member.location == "uri":
                labels[member.wire_name] = name
            elif member.location == "querystring":
                parts.append(_query_part(name, member))
            elif member.location == "header":
                parts.append(_header_part(name, member))
            elif member.location == "headers":
                parts.append(_prefix_part(name, member.wire_name.lower()))
        if labels:
            parts.insert(0, _label_part(operation.request_uri.partition("?")[0], labels))
        if (body := self._body_part(operation, shape)) is not None:
            parts.append(body)
        return parts

    def _body_part(self, operation: OperationModel, shape: Shape) -> Part | None:
        payload = shape.payload
        if payload is None:
            if all(member.location is not None for member in shape.members.values()):
                return None
            return self._xml_part(None, shape, operation.input_root, False)
        member = shape.members[payload]
        if operation.streaming_input:
            return None
        required = payload in shape.required
        if member.shape.type == "structure":
            return self._xml_part(payload, member.shape, member.location_name, required)

        def read_raw(request: HttpRequest, result: dict[str, Any]) -> None:
            if not request.body:
                if required:
                    raise AwsError("MissingRequestBodyError", "Request Body is empty")
                return
            if member.shape.type == "blob":
                result[payload] = request.body
                return
            try:
                result[payload] = request.body.decode("utf-8")
            except UnicodeDecodeError:
                raise AwsError("MalformedPolicy", "This policy contains invalid Json") from None

        return read_raw

    def _xml_part(self, payload: str | None, shape: Shape, root_name: str | None, required: bool) -> Part:
        read = self._readers.reader(shape)
        is_valid = is_valid_document(shape) if self._validate and payload is not None else None

        def read_xml(request: HttpRequest, result: dict[str, Any]) -> None:
            if not request.body:
                if required:
                    raise AwsError("MissingRequestBodyError", "Request Body is empty")
                return
            try:
                root = parse_document(request.body)
                if root_name is not None and root.name != root_name:
                    raise XmlError(f"{root.name} is not {root_name}")
                value = read(root)
                if is_valid is not None and not is_valid(value):
                    raise XmlError(f"{root.name} is not as the schema has it")
            except XmlError:
                raise malformed_xml() from None
            if payload is None:
                result.update(value)
            else:
                result[payload] = value

        return read_xml

    def _compile_serialize(self, operation: OperationModel) -> Serialize:
        shape = operation.output
        if shape is None:
            return lambda output, headers: (operation.status, b"")
        members = shape.members
        header_writers = [_header_writer(name, member) for name, member in members.items() if member.location]
        status_member = next((name for name, member in members.items() if member.location == "statusCode"), None)
        body = self._compile_body(operation, shape)
        status = operation.status

        def serialize(output: Mapping[str, Any], headers: list[tuple[str, str]]) -> tuple[int, Any]:
            for write in header_writers:
                write(output, headers)
            chosen = output.get(status_member, status) if status_member is not None else status
            return chosen, body(output, headers)

        return serialize

    def _compile_body(
        self, operation: OperationModel, shape: Shape
    ) -> Callable[[Mapping[str, Any], list[tuple[str, str]]], Any]:
        payload = shape.payload
        if payload is not None and shape.members[payload].shape.type in ("blob", "string"):
            return lambda output, headers: _raw(output.get(payload, b""))
        if payload is not None and operation.streaming_output:
            return lambda output, headers: output.get(payload, b"")
        if payload is None and all(member.location is not None for member in shape.members.values()):
            return lambda output, headers: b""
        inner = shape.members[payload].shape if payload is not None else shape
        root = operation.output_root or (shape.members[payload].wire_name if payload is not None else shape.name)
        namespace = xml_namespace(inner.traits.get("xmlNamespace")) or ("xmlns", _S3_NAMESPACE)
        opening, closing = f'{_DECLARATION}<{root} {namespace[0]}="{namespace[1]}">', f"</{root}>"
        if operation.unwrapped_output:
            only = next(iter(inner.members))
            return lambda output, headers: _xml(headers, f"{opening}{escape(output.get(only) or '')}{closing}")
        content = self._writers.content(inner)

        def body(output: Mapping[str, Any], headers: list[tuple[str, str]]) -> bytes:
            value = output if payload is None else output.get(payload)
            if value is None:
                return b""
            parts = [opening]
            content(value, parts.append)
            parts.append(closing)
            return _xml(headers, "".join(parts))

        return body


def _xml(headers: list[tuple[str, str]], text: str) -> bytes:
    headers.append(("content-type", "application/xml"))
    return text.encode("utf-8", "replace")


def _raw(value: Any) -> Any:
    return value.encode("utf-8") if isinstance(value, str) else value


def host_id(request_id: str) -> str:
    """x-amz-id-2 for a request id."""
    return base64.b64encode((request_id * 3).encode()).decode("ascii")


def _text(value: Any) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


def _shown_path(path: str) -> str:
    return unquote_to_bytes(path).decode("utf-8", "replace")


def _label_part(template: str, labels: Mapping[str, str]) -> Part:
    pattern = path_pattern(template)

    def read(request: HttpRequest, result: dict[str, Any]) -> None:
        match = pattern.fullmatch(request.path)
        if match is None:
            raise AwsError("InvalidURI", "Couldn't parse the specified URI.")
        for label, name in labels.items():
            value = match[label]
            if "%" in value or not value.isascii():
                try:
                    value = unquote_to_bytes(value).decode("utf-8")
                except UnicodeDecodeError:
                    raise AwsError("InvalidURI", "Couldn't parse the specified URI.") from None
            result[name] = value

    return read


def _converted(member: Reference, wire_name: str, text: str) -> Any:
    """The text of a header or query parameter as its type; InvalidArgument where it is none."""
    try:
        return CONVERSIONS[member.shape.type](text)
    except (ValueError, binascii.Error, OverflowError):
        kind = "an integer or within integer range" if member.shape.type in ("integer", "long") else "valid"
        raise AwsError(
            "InvalidArgument",
            f"Provided {wire_name} not {kind}",
            members={"ArgumentName": wire_name, "ArgumentValue": text},
        ) from None


def _query_part(name: str, member: Reference) -> Part:
    wire_name = member.wire_name
    is_list = member.shape.type == "list"

    def read(request: HttpRequest, result: dict[str, Any]) -> None:
        if not request.query_string:
            return
        values = [value for key, value in request.query if key == wire_name]
        if is_list and values:
            result[name] = [_converted(member.shape.member, wire_name, value) for value in values]
        elif values:
            if not values[0].isascii():
                _refuse_surrogates(values[0])
            result[name] = _converted(member, wire_name, values[0])

    return read


def _refuse_surrogates(value: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI.") from None


def _header_part(name: str, member: Reference) -> Part:
    header = member.wire_name.lower()
    is_list = member.shape.type == "list"
    # AWS takes no notice of a standard header's date that it cannot read.
    lenient = member.shape.type == "timestamp" and not header.startswith("x-amz-")

    def read(request: HttpRequest, result: dict[str, Any]) -> None:
        value = request.headers.get(header)
        if value is None:
            return
        if is_list:
            result[name] = [item.strip() for item in value.split(",") if item.strip()]
            return
        try:
            result[name] = _converted(member, member.wire_name, value)
        except AwsError:
            if not lenient:
                raise

    return read


def _prefix_part(name: str, prefix: str) -> Part:
    cut = len(prefix)

    def read(request: HttpRequest, result: dict[str, Any]) -> None:
        found = {key[cut:]: value for key, value in request.headers.items() if key.startswith(prefix)}
        if found:
            result[name] = found

    return read


def _header_writer(name: str, member: Reference) -> Callable[[Mapping[str, Any], list[tuple[str, str]]], None]:
    header = member.wire_name.lower()
    timestamp_format = member.timestamp_format or "rfc822"
    kind = member.shape.type

    def write(output: Mapping[str, Any], headers: list[tuple[str, str]]) -> None:
        value = output.get(name)
        if value is None or member.location == "statusCode":
            return
        if member.location == "headers":
            headers.extend((f"{header}{key}", item) for key, item in value.items())
        elif kind == "timestamp":
            headers.append((header, format_timestamp(value, timestamp_format)))
        elif kind == "list":
            if value:
                headers.append((header, ",".join(value)))
        else:
            headers.append((header, _text(value)))

    return write
