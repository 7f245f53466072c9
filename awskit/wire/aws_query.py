"""awsQuery: `Action` and dotted parameters in a form body or query string, XML back (SNS, STS, SQS's older SDKs).

In: an `HttpRequest` with its whole body. Out: the operation, its input, and the answer with x-amzn-RequestId. Raises
`AwsError`: MissingAction, InvalidAction, MalformedInput and, for what the model constrains, the service's own code.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from awskit.bounds.integers import LONG_DIGITS
from awskit.errors import AwsError
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.model import OperationModel, Reference, ServiceModel, Shape
from awskit.wire.timestamps import parse_timestamp
from awskit.wire.validation import Validate, Validator, validators
from awskit.wire.xml_reader import parse_long
from awskit.wire.xml_writer import Write, XmlWriters, element, escape

# The parameters as a tree: `Tags.member.1.Key=a` is {"Tags": {"member": {"1": {"Key": "a"}}}}.
Node = Any
Read = Callable[[Node, str], Any]

_DEEPEST = 16
# of AWS's front end, which knows no operation of that name
_FAULT_NAMESPACE = "http://webservices.amazon.com/AWSFault/2005-15-09"


class AwsQuery:
    """The protocol for one model. `validate` False leaves constraints to the service."""

    resolves_by_head = False

    def __init__(
        self,
        model: ServiceModel,
        *,
        validate: Validate = True,
    ) -> None:
        self.model = model
        self._readers = QueryReaders(model)
        self._writers = XmlWriters(lambda reference: reference.query_name)
        self._compiled: dict[str, tuple[Read | None, Validator | None]] = {}
        self._output: dict[str, Write | None] = {}
        self._validator = validators(model, validate)
        self._is_sqs = model.name == "sqs"
        self._declaration = '<?xml version="1.0"?>' if self._is_sqs else ""

    def resolve(self, request: HttpRequest) -> OperationModel:
        """The operation that `Action` names. MissingAction or InvalidAction where it names none."""
        action = next((value for name, value in request.form if name == "Action"), None)
        if not action:
            raise AwsError("MissingAction", "The request must contain the parameter Action.")
        operation = self.model.operations.get(action)
        if operation is None:
            raise self._invalid_action(request, action)
        return operation

    def _invalid_action(self, request: HttpRequest, action: str) -> AwsError:
        if self._is_sqs:
            return AwsError("InvalidAction", f"The action {action} is not valid for this endpoint.")
        version = next((value for name, value in request.form if name == "Version"), "NO_VERSION_SPECIFIED")
        return AwsError("InvalidAction", f"Could not find operation {action} for version {version}")

    def parse(self, operation: OperationModel, request: HttpRequest) -> dict[str, Any]:
        """The operation's input from the request's parameters; those that the operation has not are ignored."""
        compiled = self._compiled.get(operation.name)
        if compiled is None:
            read = self._readers.reader(operation.input) if operation.input is not None else None
            compiled = self._compiled[operation.name] = (read, self._validator(operation))
        read, validate = compiled
        result: dict[str, Any] = read(tree(request.form), "") if read is not None else {}
        if self._is_sqs and "QueueUrl" not in result and len(request.path) > 1:
            # The oldest SDKs name the queue by calling its URL; operations without a queue take no notice of it.
            result["QueueUrl"] = f"http://{request.header('host')}{request.path}"
        if validate is not None:
            validate(result)
        return result

    def serialize(self, operation: OperationModel, output: Mapping[str, Any], request_id: str) -> HttpResponse:
        """A 200 with `<XResponse>`."""
        name = operation.name
        if name not in self._output:
            self._output[name] = self._writers.content(operation.output) if operation.output is not None else None
        parts = [f'{self._declaration}<{name}Response xmlns="{self.model.xml_namespace}">']
        write = self._output[name]
        if write is not None:
            parts.append(f"<{operation.result_wrapper}>")
            write(output, parts.append)
            parts.append(f"</{operation.result_wrapper}>")
        parts.append(f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>")
        return query_response(operation.status, "".join(parts), request_id)

    def serialize_error(
        self, error: AwsError, request: HttpRequest, operation: OperationModel | None, request_id: str
    ) -> HttpResponse:
        """`<ErrorResponse>`, with the code and the status that the query wire has for a modelled error."""
        shape = self.model.error(error.code)
        code, status, fault, members = error.code, error.status, error.fault, ""
        if shape is not None:
            code = shape.error_code
            if status == 400:  # what is raised without a status has the model's
                status = shape.error_status
                fault = "Sender" if status < 500 else "Receiver"
            if error.members:
                parts: list[str] = []
                self._writers.content(shape, skip=("message", "Message"))(error.members, parts.append)
                members = "".join(parts)
        namespace = self.model.xml_namespace
        if code == "InvalidAction" and not self._is_sqs:
            namespace = _FAULT_NAMESPACE
        elements = (f"<Type>{fault}</Type>", element("Code", code), element("Message", error.message), members)
        response = query_response(status, self.error_document(namespace, elements, request_id), request_id)
        response.headers.extend(error.headers.items())
        return response

    def error_document(self, namespace: str | None, elements: Iterable[str], request_id: str) -> str:
        """The answer around an error's elements, of which some may be empty."""
        detail = "<Detail/>" if self._is_sqs else ""
        return (
            f'{self._declaration}<ErrorResponse xmlns="{namespace}"><Error>{"".join(elements)}{detail}</Error>'
            f"<RequestId>{escape(request_id)}</RequestId></ErrorResponse>"
        )


def query_response(status: int, body: str, request_id: str) -> HttpResponse:
    headers = [("x-amzn-RequestId", request_id), ("Content-Type", "text/xml")]
    return HttpResponse(status, headers, body.encode("utf-8", "surrogatepass"))


def tree(pairs: list[tuple[str, str]]) -> dict[str, Node]:
    """The dotted parameters nested; of a name that has both a value and parts, the parts stand."""
    root: dict[str, Node] = {}
    for name, value in pairs:
        if "." not in name:
            root.setdefault(name, value)
            continue
        *path, last = name.split(".", _DEEPEST)
        if "." in last:
            continue  # no parameter has so many parts
        node = root
        for part in path:
            below = node.get(part)
            if type(below) is not dict:
                below = node[part] = {}
            node = below
        node.setdefault(last, value)
    return root


class QueryReaders:
    """Compiles and keeps the readers of one model's shapes."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._compiled: dict[tuple[str, bool], Read] = {}

    def reader(self, shape: Shape, *, flattened: bool = False) -> Read:
        """What reads a node of the tree as `shape`."""
        key = (shape.name, flattened)
        compiled = self._compiled.get(key)
        if compiled is None:
            self._compiled[key] = lambda node, path: self._compiled[key](node, path)  # noqa: PLW0108
            compiled = self._compiled[key] = self._compile(shape, flattened)
        return compiled

    def _compile(self, shape: Shape, flattened: bool) -> Read:
        if shape.type == "structure":
            return self._structure(shape)
        if shape.type == "list":
            return self._list(shape, flattened)
        if shape.type == "map":
            return self._map(shape, flattened)
        return self._simple(shape.type)

    def _structure(self, shape: Shape) -> Read:
        members = [
            (name, parameter_name(member), self.reader(member.shape, flattened=member.flattened))
            for name, member in shape.members.items()
        ]

        def read(node: Node, path: str) -> dict[str, Any]:
            if type(node) is not dict:
                return {}
            result = {}
            for name, wire_name, read_member in members:
                below = node.get(wire_name)
                if below is not None:
                    result[name] = read_member(below, f"{path}.{wire_name}" if path else wire_name)
            return result

        return read

    def _list(self, shape: Shape, flattened: bool) -> Read:
        wrapper = "" if flattened else shape.member.query_name or "member"
        read_element = self.reader(shape.member.shape)

        def read(node: Node, path: str) -> list[Any]:
            if type(node) is not dict:
                return [read_element(node, path)] if node else []
            if wrapper and wrapper in node:
                node, path = node[wrapper], f"{path}.{wrapper}"
                if type(node) is not dict:
                    return [read_element(node, path)] if node else []
            return [read_element(node[index], f"{path}.{index}") for index in indices(node)]

        return read

    def _map(self, shape: Shape, flattened: bool) -> Read:
        key_name = shape.key.query_name or "key"
        value_name = shape.value.query_name or "value"
        read_key, read_value = self.reader(shape.key.shape), self.reader(shape.value.shape)

        def read(node: Node, path: str) -> dict[str, Any]:
            if type(node) is not dict:
                return {}
            if not flattened and "entry" in node:
                node, path = node["entry"], f"{path}.entry"
                if type(node) is not dict:
                    return {}
            result = {}
            # Of a single entry AWS lets the number be left out.
            entries = [(key_name, node)] if key_name in node else [(index, node[index]) for index in indices(node)]
            for index, entry in entries:
                if type(entry) is dict and key_name in entry:
                    below = f"{path}.{index}"
                    value = entry.get(value_name, "")
                    result[read_key(entry[key_name], below)] = read_value(value, f"{below}.{value_name}")
            return result

        return read

    def _simple(self, shape_type: str) -> Read:
        code = "InvalidParameterValue" if self._model.name == "sqs" else "MalformedInput"
        convert, wanted = _CONVERSIONS[shape_type]

        def read(node: Node, path: str) -> Any:
            if type(node) is str:
                try:
                    return convert(node)
                except (ValueError, binascii.Error, OverflowError):
                    pass
            shown = node if type(node) is str else ""
            raise AwsError(code, f"Value {shown} for parameter {path} is invalid. Reason: Must be {wanted}.")

        return read


def parameter_name(member: Reference) -> str:
    """A member's name in a request: of a flattened list that of its elements, where they have one."""
    if member.shape.type == "list" and member.flattened and (name := member.shape.member.query_name):
        return name
    return member.query_name or member.name


def indices(node: Mapping[str, Node]) -> list[str]:
    """The numbered parts of a node in the order of their numbers; gaps are closed, other parts ignored."""
    return sorted((part for part in node if part.isdecimal() and part.isascii() and len(part) <= LONG_DIGITS), key=int)


def _boolean(text: str) -> bool:
    value = {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
    if value is None:
        raise ValueError(text)
    return value


_CONVERSIONS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "string": (str, "a string"),
    "integer": (parse_long, "an integer"),
    "long": (parse_long, "an integer"),
    "float": (float, "a number"),
    "double": (float, "a number"),
    "boolean": (_boolean, "true or false"),
    "timestamp": (parse_timestamp, "a timestamp"),
    "blob": (lambda text: base64.b64decode(text, validate=True), "base64"),
}
