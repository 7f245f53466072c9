"""SNS's wire protocol, awsQuery, and the order in which SNS checks a request.

The ARN that a request is about comes first, before what the model constrains: without one, or with a text that is none,
the error is InvalidParameter. ValidationError is said of what else is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.errors import AwsError
from awskit.wire.aws_query import AwsQuery
from awskit.wire.model import OperationModel, load_model
from awskit.wire.validation import Checks, Validator
from services.sns.arns import check_elements
from services.sns.errors import missing_parameter

_RESOURCES = frozenset(["TopicArn", "SubscriptionArn", "PlatformApplicationArn", "EndpointArn", "ResourceArn"])


def query_protocol() -> AwsQuery:
    """The protocol of every request to SNS."""
    checks = Checks()
    return AwsQuery(load_model("sns"), validate=lambda operation: _validator(operation, checks))


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
