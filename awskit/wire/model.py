"""The service models: which operations a service has and what their wire shapes are.

In: the compact specs beside this module (`specs/<name>.json`, written by `awskit.wire.generate`). Out: a `ServiceModel`
whose operations are known at once and whose shapes are parsed, one line of the spec each, when first asked for: a
process uses a few dozen of S3's seven hundred. Raises `KeyError` for an operation or a shape that the model has not.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import orjson

_SPECS = Path(__file__).with_name("specs")
_NO_TRAITS: Mapping[str, Any] = {}


class Shape:
    """One shape of a model: a structure, list, map or simple type with its constraints."""

    __slots__ = ("__weakref__", "_model", "name", "traits")

    def __init__(self, model: ServiceModel, name: str, traits: dict[str, Any]) -> None:
        self._model = model
        self.name = name
        self.traits = traits

    @property
    def type(self) -> str:
        """structure, list, map, string, integer, long, float, double, boolean, timestamp or blob."""
        type_: str = self.traits["type"]
        return type_

    @property
    def members(self) -> dict[str, Reference]:
        """A structure's members by name, in the model's order."""
        return {name: Reference(self._model, name, traits) for name, traits in self.traits.get("members", {}).items()}

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(self.traits.get("required", ()))

    @property
    def payload(self) -> str | None:
        """The member that alone is the HTTP body, where there is one."""
        return self.traits.get("payload")

    @property
    def member(self) -> Reference:
        """A list's element."""
        return Reference(self._model, "member", self.traits["member"])

    @property
    def key(self) -> Reference:
        return Reference(self._model, "key", self.traits["key"])

    @property
    def value(self) -> Reference:
        return Reference(self._model, "value", self.traits["value"])

    @property
    def is_exception(self) -> bool:
        return bool(self.traits.get("exception"))

    @property
    def error_code(self) -> str:
        """An exception's code on the query wire (`AWS.SimpleQueueService.NonExistentQueue`), else its name."""
        code: str = self.traits.get("error", _NO_TRAITS).get("code", self.name)
        return code

    @property
    def error_status(self) -> int:
        default = 500 if self.traits.get("fault") else 400
        status: int = self.traits.get("error", _NO_TRAITS).get("httpStatusCode", default)
        return status


class Reference:
    """A shape as a member, element, key or value uses it: its name on the wire and where it goes."""

    __slots__ = ("_model", "_traits", "name", "shape_name")

    def __init__(self, model: ServiceModel, name: str, traits: dict[str, Any]) -> None:
        self._model = model
        self._traits = traits
        self.name = name
        self.shape_name: str = traits["shape"]

    @property
    def shape(self) -> Shape:
        return self._model.shape(self.shape_name)

    def trait(self, name: str) -> Any:
        """The trait of the reference, else that of its shape, else None."""
        return self._traits.get(name, self.shape.traits.get(name))

    @property
    def wire_name(self) -> str:
        return self.location_name or self.name

    @property
    def location_name(self) -> str | None:
        name: str | None = self.trait("locationName")
        return name

    @property
    def query_name(self) -> str | None:
        """The name on the query wire, where the model gives one."""
        name: str | None = self._traits.get("queryName") or self.location_name
        return name

    @property
    def location(self) -> str | None:
        """uri, querystring, header, headers (a prefix map) or statusCode; None for the body."""
        location: str | None = self._traits.get("location")
        return location

    @property
    def flattened(self) -> bool:
        return bool(self.trait("flattened"))

    @property
    def timestamp_format(self) -> str | None:
        timestamp_format: str | None = self.trait("timestampFormat")
        return timestamp_format

    @property
    def is_attribute(self) -> bool:
        return bool(self._traits.get("xmlAttribute"))

    @property
    def streaming(self) -> bool:
        return bool(self.trait("streaming"))

    @property
    def xml_namespace(self) -> tuple[str, str] | None:
        """(attribute, uri) of the namespace that the element declares."""
        return xml_namespace(self.trait("xmlNamespace"))


def xml_namespace(trait: Any) -> tuple[str, str] | None:
    """(attribute, uri) from the model's `xmlNamespace`, which is a string or has a `uri` and perhaps a `prefix`."""
    if trait is None:
        return None
    if isinstance(trait, str):
        return "xmlns", trait
    return (f"xmlns:{trait['prefix']}" if trait.get("prefix") else "xmlns"), trait["uri"]


class OperationModel:
    """One operation. `service` is its model's name; `status` the HTTP status of success.

    `streaming_input` is whether the payload is a stream, which the wire layer does not read.
    """

    __slots__ = ("_model", "_spec", "http_method", "name", "request_uri", "service", "status", "streaming_input")

    def __init__(self, model: ServiceModel, name: str, spec: dict[str, Any]) -> None:
        self._model = model
        self._spec = spec
        self.name = name
        self.service = model.name
        self.http_method: str = spec["http"]["method"]
        self.request_uri: str = spec["http"]["requestUri"]
        self.status: int = spec["http"].get("responseCode", 200)
        self.streaming_input = bool(spec.get("input", _NO_TRAITS).get("streaming"))

    def __repr__(self) -> str:
        return f"<{self.service} {self.name}>"

    @property
    def input(self) -> Shape | None:
        return self._model.shape(self._spec["input"]["shape"]) if "input" in self._spec else None

    @property
    def output(self) -> Shape | None:
        return self._model.shape(self._spec["output"]["shape"]) if "output" in self._spec else None

    @property
    def input_root(self) -> str | None:
        """The name of the document element of an XML body that holds the input itself."""
        root: str | None = self._spec.get("input", _NO_TRAITS).get("locationName")
        return root

    @property
    def output_root(self) -> str | None:
        """The name of the document element of an XML answer, where the shapes do not give it."""
        root: str | None = self._spec.get("output", _NO_TRAITS).get("locationName")
        return root

    @property
    def unwrapped_output(self) -> bool:
        """Whether the document element of the answer is the output's one member itself."""
        return bool(self._spec.get("output", _NO_TRAITS).get("unwrapped"))

    @property
    def result_wrapper(self) -> str | None:
        wrapper: str | None = self._spec.get("output", _NO_TRAITS).get("resultWrapper")
        return wrapper

    @property
    def errors(self) -> tuple[str, ...]:
        """The names of the exceptions that the model gives the operation."""
        return tuple(self._spec.get("errors", ()))

    @property
    def checksum_required(self) -> bool:
        """Whether a client must send Content-MD5 or a checksum header."""
        return bool(self._spec.get("checksumRequired"))

    @property
    def streaming_output(self) -> bool:
        """Whether the payload of the answer is a stream (or an event stream), which is passed on as it is."""
        return bool(self._spec.get("output", _NO_TRAITS).get("streaming"))


class ServiceModel:
    """A service's operations and shapes. `error_prefix` is the namespace of its errors on the JSON wire."""

    def __init__(
        self, name: str, metadata: Mapping[str, Any], operations: Mapping[str, bytes], shapes: dict[str, bytes]
    ):
        self.name = name
        self.api_version: str = metadata["apiVersion"]
        self.protocol: str = metadata["protocol"]
        self.json_version: str = metadata.get("jsonVersion", "1.0")
        self.target_prefix: str | None = metadata.get("targetPrefix")
        self.full_name: str = metadata["serviceFullName"]
        self.xml_namespace: str | None = metadata.get("xmlNamespace")
        self.query_compatible: bool = "awsQueryCompatible" in metadata
        self.error_prefix = _ERROR_PREFIXES.get(name, f"com.amazonaws.{name}#")
        self._lines = shapes
        # Weak: what has been compiled from a shape does not need it any more.
        self._shapes: WeakValueDictionary[str, Shape] = WeakValueDictionary()
        self.operations: Mapping[str, OperationModel] = {
            operation: OperationModel(self, operation, orjson.loads(line)) for operation, line in operations.items()
        }

    def shape(self, name: str) -> Shape:
        """The shape of that name; KeyError where there is none."""
        shape = self._shapes.get(name)
        if shape is None:
            shape = self._shapes[name] = Shape(self, name, orjson.loads(self._lines[name]))
        return shape

    def has_shape(self, name: str) -> bool:
        return name in self._lines

    @property
    def shape_names(self) -> tuple[str, ...]:
        return tuple(self._lines)

    def error(self, code: str) -> Shape | None:
        """The exception shape that `code` names, by shape name or by its code on the query wire."""
        if code in self._lines:
            shape = self.shape(code)
            return shape if shape.is_exception else None
        name = self._error_names.get(code)
        return self.shape(name) if name is not None else None

    @functools.cached_property
    def _error_names(self) -> Mapping[str, str]:
        lines = ((name, line) for name, line in self._lines.items() if b'"exception":true' in line)
        shapes = ((name, orjson.loads(line)) for name, line in lines)
        return {shape["error"]["code"]: name for name, shape in shapes if shape.get("error", _NO_TRAITS).get("code")}


_ERROR_PREFIXES: Mapping[str, str] = {
    "dynamodb": "com.amazonaws.dynamodb.v20120810#",
    "dynamodbstreams": "com.amazonaws.dynamodb.v20120810#",
}


def load_model(name: str) -> ServiceModel:
    """The model named s3, s3control, dynamodb, dynamodbstreams, sqs, sns or sts; FileNotFoundError for another."""
    metadata: dict[str, Any] = {}
    tables: dict[str, dict[str, bytes]] = {}
    current: dict[str, bytes] = {}
    for line in (_SPECS / f"{name}.json").read_bytes().split(b"\n"):
        key, _, value = line.removeprefix(b"{").partition(b'":')
        if key == b'"metadata':
            metadata = orjson.loads(value.removesuffix(b","))
        elif value == b"{":
            current = tables[key[1:].decode()] = {}
        elif value:
            current[key[1:].decode()] = value.removesuffix(b",")
    return ServiceModel(name, metadata, tables["operations"], tables["shapes"])
