"""Platform endpoints (devices): create, list, attributes, delete.

https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformEndpoint.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.sns.arns import new_platform_endpoint_arn, require_platform_arn
from services.sns.errors import invalid_parameter, not_found
from services.sns.mobile.platform_attributes import changed_endpoint_attributes
from services.sns.operations.platform_applications import application_of
from services.sns.paging import PAGE_SIZE, page, position_of
from services.sns.runtime import SnsContext
from services.sns.store import platform
from services.sns.store.platform import PlatformEndpoint


@write_operation("CreatePlatformEndpoint")
def create_platform_endpoint(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Register the device, or answer the ARN it has; InvalidParameter where its token has other attributes."""
    application = application_of(transaction, input["PlatformApplicationArn"])
    if not input["Token"]:
        raise invalid_parameter("Token Reason: cannot be empty")
    given = {**(input.get("Attributes") or {}), "Token": input["Token"]}
    if "CustomUserData" in input:
        given.setdefault("CustomUserData", input["CustomUserData"])
    attributes = changed_endpoint_attributes({"Enabled": "true"}, given)
    existing = platform.find_endpoint_by_token(transaction, application.arn, input["Token"])
    if existing is not None:
        if dict(existing.attributes) != attributes:
            raise invalid_parameter(
                f"Token Reason: Endpoint {existing.arn} already exists with the same Token, but different attributes."
            )
        return {"EndpointArn": existing.arn}
    arn = new_platform_endpoint_arn(application.arn)
    platform.add_endpoint(transaction, arn, application.arn, context.account_id, attributes)
    return {"EndpointArn": arn}


@read_operation("ListEndpointsByPlatformApplication")
def list_endpoints_by_platform_application(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    application = application_of(transaction, input["PlatformApplicationArn"])
    after = position_of(input.get("NextToken"))
    found = platform.page_of_endpoints(transaction, application.arn, after, PAGE_SIZE + 1)
    rows = [(endpoint.id, {"EndpointArn": endpoint.arn, "Attributes": dict(endpoint.attributes)}) for endpoint in found]
    shown, token = page(rows, PAGE_SIZE)
    output: Output = {"Endpoints": shown}
    if token is not None:
        output["NextToken"] = token
    return output


@read_operation("GetEndpointAttributes")
def get_endpoint_attributes(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    return {"Attributes": dict(_endpoint_of(transaction, input["EndpointArn"]).attributes)}


@write_operation("SetEndpointAttributes")
def set_endpoint_attributes(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    endpoint = _endpoint_of(transaction, input["EndpointArn"])
    attributes = changed_endpoint_attributes(endpoint.attributes, input["Attributes"])
    other = platform.find_endpoint_by_token(transaction, endpoint.application_arn, attributes["Token"])
    if other is not None and other.arn != endpoint.arn:
        raise invalid_parameter(f"Token Reason: Endpoint {other.arn} already exists with the same Token")
    platform.set_endpoint_attributes(transaction, endpoint.arn, attributes)
    return {}


@write_operation("DeleteEndpoint")
def delete_endpoint(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Delete it; one that does not exist is deleted already."""
    _check_endpoint_arn(input["EndpointArn"])
    platform.delete_endpoint(transaction, input["EndpointArn"])
    return {}


def _check_endpoint_arn(arn: str) -> None:
    require_platform_arn(arn, "EndpointArn", 4)


def _endpoint_of(transaction: Transaction, arn: str) -> PlatformEndpoint:
    _check_endpoint_arn(arn)
    endpoint = platform.find_endpoint(transaction, arn)
    if endpoint is None:
        raise not_found("Endpoint does not exist")
    return endpoint
