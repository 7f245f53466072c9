"""Bucket policy documents: their grammar, and whether they make a bucket public. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from awskit.errors import AwsError

_SIZE_LIMIT = 20 * 1024
_VERSIONS = (None, "2012-10-17", "2008-10-17")
# Conditions that fix who or where the caller is, so that a statement for everybody is not public.
_NARROWING = frozenset(
    {
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceip",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:userid",
        "s3:dataaccesspointarn",
        "s3:dataaccesspointaccount",
    }
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, its lists always lists. `principals` is None for `*`; its keys are `AWS`, `CanonicalUser`, ..."""

    effect: str
    principals: Mapping[str, tuple[str, ...]] | None
    not_principal: bool
    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[str, ...]
    not_resource: bool
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]


@lru_cache(maxsize=256)
def parse(text: str, bucket: str) -> tuple[Statement, ...]:
    """The statements of a bucket's policy. Raises `MalformedPolicy` with what is wrong."""
    if len(text.encode()) > _SIZE_LIMIT:
        raise _malformed("Normalized policy document exceeds the maximum allowed size of 20480 bytes")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _malformed("Policies must be valid JSON and the first byte must be '{'") from None
    if not isinstance(document, dict):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    if document.get("Version") not in _VERSIONS:
        raise _malformed("The policy must contain a valid version string")
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise _malformed("Missing required field Statement")
    return tuple(_statement(statement, bucket) for statement in statements)


def is_public(statements: tuple[Statement, ...]) -> bool:
    """Whether a statement allows something to everybody, without a condition that says who that is."""
    return any(
        statement.effect == "Allow" and _for_everybody(statement) and not _narrowed(statement)
        for statement in statements
    )


def _for_everybody(statement: Statement) -> bool:
    if statement.not_principal or statement.principals is None:
        return True
    return "*" in statement.principals.get("AWS", ()) or "*" in statement.principals.get("CanonicalUser", ())


def _narrowed(statement: Statement) -> bool:
    for operator, tests in statement.conditions.items():
        if operator.lower().startswith(("stringnot", "arnnot", "notip")):
            continue
        for key, values in tests.items():
            if key.lower() in _NARROWING and not any(_is_everything(value) for value in values):
                return True
    return False


def _is_everything(value: str) -> bool:
    return value in ("*", "0.0.0.0/0", "::/0")


def _statement(stated: Any, bucket: str) -> Statement:
    if not isinstance(stated, dict):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    effect = stated.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise _malformed("Missing required field Effect" if effect is None else f"Invalid effect: {effect}")
    not_principal, principal = _either(stated, "Principal")
    not_action, action = _either(stated, "Action")
    not_resource, resource = _either(stated, "Resource")
    actions = _strings(action, "Action")
    for name in actions:
        if name != "*" and not name.lower().startswith("s3:"):
            raise _malformed("Policy has invalid action")
    resources = _strings(resource, "Resource")
    own = f"arn:aws:s3:::{bucket}"
    for name in resources:
        if not (name == own or name.startswith(f"{own}/") or _wildcard_covers(name, own)):
            raise _malformed("Policy has invalid resource")
    return Statement(
        effect,
        _principals(principal),
        not_principal,
        actions,
        not_action,
        resources,
        not_resource,
        _conditions(stated.get("Condition")),
    )


def _wildcard_covers(pattern: str, arn: str) -> bool:
    """Whether a resource with a wildcard in the bucket's part may mean this bucket."""
    if pattern == "*":
        return True
    head = pattern.partition("*")[0].partition("?")[0]
    return ("*" in pattern or "?" in pattern) and arn.startswith(head) and head.startswith("arn:aws:s3:::")


def _either(stated: Mapping[str, Any], name: str) -> tuple[bool, Any]:
    if name in stated:
        return False, stated[name]
    if f"Not{name}" in stated:
        return True, stated[f"Not{name}"]
    raise _malformed(f"Missing required field {name}")


def _strings(value: Any, name: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed or not all(isinstance(item, str) for item in listed):
        raise _malformed(f"Policy has invalid {name.lower()}")
    return tuple(listed)


def _principals(value: Any) -> Mapping[str, tuple[str, ...]] | None:
    if value == "*":
        return None
    if not isinstance(value, dict) or not value:
        raise _malformed("Invalid principal in policy")
    if not set(value) <= {"AWS", "CanonicalUser", "Service", "Federated"}:
        raise _malformed("Invalid principal in policy")
    return {kind: _strings(listed, "Principal") for kind, listed in value.items()}


def _conditions(value: Any) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(tests, dict) for tests in value.values()):
        raise _malformed("Conditions must be valid JSON objects")
    return {
        operator: {key: tuple(_texts(expected)) for key, expected in tests.items()} for operator, tests in value.items()
    }


def _texts(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [("true" if item else "false") if isinstance(item, bool) else str(item) for item in listed]


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message)
