"""Platform applications: create, list, attributes, delete.

https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformApplication.html
"""

from __future__ import annotations

import re

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.sns.arns import platform_application_arn, require_platform_arn
from services.sns.errors import invalid_parameter, not_found
from services.sns.mobile.platform_attributes import (
    PLATFORMS,
    check_application_attributes,
    check_credentials,
    shown_application_attributes,
)
from services.sns.paging import PAGE_SIZE, page, position_of
from services.sns.runtime import SnsContext
from services.sns.store import platform
from services.sns.store.platform import PlatformApplication

_NAME = re.compile(r"[A-Za-z0-9_.-]*")


@write_operation("CreatePlatformApplication")
def create_platform_application(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Make the application, or answer the ARN of the same one; InvalidParameter where it is there with others."""
    name, kind, attributes = input["Name"], input["Platform"], dict(input["Attributes"])
    _check_name(name)
    if kind not in PLATFORMS:
        raise invalid_parameter(f"Platform Reason: {kind} is not supported")
    check_application_attributes(attributes)
    check_credentials(kind, attributes)
    arn = platform_application_arn(context.region, context.account_id, kind, name)
    existing = platform.find_application(transaction, arn)
    if existing is None:
        platform.add_application(transaction, arn, context.account_id, context.region, attributes)
    elif existing.attributes != attributes:
        raise invalid_parameter("Attributes Reason: An application with the same name but different attributes exists")
    return {"PlatformApplicationArn": arn}


@read_operation("ListPlatformApplications")
def list_platform_applications(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    after = position_of(input.get("NextToken"))
    found = platform.page_of_applications(transaction, context.account_id, context.region, after, PAGE_SIZE + 1)
    shown, token = page([(application.id, _listed(application)) for application in found], PAGE_SIZE)
    output: Output = {"PlatformApplications": shown}
    if token is not None:
        output["NextToken"] = token
    return output


@read_operation("GetPlatformApplicationAttributes")
def get_platform_application_attributes(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    application = application_of(transaction, input["PlatformApplicationArn"])
    return {"Attributes": shown_application_attributes(application.attributes)}


@write_operation("SetPlatformApplicationAttributes")
def set_platform_application_attributes(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Set attributes; an empty value takes one away."""
    application = application_of(transaction, input["PlatformApplicationArn"])
    check_application_attributes(input["Attributes"])
    merged = {**application.attributes, **input["Attributes"]}
    kept = {name: value for name, value in merged.items() if value}
    platform.set_application_attributes(transaction, application.arn, kept)
    return {}


@write_operation("DeletePlatformApplication")
def delete_platform_application(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Delete it with its endpoints; one that does not exist is deleted already."""
    arn = input["PlatformApplicationArn"]
    check_application_arn(arn)
    platform.delete_application(transaction, arn)
    return {}


def _check_name(name: str) -> None:
    if not name:
        raise invalid_parameter(f"{name} Reason: cannot be empty")
    if len(name) > 256:
        raise invalid_parameter(f"{name} Reason: must be at most 256 characters long")
    if not _NAME.fullmatch(name):
        raise invalid_parameter(
            f"{name} Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'"
        )


def check_application_arn(arn: str) -> None:
    require_platform_arn(arn, "PlatformApplicationArn", 3)


def application_of(transaction: Transaction, arn: str) -> PlatformApplication:
    """The application a request names. InvalidParameter or NotFound."""
    check_application_arn(arn)
    application = platform.find_application(transaction, arn)
    if application is None:
        raise not_found("PlatformApplication does not exist")
    return application


def _listed(application: PlatformApplication) -> dict[str, object]:
    return {
        "PlatformApplicationArn": application.arn,
        "Attributes": shown_application_attributes(application.attributes),
    }
