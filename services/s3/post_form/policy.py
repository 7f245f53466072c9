"""POST policies: what a form may say. Pure.

In: the policy (base64), the form's fields, the bucket and the time. Out: the bounds of the file's size. Raised:
`InvalidPolicyDocument`, `AccessDenied`. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from awskit.bounds.integers import parse_integer
from awskit.errors import AwsError

_EXPIRATION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")

# Fields that need no condition: the signature itself, and what cannot be known when the policy is written.
_FREE = frozenset({"policy", "signature", "x-amz-signature", "awsaccesskeyid", "file", "submit"})


@dataclass(frozen=True, slots=True)
class SizeBounds:
    """Bytes that the file may have."""

    least: int = 0
    most: int | None = None


def check(encoded: str, fields: Mapping[str, str], bucket: str, now: float) -> SizeBounds:
    """Check `fields` (names in lower case) against the policy."""
    document = _parse(encoded)
    _check_expiration(document, now)
    conditions = document.get("conditions")
    if not isinstance(conditions, list):
        raise _invalid("Invalid Policy: Policy missing conditions.")
    if not conditions:
        raise _invalid("Invalid Policy: Policy conditions are empty.")
    values = {**fields, "bucket": bucket}
    bounds = SizeBounds()
    covered: set[str] = set()
    for condition in conditions:
        if isinstance(condition, list) and len(condition) == 3 and _is_range(condition):
            bounds = _bounds(condition)
            continue
        for name, matched in _tests(condition, values):
            covered.add(name)
            if not matched:
                raise _denied(f"Policy Condition failed: {_shown(condition)}")
    for name in fields:
        if name not in covered and name not in _FREE and not name.startswith("x-ignore-"):
            raise _denied(f"Extra input fields: {name}")
    return bounds


def _parse(encoded: str) -> dict[str, Any]:
    try:
        document = orjson.loads(base64.b64decode(encoded))
    except ValueError:  # no base64, not even ASCII, or no JSON
        raise _invalid("Invalid Policy: Invalid JSON.") from None
    if not isinstance(document, dict):
        raise _invalid("Invalid Policy: Invalid JSON.")
    return document


def _check_expiration(document: Mapping[str, Any], now: float) -> None:
    stated = document.get("expiration")
    if not isinstance(stated, str):
        raise _invalid("Invalid Policy: Policy missing expiration.")
    try:
        expires = datetime.fromisoformat(stated) if _EXPIRATION.fullmatch(stated) is not None else None
    except ValueError:  # a day that its month does not have
        expires = None
    if expires is None:
        raise _invalid(f"Invalid Policy: Invalid 'expiration' value: '{stated}'")
    if expires.timestamp() < now:
        raise _denied("Policy expired.")


def _is_range(condition: list[Any]) -> bool:
    return str(condition[0]).lower() == "content-length-range"


def _bounds(condition: list[Any]) -> SizeBounds:
    try:
        least, most = _size(condition[1]), _size(condition[2])
    except (TypeError, ValueError, OverflowError):
        raise _invalid("Invalid Policy: Invalid content-length-range.") from None
    if least < 0 or most < least:
        raise _invalid("Invalid Policy: Invalid content-length-range.")
    return SizeBounds(least, most)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return parse_integer(value)
    if isinstance(value, int | float):
        return int(value)
    raise TypeError(value)


def _tests(condition: Any, values: Mapping[str, str]) -> list[tuple[str, bool]]:
    """The fields that a condition is about, and whether each is as it says."""
    if isinstance(condition, dict) and len(condition) == 1:
        return [(name.lower(), values.get(name.lower()) == str(value)) for name, value in condition.items()]
    if not isinstance(condition, list) or len(condition) != 3:
        raise _invalid(
            "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
        )
    operator, field, expected = (str(part) for part in condition)
    name = field.removeprefix("$").lower()
    value = values.get(name)
    match operator.lower():
        case "eq":
            return [(name, value == expected)]
        case "starts-with":
            if name == "content-type" and value is not None:
                return [(name, all(part.strip().startswith(expected) for part in value.split(",")))]
            return [(name, not expected if value is None else value.startswith(expected))]
        case _:
            raise _invalid(f"Invalid Policy: Invalid condition operator: {operator}")


def _shown(condition: Any) -> str:
    """A condition as S3 quotes it, always in the form of a list."""
    if isinstance(condition, dict):
        name, value = next(iter(condition.items()))
        condition = ["eq", f"${name}", value]
    return json.dumps(condition, ensure_ascii=False)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidPolicyDocument", message)


def _denied(message: str) -> AwsError:
    return AwsError("AccessDenied", f"Invalid according to Policy: {message}", 403)
