"""JSON bodies by shape: compiled parsers (with the texts of AWS's type errors) and compiled serializers.

In: a shape of the model. Out: a function from what `orjson.loads` gives to an operation's input (member names as in the
model, blobs decoded, timestamps as epoch seconds; unknown members and nulls left out), and the other way round.
Raises `AwsError` SerializationException, worded as AWS's services word it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

from awskit.bounds.integers import LONG_MOST
from awskit.errors import AwsError
from awskit.wire.model import Reference, ServiceModel, Shape
from awskit.wire.timestamps import format_timestamp, parse_timestamp, unix_number

Convert = Callable[[Any], Any]
# A parser per shape name that replaces the compiled one; None passes what the JSON holds on as it is. The name with
# `.member` after it: only where the shape is the member of a structure, whose errors AWS words differently.
Overrides = Mapping[str, Convert | None]

_CAST = (
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class "
    "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of "
    "loader 'bootstrap')"
)
_STRUCTURE_FOUND = "Start of structure or map found where not expected"
_JAVA_TYPES = {
    "string": "String",
    "integer": "Integer",
    "long": "Long",
    "boolean": "Boolean",
    "float": "Float",
    "double": "Double",
    "timestamp": "Date",
}
_EVEN = "AEIMQUYcgkosw048"
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def serialization_error(message: str = "") -> AwsError:
    return AwsError("SerializationException", message)


def _identity(value: Any) -> Any:
    return value


class JsonParsers:
    """Compiles and keeps the parsers of one model's shapes."""

    def __init__(self, model: ServiceModel, overrides: Overrides) -> None:
        self._model = model
        self._overrides = overrides
        self._compiled: dict[tuple[str, bool], Convert] = {}

    def parser(self, shape: Shape, *, element: bool = True) -> Convert:
        """The parser of `shape`; `element` where it is not the member of a structure, which changes error texts."""
        key = (shape.name, element)
        compiled = self._compiled.get(key)
        if compiled is None:
            # A recursive shape finds this forwarder while its own parser is being compiled.
            self._compiled[key] = lambda value: self._compiled[key](value)  # noqa: PLW0108
            compiled = self._compiled[key] = self._compile(shape, element)
        return compiled

    def _compile(self, shape: Shape, element: bool) -> Convert:
        if not element and (as_member := self._overrides.get(f"{shape.name}.member")) is not None:
            return as_member
        if shape.name in self._overrides:
            return self._overrides[shape.name] or _identity
        if shape.type == "structure":
            return self._structure(shape, element)
        if shape.type == "list":
            return self._list(shape, element)
        if shape.type == "map":
            return self._map(shape, element)
        if shape.type == "blob":
            return parse_blob
        return _simple_parser(shape.type)

    def _structure(self, shape: Shape, element: bool) -> Convert:
        members = {
            member.wire_name: (name, _EXACT.get(member.shape.type, _Never), self.parser(member.shape, element=False))
            for name, member in shape.members.items()
        }
        find = members.get
        scalar_text = "Unexpected value type in payload" if element else "Unexpected field type"
        collection_text = f"Unrecognized collection type class {self._java_name(shape)}"

        def parse(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise serialization_error(collection_text if type(value) is list else scalar_text)
            result = {}
            for key, item in value.items():
                member = find(key)
                if member is None or item is None:
                    continue
                result[member[0]] = item if type(item) is member[1] else member[2](item)
            return result

        return parse

    def _list(self, shape: Shape, element: bool) -> Convert:
        parse_element = self.parser(shape.member.shape)
        exact = _EXACT.get(shape.member.shape.type, _Never)
        scalar_text = _CAST if element else "Unexpected field type"

        def parse(value: Any) -> list[Any]:
            if type(value) is not list:
                raise serialization_error(_STRUCTURE_FOUND if type(value) is dict else scalar_text)
            return [item if type(item) is exact else parse_element(item) for item in value]

        return parse

    def _map(self, shape: Shape, element: bool) -> Convert:
        parse_value = self.parser(shape.value.shape)
        exact = _EXACT.get(shape.value.shape.type, _Never)
        scalar_text = _CAST if element else "Unexpected field type"
        collection_text = f"Unrecognized collection type {self._java_name(shape)}"

        def parse(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise serialization_error(collection_text if type(value) is list else scalar_text)
            return {key: item if type(item) is exact else parse_value(item) for key, item in value.items()}

        return parse

    def _java_name(self, shape: Shape) -> str:
        if shape.type == "structure":
            return self._model.error_prefix.removesuffix("#") + "." + shape.name
        if shape.type == "map":
            return f"java.util.Map<java.lang.String, {self._java_name(shape.value.shape)}>"
        if shape.type == "list":
            return f"java.util.List<{self._java_name(shape.member.shape)}>"
        if shape.type == "blob":
            return "java.nio.ByteBuffer"
        if shape.type == "timestamp":
            return "java.util.Date"
        return f"java.lang.{_JAVA_TYPES[shape.type]}"


class _Never:
    """The type of no JSON value."""


# Where the JSON value is exactly of this type, it is the input's value as it stands.
_EXACT: dict[str, type] = {"string": str, "boolean": bool, "float": float, "double": float}


def _token(value: Any) -> str:
    if value is True:
        return "TRUE_VALUE"
    if value is False:
        return "FALSE_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    if value is None:
        return "NULL_VALUE"
    return "DECIMAL_VALUE" if isinstance(value, float) else "NUMBER_VALUE"


def _mismatch(value: Any, kind: str) -> AwsError:
    if type(value) is dict:
        return serialization_error(_STRUCTURE_FOUND)
    if type(value) is list:
        package = "java.util" if kind == "Date" else "java.lang"
        return serialization_error(f"Unrecognized collection type class {package}.{kind}")
    if kind == "Boolean" and type(value) is str:
        return serialization_error("Unexpected token received from parser")
    return serialization_error(f"{_token(value)} cannot be converted to {kind}")


def _simple_parser(shape_type: str) -> Convert:
    kind = _JAVA_TYPES[shape_type]
    exact = _EXACT.get(shape_type, _Never)

    def parse_exact(value: Any) -> Any:
        if type(value) is exact:
            return value
        raise _mismatch(value, kind)

    def parse_integer(value: Any) -> int:
        if (type(value) is int or type(value) is float) and -LONG_MOST <= value <= LONG_MOST:
            return int(value)  # AWS cuts a fraction off
        raise _mismatch(value, kind)

    def parse_float(value: Any) -> float:
        if type(value) is int or type(value) is float:
            return float(value)
        if value in ("NaN", "Infinity", "-Infinity"):
            return float(value)
        raise _mismatch(value, kind)

    def parse_time(value: Any) -> float:
        if type(value) in (int, float, str):
            try:
                return parse_timestamp(value)
            except ValueError:
                pass
        raise _mismatch(value, kind)

    by_kind: dict[str, Convert] = {
        "Integer": parse_integer,
        "Long": parse_integer,
        "Float": parse_float,
        "Double": parse_float,
        "Date": parse_time,
    }
    return by_kind.get(kind, parse_exact)


def parse_blob(value: Any) -> bytes:
    """The bytes of a base64 text; SerializationException, worded as AWS does, where it is none."""
    if type(value) is not str:
        if type(value) is dict:
            raise serialization_error(_STRUCTURE_FOUND)
        if type(value) is list:
            raise serialization_error("Unrecognized collection type class java.nio.ByteBuffer")
        raise serialization_error("only base-64-encoded strings are convertible to bytes")
    if len(value) % 4:
        raise serialization_error(f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(value)}")
    # The bits that padding cuts off must be zero: AWS refuses what most decoders overlook.
    if value[-1:] != "=" or value[-3 if value[-2] == "=" else -2] in ("AQgw" if value[-2] == "=" else _EVEN):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            pass
    if _BASE64.fullmatch(value) is None and "=" not in value:
        bad = next(letter for letter in value if not (letter.isascii() and (letter.isalnum() or letter in "+/")))
        raise serialization_error(f"Invalid Base64 character: '{bad}'")
    raise serialization_error("Invalid last non-pad Base64 character dectected")


class JsonSerializers:
    """Compiles and keeps the serializers of one model's shapes; None where the value already is its JSON."""

    def __init__(self, overrides: Overrides) -> None:
        self._overrides = overrides
        self._compiled: dict[tuple[str, str | None], Convert] = {}

    def serializer(self, reference: Reference | Shape) -> Convert | None:
        """The function from an output's value to what `orjson.dumps` takes; None for the identity."""
        shape = reference.shape if isinstance(reference, Reference) else reference
        if self._is_json(shape, set()):
            return None
        timestamp_format = reference.timestamp_format if isinstance(reference, Reference) else None
        key = (shape.name, timestamp_format)
        compiled = self._compiled.get(key)
        if compiled is None:
            self._compiled[key] = lambda value: self._compiled[key](value)  # noqa: PLW0108
            compiled = self._compiled[key] = self._compile(shape, timestamp_format)
        return compiled

    def _is_json(self, shape: Shape, seen: set[str]) -> bool:
        if shape.name in self._overrides:
            return self._overrides[shape.name] is None
        if shape.name in seen:
            return True
        seen.add(shape.name)
        if shape.type in ("blob", "timestamp"):
            return False
        if shape.type == "structure":
            members = shape.members.values()
            return all(member.wire_name == member.name and self._is_json(member.shape, seen) for member in members)
        if shape.type == "list":
            return self._is_json(shape.member.shape, seen)
        return shape.type != "map" or self._is_json(shape.value.shape, seen)

    def _compile(self, shape: Shape, timestamp_format: str | None) -> Convert:
        override = self._overrides.get(shape.name)
        if override is not None:
            return override
        if shape.type == "structure":
            return self._structure(shape)
        if shape.type == "list":
            serialize = self.serializer(shape.member) or _identity
            return lambda value: [serialize(item) for item in value]
        if shape.type == "map":
            serialize = self.serializer(shape.value) or _identity
            return lambda value: {key: serialize(item) for key, item in value.items()}
        if shape.type == "blob":
            return lambda value: base64.b64encode(value).decode("ascii")
        if shape.type == "timestamp":
            if timestamp_format and timestamp_format.lower() != "unixtimestamp":
                return lambda value: format_timestamp(value, timestamp_format)
            return unix_number
        return _identity

    def _structure(self, shape: Shape) -> Convert:
        members = {name: (member.wire_name, self.serializer(member)) for name, member in shape.members.items()}

        def serialize(value: Mapping[str, Any]) -> dict[str, Any]:
            result = {}
            for name, item in value.items():
                wire_name, convert = members[name]
                result[wire_name] = item if convert is None else convert(item)
            return result

        return serialize
