"""What was answered, written beside the case file in the form of its expectations, with placeholders put in."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import yaml

from tests.conformance.matching import KINDS
from tests.conformance.running import Outcome

_UUID = re.compile(rf"\b{KINDS['uuid']}\b")
_TIMES = re.compile(rf"\b{KINDS['datetime']}")
_LONGEST_TEXT = 10_000
_OPAQUE = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])(?![0-9a-f]+$)[A-Za-z0-9+/=_.-]{32,}")


def write(outcomes: list[Outcome]) -> list[Path]:
    """A `<kind>.recorded.yaml` for each case file: date, and for each case its steps' answers."""
    by_file: dict[Path, dict[str, Any]] = {}
    for outcome in outcomes:
        if outcome.answers:
            entry = by_file.setdefault(outcome.case.file, {})
            entry[outcome.case.full_id] = _recorded(outcome)
    written = []
    for file, cases in by_file.items():
        path = file.with_suffix(".recorded.yaml")
        content = {"answered": time.strftime("%Y-%m-%d", time.gmtime()), "cases": cases}
        path.write_text(yaml.safe_dump(content, sort_keys=False, width=120, allow_unicode=True), encoding="utf-8")
        written.append(path)
    return written


def _recorded(outcome: Outcome) -> dict[str, Any]:
    placeholders = _Placeholders(outcome)
    return {name: placeholders.put_into(_shown(answer)) for name, answer in outcome.answers.items()}


def _shown(answer: Any) -> Any:
    """A boto3 answer as a step writes it: members, or error and the rest, with the status; others as they are."""
    if not isinstance(answer, dict) or "ResponseMetadata" not in answer:
        return answer
    members = {name: value for name, value in answer.items() if name not in ("ResponseMetadata", "Error")}
    shown: dict[str, Any] = {"status": answer["ResponseMetadata"].get("HTTPStatusCode")}
    if "Error" in answer:
        shown["error"] = answer["Error"]
    if members or "Error" not in answer:
        shown["answer"] = members
    return shown


class _Placeholders:
    """The case's own names as `${...}`, ids and times as `<kind:number>`, the same value always the same."""

    def __init__(self, outcome: Outcome) -> None:
        assert outcome.scope is not None
        scope = outcome.scope
        self._unique = scope.unique
        self._caller = [(scope.caller[name], f"${{{name}}}") for name in ("endpoint", "host", "account", "region")]
        self._seen: dict[tuple[str, str], int] = {}

    def put_into(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.put_into(of) for name, of in value.items()}
        if isinstance(value, list):
            return [self.put_into(of) for of in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        if len(text) > _LONGEST_TEXT:
            return f"{len(text)} characters, from {text[:20]!r} to {text[-20:]!r}"
        for known, name in self._caller:
            text = text.replace(known, name) if known else text
        text = re.sub(rf"([A-Za-z0-9._-]+)-{self._unique}", r"${new.\1}", text)
        text = _UUID.sub(lambda found: self._numbered("uuid", found[0]), text)
        text = _TIMES.sub("<datetime>", text)
        if _OPAQUE.fullmatch(text):
            return self._numbered("token", text)
        return text

    def _numbered(self, kind: str, value: str) -> str:
        same_kind = sum(1 for held, _ in self._seen if held == kind)
        return f"<{kind}:{self._seen.setdefault((kind, value), same_kind + 1)}>"
