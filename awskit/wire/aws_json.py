"""awsJson 1.0 and 1.1: `X-Amz-Target` names the operation, JSON both ways (DynamoDB, DynamoDB Streams, SQS).

In: an `HttpRequest` with its whole body. Out: the operation, its input, and the answer with x-amzn-RequestId and, for
DynamoDB, x-amz-crc32. Raises `AwsError`: UnknownOperationException, SerializationException, ValidationException,
RequestEntityTooLarge.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.json_shapes import Convert, JsonParsers, JsonSerializers, Overrides, serialization_error
from awskit.wire.model import OperationModel, ServiceModel
from awskit.wire.validation import Constraints, Validate, Validator, validators

MOST_VALUES = 150_000
"""Of one request: each is some two hundred bytes of memory, and some microseconds of work."""

_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_WHOLE_TEXTS = re.compile(rb'[^"]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"]*+)*+', re.DOTALL)
_PIECE = 131_072  # bytes of a body that are looked through at once: what is found takes ten times as much memory
_NOTHING: Overrides = {}
_NO_CONSTRAINTS: Constraints = {}
_CORAL = "com.amazon.coral.service#"
# AWS's coral errors: which namespace, and which of "message" and "Message" (or neither) they use.
_CORAL_ERRORS: Mapping[str, tuple[str, str]] = {
    "ValidationException": ("com.amazon.coral.validate#", "message"),
    "SerializationException": (_CORAL, "Message"),
    "AccessDeniedException": (_CORAL, "Message"),
    "UnknownOperationException": (_CORAL, "message"),
    "ThrottlingException": ("com.amazon.coral.availability#", "message"),
}
# How the JSON wire names the errors that SQS's query wire has and the model has not.
_SQS_NAMES: Mapping[str, str] = {
    "MissingParameter": "MissingRequiredParameterException",
    "InvalidParameterValue": "InvalidParameterValueException",
    "InvalidParameterCombination": "InvalidParameterCombinationException",
    "AccessDenied": "AccessDeniedException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "IncompleteSignature": "IncompleteSignatureException",
    "ExpiredToken": "ExpiredTokenException",
}
_SQS_CODES: Mapping[str, str] = {name: code for code, name in _SQS_NAMES.items()}


class AwsJson:
    """The protocol for one model.

    `parse_overrides` and `serialize_overrides` replace the treatment of a shape by its name: a function, or None to
    hand the JSON value on unchanged (its constraints are not looked at either). `validate` False leaves constraints to
    the service, a function gives each operation's validator; `constraints` replaces those of a shape by its name.
    `crc32` adds x-amz-crc32 (DynamoDB's models do by default).
    """

    resolves_by_head = False

    def __init__(
        self,
        model: ServiceModel,
        *,
        parse_overrides: Overrides = _NOTHING,
        serialize_overrides: Overrides = _NOTHING,
        validate: Validate = True,
        constraints: Constraints = _NO_CONSTRAINTS,
        crc32: bool | None = None,
    ) -> None:
        self.model = model
        self._is_dynamodb = model.name.startswith("dynamodb")
        self._crc32 = self._is_dynamodb if crc32 is None else crc32
        self._content_type = f"application/x-amz-json-{model.json_version}"
        self._targets = {f"{model.target_prefix}.{name}": operation for name, operation in model.operations.items()}
        self._parsers = JsonParsers(model, parse_overrides)
        self._serializers = JsonSerializers(serialize_overrides)
        self._parse: dict[str, tuple[Convert, Validator | None]] = {}
        self._serialize: dict[str, tuple[bool, Convert | None]] = {}
        self._validator = validators(model, validate, parse_overrides, constraints)

    def resolve(self, request: HttpRequest) -> OperationModel:
        """The operation that X-Amz-Target names. UnknownOperationException: 404 where it is no JSON request at all."""
        operation = self._targets.get(request.headers.get("x-amz-target", ""))
        content_type = request.headers.get("content-type", "")
        if operation is not None and content_type == self._content_type and request.method == "POST":
            return operation
        media_type = content_type.partition(";")[0].strip()
        if request.method != "POST" or media_type not in ("application/json", self._content_type):
            if operation is not None and request.method == "POST" and not self._is_dynamodb:
                return operation
            raise AwsError("UnknownOperationException", status=404)
        if operation is None:
            if request.body:
                load_json(request.body)
            raise AwsError("UnknownOperationException")
        return operation

    def operation(self, target: str) -> OperationModel | None:
        """The operation that an X-Amz-Target names."""
        return self._targets.get(target)

    def parse(self, operation: OperationModel, request: HttpRequest) -> dict[str, Any]:
        """The operation's input from the body."""
        if not request.body:
            if self._is_dynamodb:
                raise serialization_error()
            body: Any = {}
        else:
            body = load_json(request.body)
        compiled = self._parse.get(operation.name)
        if compiled is None:
            parse = self._parsers.parser(operation.input) if operation.input is not None else _no_members
            compiled = self._parse[operation.name] = (parse, self._validator(operation))
        result: dict[str, Any] = compiled[0](body)
        if compiled[1] is not None:
            compiled[1](result)
        return result

    def serialize(self, operation: OperationModel, output: Mapping[str, Any], request_id: str) -> HttpResponse:
        """A 200 with the operation's output."""
        try:
            has_output, convert = self._serialize[operation.name]
        except KeyError:
            shape = operation.output
            has_output, convert = shape is not None, self._serializers.serializer(shape) if shape else None
            self._serialize[operation.name] = has_output, convert
        if not has_output:
            body = b"{}" if self._is_dynamodb else b""
        else:
            body = orjson.dumps(output if convert is None else convert(output))
        return self._response(operation.status, body, request_id, self._content_type)

    def serialize_error(
        self, error: AwsError, request: HttpRequest, operation: OperationModel | None, request_id: str
    ) -> HttpResponse:
        """The error as the service's JSON wire has it."""
        if error.code == "UnknownOperationException" and error.status == 404:
            return self._response(404, b"<UnknownOperationException/>\n", request_id, None)
        shape = self.model.error(error.code)
        body: dict[str, Any] = {}
        if shape is not None:
            name, prefix = shape.name, self.model.error_prefix
            message_key = "Message" if "Message" in shape.members else "message"
            convert = self._serializers.serializer(shape)
            members: Mapping[str, Any] = convert(error.members) if convert is not None else error.members
        else:
            name = _SQS_NAMES.get(error.code, error.code) if self.model.query_compatible else error.code
            prefix, message_key = _CORAL_ERRORS.get(name, (_CORAL, "message"))
            members = error.members
        body["__type"] = prefix + name
        body.update(members)
        if error.message or shape is not None:
            body[message_key] = error.message
        json_version = request.headers.get("content-type", "").strip().startswith("application/json")
        content_type = "application/json" if json_version else self._content_type
        response = self._response(error.status, orjson.dumps(body), request_id, content_type)
        if self.model.query_compatible:
            code = shape.error_code if shape is not None else _SQS_CODES.get(name, error.code)
            response.headers.append(("x-amzn-query-error", f"{code};{error.fault}"))
        response.headers.extend(error.headers.items())
        return response

    def _response(self, status: int, body: bytes, request_id: str, content_type: str | None) -> HttpResponse:
        headers = [("x-amzn-RequestId", request_id)]
        if content_type is not None:
            headers.append(("Content-Type", content_type))
        if self._crc32:
            headers.append(("x-amz-crc32", str(zlib.crc32(body))))
        return HttpResponse(status, headers, body)


def load_json(body: bytes) -> Any:
    """The JSON of a body. SerializationException where it is none, RequestEntityTooLarge for `MOST_VALUES` and more."""
    if len(body) > MOST_VALUES and _has_too_many_values(body):
        raise AwsError("RequestEntityTooLarge", f"The request has more than {MOST_VALUES} values.", 413)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise serialization_error() from None


def _has_too_many_values(body: bytes) -> bool:
    if _commas_and_brackets(body) <= MOST_VALUES:
        return False
    # Perhaps they are in texts, as in a message that is JSON itself; there are no more texts than names and values.
    place = values = texts = 0
    while place < len(body) and values <= MOST_VALUES and texts < 2 * MOST_VALUES:
        end = _end(_WHOLE_TEXTS, body, place, place + _PIECE)
        if end == place:  # at a text that is longer
            end = _end(_TEXT, body, place, len(body))
            texts += 1
        else:
            without, found = _TEXT.subn(b"", body[place:end])
            values, texts = values + _commas_and_brackets(without), texts + found
        place = end
    return values > MOST_VALUES or texts >= 2 * MOST_VALUES


def _end(pattern: re.Pattern[bytes], body: bytes, place: int, last: int) -> int:
    found = pattern.match(body, place, last)
    return found.end() if found is not None else place


def _commas_and_brackets(body: bytes) -> int:
    return body.count(b",") + body.count(b"[") + body.count(b"{")


def _no_members(value: Any) -> dict[str, Any]:
    return {}
