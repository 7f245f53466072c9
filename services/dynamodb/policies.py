"""Resource policies: kept with what they belong to, each with a revision id.

Raised: `AwsError` with DynamoDB's codes and texts.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import orjson

from awskit.errors import AwsError
from services.dynamodb.values import ValidationException

_LONGEST: Final = 20 * 1024
_INVALID: Final = "One or more parameter values were invalid: "
_NO_POLICY: Final = "NO_POLICY"


class PolicyNotFoundException(AwsError):
    """There is no policy, or not of the revision that the caller expects."""

    def __init__(self, message: str) -> None:
        super().__init__("PolicyNotFoundException", message)


def new_policy(text: str) -> dict[str, str]:
    """A policy document as it is kept."""
    if len(text.encode()) > _LONGEST:
        raise ValidationException(f"{_INVALID}Maximum policy size of {_LONGEST} bytes exceeded")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, Mapping):
        raise ValidationException(f"{_INVALID}Invalid policy document: This policy contains invalid Json")
    if not document.get("Statement"):
        raise ValidationException(f"{_INVALID}Invalid policy document: Could not parse the policy: Statement is empty!")
    return {"Policy": text, "RevisionId": str(time.time_ns())}


def check_revision(policy: Mapping[str, Any] | None, expected: str | None) -> None:
    """The policy is of the revision that the caller expects; NO_POLICY expects that there is none."""
    if expected is None:
        return
    actual = policy["RevisionId"] if policy is not None else _NO_POLICY
    if actual != expected:
        raise PolicyNotFoundException(
            "Resource-based policy not found for the provided ResourceArn: Requested update for policy with revision "
            f"id {expected}"
        )
