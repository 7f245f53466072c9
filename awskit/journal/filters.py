"""Which requests of a journal are wanted: conditions by name, all of which have to hold.

In: parameters as a query has them. Out: a predicate over entries. ValueError where a name or a value cannot be used;
the text is for the person who gave it. Names: `service`, `operation`, `account`, `access_key`, `region`, `resource`,
`error` (its code), `id`, `trace` are compared whole or, with `*` and `?`, as a pattern, in any case of letters;
`user_agent`, `parameters`, `message` (an error's text), `policy` by what they contain; `status` is a number, a class
(`4xx`) or `error` (400 and more); `since` is in epoch seconds, `slower_than` in milliseconds, `larger_than` in bytes of
the request or of the answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from awskit.nearest import did_you_mean
from awskit.policy.patterns import matches
from awskit.resources.arns import is_account_pattern

Predicate = Callable[[Mapping[str, Any]], bool]

_WHOLE = ("service", "operation", "account", "access_key", "region", "resource", "id", "trace")
_CONTAINED = ("user_agent", "parameters", "policy")
NAMES = (*_WHOLE, "error", *_CONTAINED, "message", "status", "since", "slower_than", "larger_than")

_STATUS = re.compile(r"\d{3}|[1-5]xx|error", re.IGNORECASE)


def predicate(parameters: Mapping[str, str]) -> Predicate:
    """Whether an entry fulfils all the conditions. Raises ValueError."""
    conditions = [_condition(name, value) for name, value in parameters.items()]
    return lambda entry: all(condition(entry) for condition in conditions)


def _condition(name: str, value: str) -> Predicate:
    if name == "service":  # that of the streams and of S3's control plane are answered by the same
        value = {"dynamodbstreams": "dynamodb", "s3control": "s3"}.get(value, value)
    if name == "account" and not is_account_pattern(value):
        raise ValueError(f"an account has 12 digits, or is a pattern of them, which {value[:100]!r} is not")
    if name in _WHOLE:
        return _matches(value, lambda entry: entry[name])
    if name == "error":
        return _matches(value, lambda entry: entry["error"] and entry["error"]["code"])
    if name in _CONTAINED:
        return _contains(value, lambda entry: entry[name])
    if name == "message":
        return _contains(value, lambda entry: entry["error"] and entry["error"]["message"])
    if name == "status":
        return _has_status(value)
    return _at_least(name, value)


def _matches(pattern: str, read: Callable[[Mapping[str, Any]], str | None]) -> Predicate:
    return lambda entry: matches(read(entry) or "", pattern, ignore_case=True)


def _contains(part: str, read: Callable[[Mapping[str, Any]], str | None]) -> Predicate:
    part = part.lower()
    return lambda entry: part in (read(entry) or "").lower()


def _has_status(text: str) -> Predicate:
    if not _STATUS.fullmatch(text):
        raise ValueError(f"status is a number, a class such as 4xx, or error, not {text!r}")
    if text.lower() == "error":
        return lambda entry: entry["status"] >= 400
    if text.isdecimal():
        return lambda entry: entry["status"] == int(text)
    return lambda entry: entry["status"] // 100 == int(text[0])


def _at_least(name: str, text: str) -> Predicate:
    if name not in ("since", "slower_than", "larger_than"):
        there = did_you_mean(name, NAMES) or f"; there are {', '.join(NAMES)}"
        raise ValueError(f"there is no filter {name!r}{there}")
    try:
        least = float(text)
        if math.isnan(least):
            raise ValueError
    except ValueError:
        raise ValueError(f"{name} is a number, not {text!r}") from None
    if name == "since":
        return lambda entry: entry["time"] >= least
    if name == "slower_than":
        return lambda entry: entry["duration_ms"] >= least
    return lambda entry: max(entry["received"], entry["sent"]) >= least
