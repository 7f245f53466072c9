"""Fault rules: added to those that there are; a rule is known again by what it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ruststack.control_client import ControlClient
from ruststack.refusal import Refused
from ruststack.seeds.changes import Change
from ruststack.seeds.reading import SeedDocument

_PATH = "/_ruststack/faults"


def check(document: SeedDocument, control: ControlClient) -> None:
    """Raises `SeedError` where the fleet cannot use one of the document's rules."""
    for number, rule in enumerate(_rules(document)):
        _post(document, control, number, rule, dry_run=True)


def changes(document: SeedDocument, control: ControlClient) -> Iterator[Change]:
    """What is to be done until the document's rules are in force."""
    rules = _rules(document)
    if not rules:
        return
    there = {rule["id"] for rule in control.ask("GET", _PATH)["faults"]}
    for number, rule in enumerate(rules):
        if rule["id"] not in there:
            make = partial(_post, document, control, number, rule, dry_run=False)
            yield Change(f"fault {rule['id']}", "add", make)


def _rules(document: SeedDocument) -> list[Mapping[str, Any]]:
    """As the fleet takes them; `account` and `region` are the document's, where a rule says nothing else."""
    rules: list[Mapping[str, Any]] = []
    for given in document.content.get("faults", ()):
        rule = {name: document.content[name] for name in ("account", "region") if name in document.content} | given
        if "account" in rule:
            rule["account"] = str(rule["account"])
        digest = hashlib.sha256(json.dumps(rule, sort_keys=True, default=str).encode()).hexdigest()
        rules.append({**rule, "id": str(rule.get("id", f"seed-{digest[:8]}"))})
    return rules


def _post(
    document: SeedDocument, control: ControlClient, number: int, rule: Mapping[str, Any], *, dry_run: bool
) -> None:
    asked = {"dry_run": "1" if dry_run else None}
    try:
        control.ask("POST", _PATH, asked, body=json.dumps(rule).encode(), accepted=(200, 201))
    except Refused as refusal:
        raise document.mistake(("faults", number), f"cannot be used: {refusal}") from refusal
