"""Resource policies: kept in AWS's own form with what they belong to, each with a revision id.

Raised: `AwsError` with DynamoDB's codes and texts.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import orjson

from awskit.bounds.json_documents import load_document
from awskit.resources.arns import global_arn
from services.dynamodb.errors import PolicyNotFoundException, ValidationException

_LONGEST: Final = 20 * 1024
_INVALID: Final = "One or more parameter values were invalid: "
_FIRST_VERSION: Final = "2008-10-17"
_MEMBERS: Final = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
)
_NO_POLICY: Final = "NO_POLICY"


def new_policy(text: str, region: str) -> dict[str, str]:
    """A policy document as it is kept; in `region` accounts have ARNs of its partition."""
    if len(text.encode()) > _LONGEST:
        raise ValidationException(f"{_INVALID}Maximum policy size of {_LONGEST} bytes exceeded")
    try:
        document = load_document(text)
    except ValueError:
        document = None
    if not isinstance(document, Mapping):
        raise ValidationException(f"{_INVALID}Invalid policy document: This policy contains invalid Json")
    if not document.get("Statement"):
        raise ValidationException(f"{_INVALID}Invalid policy document: Could not parse the policy: Statement is empty!")
    statements = document["Statement"]
    listed = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        raise ValidationException(f"{_INVALID}Invalid policy document: Could not parse the policy")
    return {"Policy": _canonical(document, listed, region), "RevisionId": str(time.time_ns())}


def _canonical(document: Mapping[str, Any], statements: list[Mapping[str, Any]], region: str) -> str:
    """The document as AWS gives it back: without white space, its members in order, lists of one as their element."""
    return orjson.dumps(
        {
            "Version": document.get("Version", _FIRST_VERSION),
            **({"Id": document["Id"]} if "Id" in document else {}),
            "Statement": [_statement(each, region) for each in statements],
        }
    ).decode()


def _statement(given: Mapping[str, Any], region: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name in _MEMBERS:
        if name not in given:
            continue
        value = given[name]
        if name == "Effect":
            value = str(value).capitalize()
        elif name in ("Principal", "NotPrincipal") and isinstance(value, Mapping):
            value = {kind: _single(_principals(who, region)) for kind, who in value.items()}
        elif name != "Condition":
            value = _single(value)
        shown[name] = value
    return shown


def _principals(who: Any, region: str) -> Any:
    """Account ids as the ARNs of their roots, each once."""
    listed = who if isinstance(who, list) else [who]
    return list(
        dict.fromkeys(global_arn("iam", region, one, "root") if str(one).isdecimal() else one for one in listed)
    )


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def check_revision(policy: Mapping[str, Any] | None, expected: str | None, table_name: str) -> None:
    """The policy is of the revision that the caller expects; NO_POLICY expects that there is none."""
    if expected is None:
        return
    actual = policy["RevisionId"] if policy is not None else None
    if actual is None and expected != _NO_POLICY:
        raise PolicyNotFoundException(
            "Resource-based policy not found for the provided ResourceArn: Requested update for policy with revision "
            f"id {expected}"
        )
    if actual is not None and expected == _NO_POLICY:
        raise PolicyNotFoundException(
            "Resource-based policy not found for the provided ResourceArn: Requested policy update expecting none to "
            f"be present for table {table_name}, but a policy exists with revision id {actual}."
        )
    if actual is not None and actual != expected:
        raise PolicyNotFoundException(
            "Resource-based policy not found for the provided ResourceArn: Requested update for policy with expected "
            f"revision id {expected}, but the policy associated to target table {table_name} has revision id {actual}."
        )
