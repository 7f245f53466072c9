"""ARNs of tables, streams, indexes and backups as parameters.

Raised: `ValidationException`, `ResourceNotFoundException` with DynamoDB's texts.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from awskit.database import Transaction
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.catalog import ResourceNotFoundException
from services.dynamodb.tables.table import ARN_PREFIX, Table
from services.dynamodb.values.attribute_values import ValidationException

_INVALID: Final = "One or more parameter values were invalid: "
_ARN: Final = re.compile(
    r"arn:aws:dynamodb:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):table/(?P<table>[a-zA-Z0-9_.-]{3,255})"
    r"(?:/(?P<kind>stream|index|backup|export|import)/(?P<name>.+))?"
)


class ResourceArn(NamedTuple):
    """A parsed ARN; `kind` and `name` are empty for a table itself."""

    account_id: str
    region: str
    table: str
    kind: str
    name: str


def parse_arn(arn: str) -> ResourceArn:
    """The parts of an ARN under a table's."""
    match = _ARN.fullmatch(arn)
    if match is None:
        if not arn.startswith("arn:"):
            raise ValidationException(f"{_INVALID}ARNs must start with 'arn:': {arn}")
        if not arn.startswith(ARN_PREFIX):
            raise ValidationException(f"{_INVALID}Provided Arn is not a DynamoDB resource arn: {arn}")
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
    return ResourceArn(match["account"], match["region"], match["table"], match["kind"] or "", match["name"] or "")


def check_arn(arn: str, kind: str) -> None:
    """The ARN is that of a `kind`: a backup, an export or an import."""
    match = _ARN.fullmatch(arn)
    if match is None or match["kind"] != kind:
        raise ValidationException(f"Invalid {kind.capitalize()} ARN")


def table_of_arn(context: DynamoDbContext, transaction: Transaction, arn: str, missing: str) -> Table:
    """The table with that ARN; `missing` is the text where there is none."""
    parsed = parse_arn(arn)
    if parsed.kind == "index":
        raise ValidationException(
            f"{_INVALID}Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {arn}"
        )
    table = context.runtime.catalog.find(transaction, parsed[:3], context.now)
    if table is None or parsed.kind:
        raise ResourceNotFoundException(missing)
    return table
