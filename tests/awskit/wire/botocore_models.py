"""botocore as the other side of the wire: its models, its serializers as clients, its parsers as readers of answers."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import HeadersDict, create_request_object, prepare_request_dict
from botocore.handlers import parse_get_bucket_location
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.session import Session

from awskit.wire.aws_json import AwsJson
from awskit.wire.aws_query import AwsQuery
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.model import load_model
from awskit.wire.rest_xml import RestXml
from ruststack.operations_table import implemented_operations

WIRES = ("dynamodb", "dynamodbstreams", "sqs", "sqs-query", "sns", "sts", "s3", "s3control")
# The last model of SQS in which botocore spoke the query protocol (1.31), compacted as ours are.
_OLD_SQS = Path(__file__).parent / "data" / "sqs-query.json"

Protocol = AwsJson | AwsQuery | RestXml


@functools.cache
def botocore_model(wire: str) -> ServiceModel:
    if wire == "sqs-query":
        return ServiceModel(json.loads(_OLD_SQS.read_bytes()), "sqs")
    loader = Session().get_component("data_loader")
    return ServiceModel(loader.load_service_model(wire, "service-2"), wire)


@functools.cache
def protocol(wire: str, *, validate: bool = False) -> Protocol:
    model = load_model("sqs" if wire == "sqs-query" else wire)
    if wire.startswith("s3"):
        return RestXml(model, validate=validate)
    if wire in ("sqs-query", "sns", "sts"):
        return AwsQuery(model, validate=validate)
    return AwsJson(model, validate=validate)


def operations() -> list[tuple[str, str]]:
    """Every operation of every wire that our specs have, and of S3 Control those that are built."""
    built = implemented_operations("s3control", "services.s3.operations")
    return [
        (wire, name)
        for wire in WIRES
        for name in sorted(protocol(wire).model.operations)
        if wire != "s3control" or name in built
    ]


def client_request(operation: OperationModel, parameters: dict[str, Any], *, validate: bool = False) -> HttpRequest:
    """The request that a botocore client sends for `parameters`, unsigned."""
    serializer = create_serializer(operation.service_model.metadata["protocol"], include_validation=validate)
    serialized = serializer.serialize_to_request(parameters, operation)
    serialized["headers"] = HeadersDict(serialized["headers"])
    prepare_request_dict(serialized, endpoint_url="http://localhost:4566", context={}, user_agent="test")
    prepared = create_request_object(serialized).prepare()
    _, _, target = prepared.url.partition("://")
    path, _, query = ("/" + target.partition("/")[2]).partition("?")
    headers = {name.lower(): _text(value) for name, value in prepared.headers.items()}
    body = prepared.body or b""
    return HttpRequest(prepared.method, path, query, headers, body.encode() if isinstance(body, str) else body)


def read_answer(operation: OperationModel, response: HttpResponse, *, error: str | None = None) -> dict[str, Any]:
    """What a botocore client makes of an answer, or of the modelled members of the exception named `error`."""
    service = operation.service_model
    parser = create_parser(service.metadata["protocol"])
    message = {
        "status_code": response.status,
        "headers": HeadersDict(response.headers),
        "body": response.body,
        "context": {"operation_name": operation.name},
    }
    shape = service.shape_for(error) if error is not None else operation.output_shape
    parsed: dict[str, Any] = parser.parse(message, shape)
    if operation.name == "GetBucketLocation":  # a client's handler, not its parser, knows that element
        parse_get_bucket_location(parsed, SimpleNamespace(raw=True, content=response.body))
        parsed = {name: value for name, value in parsed.items() if value is not None}
    return parsed


def _text(value: str | bytes) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
