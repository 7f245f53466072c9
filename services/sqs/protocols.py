"""SQS on the wire: awsJson 1.0 and awsQuery, at `/` and at a queue's URL, by GET and POST.

A request to a queue's URL need not repeat it: the path stands for `QueueUrl`. A query request that accepts
`application/json` is answered with the XML's elements as JSON. Raises as the protocols do.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from awskit.errors import AwsError
from awskit.wire.aws_json import AwsJson
from awskit.wire.aws_query import AwsQuery
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.model import OperationModel, load_model
from awskit.wire.validation import Validator, validators
from services.sqs.queues.queue_urls import is_queue_path

_UNKNOWN_OPERATION = "UnknownOperationException"
_NOT_AT_QUEUES = frozenset(["CreateQueue", "ListQueues"])


class SqsProtocols:
    """Both protocols over the one model, and which of them a request speaks."""

    def __init__(self) -> None:
        model = load_model("sqs")
        completion = Completion()
        self.json = SqsJson(model, validate=False)
        self.query = SqsQuery(model, validate=False)
        self.query_as_json = SqsQueryAsJson(model, validate=False)
        self.json.completion = self.query.completion = self.query_as_json.completion = completion
        self.receive = model.operations["ReceiveMessage"]

    def of(self, request: HttpRequest) -> AwsJson | AwsQuery:
        if "x-amz-target" in request.headers:
            return self.json
        if request.header("content-type").startswith("application/x-amz-json"):
            return self.json
        return self.query_as_json if "application/json" in request.header("accept") else self.query


class Completion:
    """Puts in the `QueueUrl` that the path stands for, then checks that nothing required is missing."""

    def __init__(self) -> None:
        self._validators: dict[str, tuple[bool, Validator | None]] = {}

    def __call__(self, operation: OperationModel, input: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
        known = self._validators.get(operation.name)
        if known is None:
            known = self._validators[operation.name] = _compile(operation)
        has_queue_url, validate = known
        if has_queue_url and "QueueUrl" not in input and is_queue_path(request.path):
            input["QueueUrl"] = f"http://{request.header('host')}{request.path}"
        if validate is not None:
            validate(input)
        return input


def _compile(operation: OperationModel) -> tuple[bool, Validator | None]:
    shape = operation.input
    return shape is not None and "QueueUrl" in shape.members, _validators(operation)


_validators = validators(load_model("sqs"), True)


class SqsJson(AwsJson):
    completion: Completion

    def parse(self, operation: OperationModel, request: HttpRequest) -> dict[str, Any]:
        return self.completion(operation, super().parse(operation, request), request)


class SqsQuery(AwsQuery):
    completion: Completion

    def resolve(self, request: HttpRequest) -> OperationModel:
        """A queue's URL takes what is done with a queue; without an action it is no operation at all."""
        if not is_queue_path(request.path):
            return super().resolve(request)
        action = next((value for name, value in request.form if name == "Action"), None)
        if not action:
            raise AwsError(_UNKNOWN_OPERATION, status=404)
        operation = self.model.operations.get(action)
        if operation is None or action in _NOT_AT_QUEUES:
            raise AwsError("InvalidAction", f"The action {action} is not valid for this endpoint.")
        return operation

    def parse(self, operation: OperationModel, request: HttpRequest) -> dict[str, Any]:
        return self.completion(operation, super().parse(operation, request), request)

    def serialize_error(
        self, error: AwsError, request: HttpRequest, operation: OperationModel | None, request_id: str
    ) -> HttpResponse:
        response = super().serialize_error(error, request, operation, request_id)
        if error.code == _UNKNOWN_OPERATION:
            response.body = b"<UnknownOperationException/>\n"
        return response


class SqsQueryAsJson(SqsQuery):
    def serialize(self, operation: OperationModel, output: Mapping[str, Any], request_id: str) -> HttpResponse:
        return _as_json(super().serialize(operation, output, request_id))

    def serialize_error(
        self, error: AwsError, request: HttpRequest, operation: OperationModel | None, request_id: str
    ) -> HttpResponse:
        response = super().serialize_error(error, request, operation, request_id)
        return response if error.code == _UNKNOWN_OPERATION else _as_json(response)


def _as_json(response: HttpResponse) -> HttpResponse:
    from xml.etree import ElementTree

    assert isinstance(response.body, bytes)
    root = ElementTree.fromstring(response.body)
    content = _element_as_json(root)
    # An error has no name of its own around it: {"Error": {...}, "RequestId": "..."}.
    response.body = orjson.dumps(content if "Error" in content else {_local_name(root.tag): content})
    response.headers = [pair for pair in response.headers if pair[0] not in ("Content-Type", "Content-Length")]
    response.headers.append(("Content-Type", "application/json"))
    return response


def _element_as_json(element: Any) -> Any:
    """Text, or an object of the elements within; those that are repeated, and those that may be, are lists."""
    if not len(element):
        return element.text
    members: dict[str, Any] = {}
    for child in element:
        name = _local_name(child.tag)
        value = _element_as_json(child)
        # The text of an error is a `Message` too.
        is_text = name == "Message" and not len(child)
        if (name in _LISTS and not is_text) or (name == "QueueUrl" and _local_name(element.tag).startswith("List")):
            members.setdefault(name, []).append(value)
        else:
            members[name] = value
    return members


def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


_LISTS = frozenset(
    {
        "Message",
        "Attribute",
        "MessageAttribute",
        "Tag",
        "SendMessageBatchResultEntry",
        "DeleteMessageBatchResultEntry",
        "ChangeMessageVisibilityBatchResultEntry",
        "BatchResultErrorEntry",
        "ListMessageMoveTasksResultEntry",
    }
)
