"""DynamoDB's JSON protocol: attribute values stay in wire form, and constraints are DynamoDB's rather than the model's.

In: a request's JSON. Out: an operation's input, whose attribute values are checked for their JSON types only (binary is
left as base64 text). Raised: `AwsError` SerializationException and ValidationException with DynamoDB's texts.
"""

from __future__ import annotations

import zlib
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from awskit.errors import AwsError
from awskit.wire.aws_json import AwsJson, load_json
from awskit.wire.constraints import constraints, listing, violation
from awskit.wire.http import HttpRequest
from awskit.wire.json_shapes import parse_blob, serialization_error
from awskit.wire.model import OperationModel, ServiceModel, Shape, load_model
from awskit.wire.validation import Check, Checks, Validator
from services.dynamodb.wire.authentication import check_signed
from services.dynamodb.wire.constraints import further_check, precheck

_STRUCTURE_FOUND: Final = "Start of structure or map found where not expected"
_VALUE_CLASS: Final = "com.amazonaws.dynamodb.v20120810.AttributeValue"
_TEXT_BOOLEANS: Final[Mapping[str, bool]] = {
    "true": True,
    "yes": True,
    "1": True,
    "false": False,
    "no": False,
    "0": False,
}

_MEDIA_TYPES: Final = frozenset({"application/json", "application/x-amz-json-1.0"})
_WINDOWS: Final[Mapping[str, int]] = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_LARGEST_BODY: Final = 16 * 1024 * 1024
_LONGEST_NAME: Final = 255
_BY_TABLE: Final = frozenset({"BatchGetRequestMap", "BatchWriteItemRequestMap"})


# Attribute values


def parse_attribute_value(value: Any) -> dict[str, Any]:
    """An attribute value with its content checked for JSON types; members that are null or unknown are left out."""
    if type(value) is not dict:
        if type(value) is list:
            raise serialization_error(f"Unrecognized collection type class {_VALUE_CLASS}")
        raise serialization_error("Unexpected value type in payload")
    if len(value) == 1:
        for kind, content in value.items():
            if type(content) is str and (kind == "S" or kind == "N"):
                return value
    return {
        kind: _CONTENTS[kind](content) for kind, content in value.items() if content is not None and kind in _CONTENTS
    }


def parse_member_value(value: Any) -> dict[str, Any]:
    """`parse_attribute_value`, for the member of a structure."""
    if type(value) is not dict and type(value) is not list:
        raise serialization_error("Unexpected field type")
    return parse_attribute_value(value)


def _mismatch(value: Any, kind: str) -> AwsError:
    if type(value) is dict:
        return serialization_error(_STRUCTURE_FOUND)
    if type(value) is list:
        return serialization_error(f"Unrecognized collection type class java.lang.{kind}")
    token = "DECIMAL" if type(value) is float else "NUMBER" if type(value) is int else str(value).upper()
    return serialization_error(f"{token}_VALUE cannot be converted to {kind}")


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    raise _mismatch(value, "String")


def _binary(value: Any) -> str:
    decoded = parse_blob(value)
    text: str = value
    # left-over bits: two texts for the same bytes would not compare as equal
    if b2a_base64(decoded, newline=False) != text.encode():
        raise serialization_error("Invalid last non-pad Base64 character dectected")
    return text


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    if type(value) is str:
        known = _TEXT_BOOLEANS.get(value)
        if known is None:
            raise serialization_error("Unexpected token received from parser")
        return known
    raise _mismatch(value, "Boolean")


def _list_of(parse: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def parse_list(value: Any) -> list[Any]:
        if type(value) is not list:
            raise serialization_error(_STRUCTURE_FOUND if type(value) is dict else "Unexpected field type")
        return [parse(element) for element in value]

    return parse_list


def _map(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        if type(value) is list:
            raise serialization_error(f"Unrecognized collection type java.util.Map<java.lang.String, {_VALUE_CLASS}>")
        raise serialization_error("Unexpected field type")
    return {name: parse_attribute_value(member) for name, member in value.items()}


_CONTENTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "S": _text,
    "N": _text,
    "B": _binary,
    "BOOL": _boolean,
    "NULL": _boolean,
    "SS": _list_of(_text),
    "NS": _list_of(_text),
    "BS": _list_of(_binary),
    "L": _list_of(parse_attribute_value),
    "M": _map,
}


# Constraints

_CHECKED_ELSEWHERE: Final = ("AttributeValue", "Tag", "TagKeyString")


class _DynamoDbChecks(Checks):
    """The model's constraints, with those of table names, which the model leaves out since ARNs may stand for them."""

    def __init__(self, model: ServiceModel) -> None:
        name = model.shape("TableName")
        super().__init__(_CHECKED_ELSEWHERE, {"TableArn": name.traits})
        self._table_name = constraints(name.type, name.traits)
        self._is_name = lru_cache(maxsize=1024)(self._holds)

    def check(self, shape: Shape) -> Check | None:
        if shape.name == "TableArn":
            return self._check_name
        inside = super().check(shape)
        if shape.name not in _BY_TABLE or inside is None:
            return inside
        checked = inside

        def check(value: Mapping[str, Any], path: str, found: list[str]) -> None:
            own: list[str] = []
            checked(value, path, own)
            if own and any(name.startswith("arn:") for name in value):
                named = {name: None for name in value if not name.startswith("arn:")}
                if all(holds(name) for name in named for holds, _ in self._table_name):
                    own = [text for text in own if "Map keys must satisfy constraint" not in text]
            found.extend(own)

        return check

    def _check_name(self, value: str, path: str, found: list[str]) -> None:
        if len(value) <= _LONGEST_NAME and self._is_name(value):
            return
        if not value.startswith("arn:"):
            found.extend(violation(value, path, text) for holds, text in self._table_name if not holds(value))

    def _holds(self, name: str) -> bool:
        return all(holds(name) for holds, _ in self._table_name)


def _validators(model: ServiceModel) -> Callable[[OperationModel], Validator | None]:
    checks = _DynamoDbChecks(model)

    def validator(operation: OperationModel) -> Validator | None:
        check = checks.check(operation.input) if operation.input is not None else None
        if check is None:
            return None
        checked, first, further = check, precheck(operation.name), further_check(operation.name)

        def validate(value: Mapping[str, Any]) -> None:
            if first is not None:
                first(value)
            found: list[str] = []
            checked(value, "", found)
            if further is not None:
                further(value, found)
            if found:
                raise AwsError("ValidationException", listing(found))

        return validate

    return validator


class DynamoDbJson(AwsJson):
    """awsJson as DynamoDB's front end has it: bodies may be compressed, and what is unsigned is turned away."""

    def resolve(self, request: HttpRequest) -> OperationModel:
        if request.method != "POST":
            raise AwsError("UnknownOperationException", status=404)
        headers, body = request.headers, request.body
        if body:
            if headers.get("content-type", "").partition(";")[0].strip() not in _MEDIA_TYPES:
                raise AwsError("UnknownOperationException", status=404)
            if "content-encoding" in headers:
                request.body = body = decompressed(body, headers["content-encoding"])
        operation = self.operation(headers.get("x-amz-target", ""))
        if operation is None:
            if body:
                load_json(body)
            raise AwsError("UnknownOperationException")
        check_signed(request)
        return operation


def decompressed(body: bytes, encoding: str) -> bytes:
    """A body that was sent with `Content-Encoding`: gzip and deflate are understood."""
    window = _WINDOWS.get(encoding.strip().lower())
    if window is None:
        return body
    try:
        unpacker = zlib.decompressobj(window)
        unpacked = unpacker.decompress(body, _LARGEST_BODY + 1)
    except zlib.error:
        raise serialization_error() from None
    if len(unpacked) > _LARGEST_BODY:
        raise AwsError("RequestEntityTooLarge", "The request body is too large.", 413)
    return unpacked


def dynamodb_protocol() -> AwsJson:
    """The protocol of DynamoDB's own model."""
    model = load_model("dynamodb")
    return DynamoDbJson(
        model,
        parse_overrides={"AttributeValue": parse_attribute_value, "AttributeValue.member": parse_member_value},
        serialize_overrides={
            "AttributeValue": None,
            "ConsumedCapacity": None,
            "ConsumedCapacityMultiple": None,
            "ItemCollectionMetrics": None,
        },
        validate=_validators(model),
    )


def streams_protocol() -> AwsJson:
    """The protocol of DynamoDB Streams."""
    return DynamoDbJson(load_model("dynamodbstreams"), serialize_overrides={"AttributeValue": None, "RecordList": None})
