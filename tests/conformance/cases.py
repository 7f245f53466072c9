"""The case files read and checked: a file becomes its cases, and a case with variants several of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from tests.conformance.format_error import FormatError
from tests.conformance.values import CaseLoader

CASES = Path(__file__).parent / "cases"
SERVICES = ("s3", "dynamodb", "sqs", "sns")
_ID = re.compile(r"[a-z0-9][a-z0-9.-]*")
_DATE = re.compile(r"unknown|\d{4}(-\d\d(-\d\d)?)?")
_OPERATION = re.compile(r"[a-z0-9-]+\.[A-Z][A-Za-z0-9]+")
_FILE_KEYS = {"source", "answered", "settings", "config", "protocols", "cases"}
_CASE_KEYS = {
    *("id", "title", "source", "answered", "steps", "settings", "config", "clients", "variants", "protocols"),
    *("outstanding", "deviates", "not_on_aws"),
}
_EXPECTED = {"status", "headers", "absent"}
_COMMON = {"as", "by", "each", "within"}
_ACTIONS = {
    "call": {"params", "config", "validate", "answer", "contains", "error"} | _EXPECTED | _COMMON,
    "http": {"send", "body", "json", "xml"} | _EXPECTED | _COMMON,
    "presign": {"params", "config", "expires", "method", "as", "by", "headers"},
    "presign_post": {"params", "config", "as", "by"},
    "advance": {"because"},
}
_SEND_KEYS = {"headers", "body", "form", "sign", "host", "service"}
_CLIENT_KEYS = {"account", "region", "config", "protocol", "anonymous"}
_RESERVED = {"new", "account", "region", "partition", "endpoint", "host", "each", "time", "iso", "epoch", "httpdate"}


@dataclass(frozen=True)
class Step:
    """One thing to do: `action` is `call`, `http`, `presign`, `presign_post` or `advance`, `of` its value."""

    number: int
    action: str
    of: Any
    given: dict[str, Any]

    @property
    def name(self) -> str:
        """What later steps call its answer."""
        return str(self.given.get("as") or f"step-{self.number}")


@dataclass(frozen=True)
class Case:
    """A sequence of steps, each with what AWS answers to it."""

    id: str
    title: str
    service: str
    file: Path
    source: str
    answered: str
    steps: list[Step]
    settings: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    clients: dict[str, dict[str, Any]] = field(default_factory=dict)
    variant: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    protocol: str = ""
    outstanding: str = ""
    deviates: str = ""
    not_on_aws: str = ""

    @property
    def moves_clock(self) -> bool:
        return any(step.action == "advance" for step in self.steps)

    @property
    def full_id(self) -> str:
        return f"{self.id}[{self.variant}]" if self.variant else self.id


def all_cases(service: str | None = None) -> list[Case]:
    """The cases of every file, or of one service's files. FormatError where one is wrong, or an id is there twice."""
    cases: list[Case] = []
    for path in sorted(CASES.glob(f"{service or '*'}/*.yaml")):
        if not path.name.endswith(".recorded.yaml"):
            cases += read(path)
    seen: dict[str, Path] = {}
    for case in cases:
        if case.full_id in seen:
            raise FormatError(f"{_shown(case.file)}: {case.full_id}: the id is also in {_shown(seen[case.full_id])}")
        seen[case.full_id] = case.file
    return cases


def read(path: Path) -> list[Case]:
    """The cases of one file. FormatError, with file and case, where its shape is wrong."""
    try:
        whole = yaml.load(path.read_text(encoding="utf-8"), Loader=CaseLoader)
    except (yaml.YAMLError, FormatError) as error:
        raise FormatError(f"{_shown(path)}: {error}") from None
    _check(path, "", isinstance(whole, dict) and isinstance(whole.get("cases"), list), "needs `cases`, a list")
    _known(path, "", whole, _FILE_KEYS)
    service = path.parent.name
    _check(path, "", service in SERVICES, f"lies in a folder that is none of {', '.join(SERVICES)}")
    return [case for given in whole["cases"] for case in _variants(path, service, whole, given)]


def _variants(path: Path, service: str, whole: dict[str, Any], given: Any) -> Iterator[Case]:
    case = _case(path, service, whole, given)
    variants = given.get("variants")
    protocols = given.get("protocols", whole.get("protocols"))
    if variants is not None and "protocols" in given:
        raise FormatError(f"{_shown(path)}: {case.id}: has `variants` or `protocols`, not both")
    if variants is not None:
        _check(path, case.id, isinstance(variants, dict), "`variants` takes a name and variables each")
        for name, variables in variants.items():
            _check(path, case.id, variables is None or isinstance(variables, dict), f"variant {name} takes variables")
            yield replace(case, variant=name, variables=variables or {}, **_marks(given, name))
    elif protocols is not None:
        wrong = [name for name in protocols if name not in ("json", "query")]
        _check(path, case.id, not wrong, f"`protocols` are json and query, not {wrong}")
        for name in protocols:
            yield replace(case, variant=name, protocol=name, **_marks(given, name))
    else:
        yield replace(case, **_marks(given, ""))


def _marks(given: dict[str, Any], variant: str) -> dict[str, str]:
    """`outstanding` and `deviates`: a text, or a text by variant."""
    found = {}
    for mark in ("outstanding", "deviates"):
        value = given.get(mark, "")
        found[mark] = str(value.get(variant, "")) if isinstance(value, dict) else str(value)
    return found


def _case(path: Path, service: str, whole: dict[str, Any], given: Any) -> Case:
    _check(
        path, "", isinstance(given, dict) and isinstance(given.get("id"), str), f"a case needs an `id`: {given!r:.80}"
    )
    case_id = given["id"]
    _known(path, case_id, given, _CASE_KEYS)
    _check(path, case_id, _ID.fullmatch(case_id) is not None, "an id is made of a-z, 0-9, - and .")
    both = {**{key: whole[key] for key in ("source", "answered") if key in whole}, **given}
    for key in ("title", "source", "answered"):
        _check(path, case_id, isinstance(both.get(key), (str, int)), f"needs `{key}`, a text")
    answered = str(both["answered"])
    _check(path, case_id, _DATE.fullmatch(answered) is not None, "`answered` is a date (YYYY-MM-DD) or unknown")
    steps = both.get("steps")
    _check(path, case_id, isinstance(steps, list) and bool(steps), "needs `steps`, a list")
    clients = both.get("clients", {})
    for name, client in clients.items():
        _check(path, case_id, isinstance(client, dict), f"client {name} takes members")
        _known(path, f"{case_id}: client {name}", client, _CLIENT_KEYS)
    read_steps = [_step(path, case_id, number, step, clients) for number, step in enumerate(steps, 1)]
    settings = {**whole.get("settings", {}), **both.get("settings", {})}
    return Case(
        id=case_id,
        title=str(both["title"]),
        service=service,
        file=path,
        source=str(both["source"]),
        answered=answered,
        steps=read_steps,
        settings={name: str(value) for name, value in settings.items()},
        config={**whole.get("config", {}), **both.get("config", {})},
        clients=clients,
        not_on_aws=str(both.get("not_on_aws", "")),
    )


def _step(path: Path, case_id: str, number: int, given: Any, clients: dict[str, Any]) -> Step:
    where = f"{case_id}: step {number}"
    actions = [key for key in _ACTIONS if isinstance(given, dict) and key in given]
    _check(path, where, len(actions) == 1, f"needs one of {', '.join(_ACTIONS)}")
    action = actions[0]
    name = given.get("as")
    where = f"{where} ({name or given[action]})"
    _known(path, where, given, {action, *_ACTIONS[action]})
    _check(path, where, name not in _RESERVED, f"`as: {name}` is a name with a meaning of its own")
    by = given.get("by")
    _check(path, where, by is None or by in clients, f"`by: {by}` is none of the case's `clients`")
    text = str(given[action])
    if action == "presign" and " " in text:
        _check(path, where, re.match(r"[A-Z]+ /", text) is not None, "`presign` takes METHOD and path, or an operation")
    elif action == "call" or action.startswith("presign"):
        _check(path, where, _OPERATION.fullmatch(text) is not None, "the operation is written service.Operation")
        _check(path, where, isinstance(given.get("params", {}), (dict, str)), "`params` takes members")
    if action == "http":
        _check(path, where, re.match(r"[A-Z]+ \S", str(given[action])) is not None, "`http` takes METHOD and target")
        _known(path, where, given.get("send", {}), _SEND_KEYS)
    if action == "advance":
        _check(path, where, isinstance(given[action], (int, float)), "`advance` takes seconds")
    return Step(number, action, given[action], {key: value for key, value in given.items() if key != action})


def _known(path: Path, where: str, given: Any, keys: set[str]) -> None:
    _check(path, where, isinstance(given, dict), "takes members")
    unknown = sorted(set(given) - keys)
    _check(path, where, not unknown, f"unknown: {', '.join(unknown)} (known are {', '.join(sorted(keys))})")


def _check(path: Path, where: str, is_right: bool, otherwise: str) -> None:
    if not is_right:
        raise FormatError(": ".join(filter(None, (_shown(path), where, otherwise))))


def _shown(path: Path) -> str:
    return str(path.relative_to(CASES)) if path.is_relative_to(CASES) else str(path)
