"""`ClientToken` of jobs: within 8 hours, the same request with the same token is the same job.

The job's document keeps the request beside the description.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from awskit.database import Transaction
from awskit.errors import AwsError
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import documents

_WINDOW: Final = 8 * 3600
_KEPT: Final = 90 * 86_400

Input = Mapping[str, Any]


def digest_of(input: Input) -> str:
    """What tells a request from another one."""
    return hashlib.sha256(orjson.dumps(input, option=orjson.OPT_SORT_KEYS)).hexdigest()


def repeated(
    context: DynamoDbContext, transaction: Transaction, owner: documents.Owner, input: Input, conflict: AwsError
) -> dict[str, Any] | None:
    """The description of the job that this request has begun before; None where it has not.

    Raises `conflict` where another request has used the token.
    """
    token = input.get("ClientToken")
    if token is None:
        return None
    for _, document in documents.newest_first(transaction, owner):
        description: dict[str, Any] = document["Description"]
        if description.get("ClientToken") == token and description["StartTime"] > context.now - _WINDOW:
            if document["Digest"] != digest_of(input):
                raise conflict
            return description
    return None


def recent(
    context: DynamoDbContext, transaction: Transaction, owner: documents.Owner
) -> list[tuple[str, dict[str, Any]]]:
    """ARN and description of the jobs of the last 90 days, against the order of their ARNs."""
    return [
        (name, document["Description"])
        for name, document in documents.newest_first(transaction, owner)
        if document["Description"]["StartTime"] > context.now - _KEPT
    ]
