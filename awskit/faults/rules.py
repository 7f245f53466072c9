"""A fault rule: which requests it strikes, and with what.

In: a rule as JSON has it. Out: a `Rule`. ValueError where it cannot be used, with a text for whoever wrote it.

    {"service": "dynamodb", "operation": "Put*", "resource": "Orders", "account": "*", "region": "*",
     "probability": 0.5, "times": 3, "error": "ProvisionedThroughputExceededException", "latency": [0.1, 2]}

`error` is a code, whose text and status are AWS's own, or `{"code": ..., "message": ..., "status": ...}`; `throttle` is
the code by which the service throttles. `latency` is in seconds, fixed or drawn between two. `break` ends the
client's connection without an answer, `before` the work or `after` it. `delivery` is for what SNS and S3 send on:
`"duplicate"`, or `{"delay": SECONDS}`; `resource` is the topic's, queue's or subscription's name or ARN then, and there
is no `operation`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from awskit.errors import AwsError
from awskit.nearest import did_you_mean
from awskit.policy.patterns import matches
from awskit.resources.arns import is_account_pattern

Break = Literal["before", "after"]

_PATTERNS = ("service", "operation", "account", "region", "resource")
_MEMBERS = frozenset({*_PATTERNS, "id", "probability", "times", "error", "throttle", "latency", "break", "delivery"})
_ERROR_MEMBERS = ("code", "message", "status")
_LONGEST_LATENCY = 3600.0


@dataclass(frozen=True, slots=True)
class KnownErrors:
    """A service's errors by code, with AWS's own status and text, and the code by which it throttles."""

    throttling: str
    texts: Mapping[str, tuple[int, str]]


NO_ERRORS = KnownErrors("Throttling", {"Throttling": (400, "Rate exceeded")})


@dataclass(frozen=True, slots=True)
class Rule:
    """See the module. `error` is its code, text and status; `latency` the least and the most; `delay` of a delivery."""

    id: str
    source: Mapping[str, Any]
    patterns: tuple[tuple[str, str], ...]
    probability: float
    times: int | None
    error: tuple[str, str, int] | None
    latency: tuple[float, float] | None
    breaks: Break | None
    duplicates: bool
    delay: float | None

    @property
    def is_of_deliveries(self) -> bool:
        return self.duplicates or self.delay is not None

    def fits(self, facts: Mapping[str, str]) -> bool:
        """Whether it is for what `facts` say of a request: operation, account, region, resource."""
        return all(matches(facts[name], pattern, ignore_case=True) for name, pattern in self.patterns)

    def raised(self) -> AwsError | None:
        """Its error, new each time."""
        return None if self.error is None else AwsError(self.error[0], self.error[1], self.error[2])


def is_for(service: str, operations: Iterable[str], given: Mapping[str, Any]) -> bool:
    """Whether a rule is one of the service's, which has these operations.

    ValueError where it names them with something else than a text.
    """
    named, pattern = _text(given, "service", "*"), _text(given, "operation", "*")
    if not matches(service, named, ignore_case=True):
        return False
    return any(matches(name, pattern, ignore_case=True) for name in operations)


def read_rule(given: Mapping[str, Any], known: KnownErrors) -> Rule:
    """The rule of a service with those errors. ValueError."""
    if not isinstance(given, Mapping):
        raise ValueError("a rule is an object")
    for name in given:
        if name not in _MEMBERS:
            has = did_you_mean(name, _MEMBERS) or f"; it has {', '.join(sorted(_MEMBERS))}"
            raise ValueError(f"a rule has no {name!r}{has}")
    patterns = tuple((name, _text(given, name, "*")) for name in _PATTERNS[1:])
    if not is_account_pattern(account := _text(given, "account", "*")):
        raise ValueError(f"an account has 12 digits, or is a pattern of them, which {account!r} is not")
    duplicates, delay = _delivery(given.get("delivery"))
    rule = Rule(
        _text(given, "id", ""),
        dict(given),
        tuple((name, pattern) for name, pattern in patterns if pattern != "*"),
        _number(given, "probability", 1.0, 1.0),
        _times(given.get("times")),
        _error(given, known),
        _latency(given.get("latency")),
        _break(given.get("break")),
        duplicates,
        delay,
    )
    does = rule.error is not None or rule.latency is not None or rule.breaks is not None
    if does == rule.is_of_deliveries:
        raise ValueError("a rule has error, throttle, latency or break, or else delivery")
    return rule


def _text(given: Mapping[str, Any], name: str, default: str) -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"{name} is a text, not {value!r}")
    return value


def _number(given: Mapping[str, Any], name: str, default: float, most: float) -> float:
    return _bounded(given.get(name, default), name, most)


def _bounded(value: Any, name: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most or math.isnan(value):
        raise ValueError(f"{name} is a number from 0 to {most:g}, not {value!r}")
    return float(value)


def _times(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"times is a whole number above 0, not {value!r}")
    return value


def _latency(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    if isinstance(value, list):
        if len(value) != 2:
            raise ValueError(f"latency is a number of seconds, or the least and the most, not {value!r}")
        least, most = (_bounded(bound, "latency", _LONGEST_LATENCY) for bound in value)
        if least > most:
            raise ValueError(f"latency has the least before the most, not {value!r}")
        return least, most
    seconds = _bounded(value, "latency", _LONGEST_LATENCY)
    return seconds, seconds


def _break(value: Any) -> Break | None:
    if value is None:
        return None
    if value == "before":
        return "before"
    if value == "after":
        return "after"
    raise ValueError(f"break is before or after, not {value!r}")


def _delivery(value: Any) -> tuple[bool, float | None]:
    if value is None:
        return False, None
    if value == "duplicate":
        return True, None
    if isinstance(value, Mapping) and set(value) == {"delay"}:
        return False, _bounded(value["delay"], "delay", 86_400.0)
    raise ValueError(f'delivery is "duplicate" or {{"delay": SECONDS}}, not {value!r}')


def _error(given: Mapping[str, Any], known: KnownErrors) -> tuple[str, str, int] | None:
    error, throttles = given.get("error"), given.get("throttle", False)
    if not isinstance(throttles, bool):
        raise ValueError(f"throttle is true or false, not {throttles!r}")
    if throttles:
        if error is not None:
            raise ValueError("a rule has error or throttle, not both")
        error = known.throttling
    if error is None:
        return None
    if isinstance(error, str):
        error = {"code": error}
    if not isinstance(error, Mapping) or not isinstance(error.get("code"), str) or not error["code"]:
        raise ValueError(f"error is a code, or an object with one, not {error!r}")
    for name in error:
        if name not in _ERROR_MEMBERS:
            raise ValueError(f"an error has no {name!r}; it has {', '.join(_ERROR_MEMBERS)}")
    code = error["code"]
    found = known.texts.get(code)
    if found is None and "message" not in error:
        meant = did_you_mean(code, known.texts)
        raise ValueError(f"AWS's text for {code} is not known here{meant or ':'} give code, message and status")
    status, text = found or (400, "")
    status = error.get("status", status)
    if isinstance(status, bool) or not isinstance(status, int) or not 300 <= status <= 599:
        raise ValueError(f"status is a number from 300 to 599, not {status!r}")
    return code, _text(error, "message", text), status
