"""SQS on the wire: awsJson 1.0 and awsQuery, at `/` and at a queue's URL, by GET and POST.

A request to a queue's URL need not repeat it: the path stands for `QueueUrl`. A query request that accepts
`application/json` is answered in JSON (`query_json.py`). Raises as the protocols do.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.errors import AwsError
from awskit.wire.aws_json import AwsJson
from awskit.wire.aws_query import AwsQuery
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.model import OperationModel, load_model
from awskit.wire.validation import Validator, validators
from services.sqs.query_json import json_answer, json_error
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
        """The protocol a request speaks, by its headers alone."""
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
    """awsJson 1.0."""

    completion: Completion

    def parse(self, operation: OperationModel, request: HttpRequest) -> dict[str, Any]:
        return self.completion(operation, super().parse(operation, request), request)


class SqsQuery(AwsQuery):
    """awsQuery, at `/` and at queues' URLs."""

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
        input = super().parse(operation, request)
        if operation.name.endswith("Batch"):
            # A form cannot tell a list without entries from none at all.
            input.setdefault("Entries", [])
        return self.completion(operation, input, request)

    def serialize_error(
        self, error: AwsError, request: HttpRequest, operation: OperationModel | None, request_id: str
    ) -> HttpResponse:
        response = super().serialize_error(of_query_wire(error), request, operation, request_id)
        if error.code == _UNKNOWN_OPERATION:
            response.body = b"<UnknownOperationException/>\n"
        return response


class SqsQueryAsJson(SqsQuery):
    """The query protocol for who accepts JSON."""

    def serialize(self, operation: OperationModel, output: Mapping[str, Any], request_id: str) -> HttpResponse:
        headers = [("x-amzn-RequestId", request_id), ("Content-Type", "application/json")]
        return HttpResponse(operation.status, headers, json_answer(operation, output, request_id))

    def serialize_error(
        self, error: AwsError, request: HttpRequest, operation: OperationModel | None, request_id: str
    ) -> HttpResponse:
        response = super().serialize_error(error, request, operation, request_id)
        if error.code == _UNKNOWN_OPERATION:
            return response
        shape = self.model.error(error.code)
        code = shape.error_code if shape is not None else error.code
        headers = [pair for pair in response.headers if pair[0] not in ("Content-Type", "Content-Length")]
        headers.append(("Content-Type", "application/json"))
        return HttpResponse(response.status, headers, json_error(of_query_wire(error), code, request_id))


def of_query_wire(error: AwsError) -> AwsError:
    """`error` in the words of the query protocol, which names its description for a queue that is not there."""
    if error.code != "QueueDoesNotExist":
        return error
    return AwsError(error.code, "The specified queue does not exist for this wsdl version.", error.status)
