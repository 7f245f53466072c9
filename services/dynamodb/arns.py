"""ARNs of tables and of what belongs to them, taken apart and put together.

Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

from __future__ import annotations

import re
import uuid
from typing import Any, Final, NamedTuple

from awskit.resources.arns import build_arn, partition_of
from awskit.service.context import RequestContext
from services.dynamodb.errors import ValidationException

ARN_BEGINNING: Final = "arn:"
"""What tells an ARN from a table's name."""

_INVALID: Final = "One or more parameter values were invalid: "
_ARN_PARTS: Final = 6
_ARN: Final = re.compile(
    r"arn:(?P<partition>[a-z-]+):dynamodb:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):"
    r"table/(?P<table>[a-zA-Z0-9_.-]{3,255})"
    r"(?:/(?P<kind>stream|index|backup|export|import)/(?P<name>.+))?"
)


class ResourceArn(NamedTuple):
    """A parsed ARN; `kind` and `name` are empty for a table itself."""

    account_id: str
    region: str
    table: str
    kind: str
    name: str


def table_arn(region: str, account_id: str, name: str) -> str:
    """The ARN of a table."""
    return build_arn("dynamodb", region, account_id, f"table/{name}")


def stream_arn(table_arn: str, label: str) -> str:
    """The ARN of the stream with that label."""
    return f"{table_arn}/stream/{label}"


def job_arn(table_arn: str, kind: str, now: float) -> str:
    """The ARN of a backup, an export or an import that begins `now`."""
    return f"{table_arn}/{kind}/{int(now * 1000):014d}-{uuid.uuid4().hex[:8]}"


def parse_arn(arn: str) -> ResourceArn:
    """The parts of an ARN under a table's."""
    match = _matched(arn)
    if match is None:
        if not arn.startswith(ARN_BEGINNING):
            raise ValidationException(f"{_INVALID}ARNs must start with 'arn:': {arn}")
        if not _is_dynamodbs(arn):
            raise ValidationException(f"{_INVALID}Provided Arn is not a DynamoDB resource arn: {arn}")
        raise _invalid_resource(arn)
    return ResourceArn(match["account"], match["region"], match["table"], match["kind"] or "", match["name"] or "")


def check_arn(arn: str, kind: str) -> None:
    """The ARN is that of a `kind`: a backup, an export or an import."""
    match = _matched(arn)
    if match is None or match["kind"] != kind:
        raise ValidationException(f"Invalid {kind.capitalize()} ARN")


def table_address(context: RequestContext[Any], name_or_arn: str) -> tuple[str, str, str]:
    """(account, region, name) of a `TableName` parameter, which may be an ARN."""
    if not _is_dynamodbs(name_or_arn):
        return context.account_id, context.region, name_or_arn
    parts = name_or_arn.split(":", _ARN_PARTS - 1)
    kind, _, name = parts[-1].partition("/")
    if len(parts) != _ARN_PARTS or kind != "table" or not name or "/" in name:
        raise _invalid_resource(name_or_arn)
    if parts[3] != context.region:
        raise ValidationException(f"1 validation error detected: Invalid AWS region in '{name_or_arn}'")
    if parts[1] != partition_of(context.region):
        raise _invalid_resource(name_or_arn)
    return parts[4], parts[3], name


def _matched(arn: str) -> re.Match[str] | None:
    match = _ARN.fullmatch(arn)
    return match if match is not None and match["partition"] == partition_of(match["region"]) else None


def _is_dynamodbs(arn: str) -> bool:
    return arn.startswith(ARN_BEGINNING) and arn.split(":", 3)[2:3] == ["dynamodb"]


def _invalid_resource(arn: str) -> ValidationException:
    return ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
