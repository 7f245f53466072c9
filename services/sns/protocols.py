"""SNS's wire protocol, awsQuery, and the order in which SNS checks a request.

The ARN that a request is about comes first, before what the model constrains: without one, or with a text that is none,
the error is InvalidParameter. ValidationError is said of what else is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from awskit.errors import AwsError
from awskit.wire.aws_query import AwsQuery, query_response
from awskit.wire.http import HttpResponse
from awskit.wire.indented_xml import IndentedXmlWriters
from awskit.wire.model import OperationModel, ServiceModel, load_model
from awskit.wire.validation import Checks, Validator
from awskit.wire.xml_writer import Write, escape
from services.sns.arns import check_elements
from services.sns.errors import missing_parameter

_RESOURCES = frozenset(["TopicArn", "SubscriptionArn", "PlatformApplicationArn", "EndpointArn", "ResourceArn"])


_ORDERS = MappingProxyType(
    {
        "PublishBatchResponse": ("Failed", "Successful"),
        "PublishBatchResultEntry": ("SequenceNumber", "MessageId", "Id"),
    }
)


class SnsQuery(AwsQuery):
    """awsQuery, answered with an element to a line."""

    def __init__(self, model: ServiceModel) -> None:
        checks = Checks()
        super().__init__(model, validate=lambda operation: _validator(operation, checks))
        self._indented = IndentedXmlWriters(lambda reference: reference.query_name, _ORDERS)
        self._results: dict[str, Write | None] = {}

    def serialize(self, operation: OperationModel, output: Mapping[str, Any], request_id: str) -> HttpResponse:
        name = operation.name
        if name not in self._results:
            shape = operation.output
            self._results[name] = self._indented.content(shape, 2) if shape is not None else None
        parts = [f'<{name}Response xmlns="{self.model.xml_namespace}">\n']
        write = self._results[name]
        if write is not None and output:
            parts.append(f"  <{operation.result_wrapper}>\n")
            write(output, parts.append)
            parts.append(f"  </{operation.result_wrapper}>\n")
        elif write is not None:
            parts.append(f"  <{operation.result_wrapper}/>\n")
        parts.append(
            f"  <ResponseMetadata>\n    <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n</{name}Response>\n"
        )
        return query_response(operation.status, "".join(parts), request_id)

    def error_document(self, namespace: str | None, elements: Iterable[str], request_id: str) -> str:
        lines = "".join(f"    {element}\n" for element in elements if element)
        return (
            f'<ErrorResponse xmlns="{namespace}">\n  <Error>\n{lines}  </Error>\n'
            f"  <RequestId>{escape(request_id)}</RequestId>\n</ErrorResponse>\n"
        )


def query_protocol() -> SnsQuery:
    """The protocol of every request to SNS."""
    return SnsQuery(load_model("sns"))


def _validator(operation: OperationModel, checks: Checks) -> Validator | None:
    shape = operation.input
    check_members = checks.validator(operation, "ValidationError")
    if shape is None or check_members is None:
        return None
    required = next((name for name in shape.required if name in _RESOURCES), None)
    resources = (
        (required,) if required is not None else ("TopicArn", "TargetArn") if operation.name == "Publish" else ()
    )

    def validate(value: Mapping[str, Any]) -> None:
        if required is not None and value.get(required) is None:
            raise missing_parameter(required)
        try:
            check_members(value)
        except AwsError:
            given = [name for name in resources if name in value]
            if resources and not given and "PhoneNumber" not in value:
                raise missing_parameter(" or ".join(resources)) from None
            for name in given:
                check_elements(value[name], name)
            raise

    return validate
