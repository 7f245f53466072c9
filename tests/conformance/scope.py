"""What `${...}` stands for in a case: made names, the caller, times, and parts of earlier answers."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from tests.conformance.format_error import FormatError
from tests.conformance.values import (
    Base64,
    ByVariant,
    Full,
    Including,
    Json,
    OneOf,
    Partial,
    Pattern,
    Random,
    Repeat,
    Unordered,
)

_REFERENCE = re.compile(r"\$(\$)?\{([^{}]*)\}")
_PART = re.compile(r"\.([^.\[\]]+)|\[(-?\d+)\]|\[\"([^\"]+)\"\]")
_CALLER = re.compile(r"<(account|region|partition)>")
_TIME = re.compile(r"(time|iso|epoch|httpdate)\(([+-]?\d+)?\)")


def _as_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


FILTERS: dict[str, Callable[[Any], Any]] = {
    "urlencode": lambda value: urllib.parse.quote(str(value), safe=""),
    "base64": lambda value: base64.b64encode(_as_bytes(value)).decode(),
    "md5": lambda value: hashlib.md5(_as_bytes(value), usedforsecurity=False).hexdigest(),
    "md5-base64": lambda value: base64.b64encode(
        hashlib.md5(_as_bytes(value), usedforsecurity=False).digest()
    ).decode(),
    "sha256": lambda value: hashlib.sha256(_as_bytes(value)).hexdigest(),
    "json": json.dumps,
    "path": lambda value: urllib.parse.urlsplit(str(value)).path,
    "last": lambda value: re.split(r"[:/]", str(value))[-1],
    "int": int,
    "text": str,
    "lower": lambda value: str(value).lower(),
    "upper": lambda value: str(value).upper(),
    "length": len,
}


@dataclass
class Scope:
    """The names that the steps of one run of one case know."""

    caller: dict[str, str]
    accounts: Callable[[str], str]
    now: Callable[[], float]
    variables: dict[str, Any]
    variant: str
    bound: Callable[[], dict[str, str]]
    unique: str = field(default_factory=lambda: uuid.uuid4().hex[:10])
    answers: dict[str, Any] = field(default_factory=dict)

    def sent(self, value: Any) -> Any:
        """`value` as it is sent: references are resolved, made values are made."""
        match value:
            case Repeat() | Random() | Base64():
                return value.made()
            case Json():
                return Json.made(self.sent(value.value))
            case ByVariant():
                return self.sent(self._of_variant(value))
            case dict():
                return {str(self._text(name)): self.sent(of) for name, of in value.items()}
            case list():
                return [self.sent(of) for of in value]
            case str():
                return self._text(value)
        return value

    def expected(self, value: Any) -> Any:
        """`value` as answers are compared with it: references are resolved, ways to compare stay."""
        match value:
            case Json():
                return Json(self.expected(value.value))
            case ByVariant():
                return self.expected(self._of_variant(value))
            case Unordered() | Including():
                return type(value)(self.expected(value.items))
            case Partial() | Full():
                return type(value)(self.expected(value.members))
            case OneOf():
                return OneOf(self.expected(value.choices))
            case Pattern():
                return Pattern(_REFERENCE.sub(lambda found: re.escape(str(self._value(found[2]))), value.text))
            case dict():
                return {str(self._text(name)): self.expected(of) for name, of in value.items()}
            case list():
                return [self.expected(of) for of in value]
            case str():
                return self._text(_CALLER.sub(lambda found: self.caller[found[1]], value))
        return value

    def _of_variant(self, value: ByVariant) -> Any:
        if self.variant not in value.values:
            raise FormatError(f"!by says nothing of the variant {self.variant!r}")
        return value.values[self.variant]

    def _text(self, text: str) -> Any:
        whole = _REFERENCE.fullmatch(text)
        if whole is not None and not whole[1]:
            return self._value(whole[2])
        return _REFERENCE.sub(lambda found: found[0][1:] if found[1] else str(self._value(found[2])), text)

    def _value(self, reference: str) -> Any:
        name, *filters = (part.strip() for part in reference.split("|"))
        value = self._named(name)
        for wanted in filters:
            if wanted not in FILTERS:
                raise FormatError(f"${{{reference}}}: {wanted} is none of {', '.join(FILTERS)}")
            value = FILTERS[wanted](value)
        return value

    def _named(self, name: str) -> Any:
        if name.startswith("new."):
            return f"{name[4:]}-{self.unique}"
        if name.startswith("account:"):
            return self.accounts(name.partition(":")[2])
        if name in self.caller:
            return self.caller[name]
        if (time := _TIME.fullmatch(name)) is not None:
            return self._time(time[1], int(time[2] or 0))
        if name in self.bound():
            return self.bound()[name]
        first = re.split(r"[.\[]", name, maxsplit=1)[0]
        for known in (self.variables, self.answers):
            if first in known:
                return _member(known[first], name, len(first))
        raise FormatError(f"${{{name}}}: nothing is called so; known are {', '.join([*self.variables, *self.answers])}")

    def _time(self, form: str, seconds: int) -> Any:
        moment = datetime.fromtimestamp(self.now() + seconds, UTC)
        match form:
            case "epoch":
                return int(moment.timestamp())
            case "httpdate":
                return format_datetime(moment, usegmt=True)
            case "iso":
                return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return moment


def _member(value: Any, name: str, position: int) -> Any:
    while position < len(name):
        part = _PART.match(name, position)
        if part is None:
            raise FormatError(f"${{{name}}}: cannot be read from character {position + 1} on")
        key: Any = int(part[2]) if part[2] is not None else part[1] or part[3]
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            raise MissingMemberError(f"${{{name}}}: the answer has no {part[0]}: {value!r:.300}") from None
        position = part.end()
    return value


class MissingMemberError(Exception):
    """An answer lacks what a later step wants of it."""
