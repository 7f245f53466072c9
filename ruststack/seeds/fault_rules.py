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


def changes(document: SeedDocument, control: ControlClient) -> Iterator[Change]:
    """What is to be done until the document's rules are in force; `account` and `region` are the document's."""
    said = document.content.get("faults", ())
    if not said:
        return
    there = {rule["id"] for rule in control.ask("GET", _PATH)["faults"]}
    for number, given in enumerate(said):
        named = {name: str(document.content[name]) for name in ("account", "region") if name in document.content}
        rule = {**named, **given}
        digest = hashlib.sha256(json.dumps(rule, sort_keys=True, default=str).encode()).hexdigest()
        rule_id = str(rule.get("id", f"seed-{digest[:8]}"))
        if rule_id not in there:
            make = partial(_add, document, control, number, {**rule, "id": rule_id})
            yield Change(f"fault {rule_id}", "add", make)


def _add(document: SeedDocument, control: ControlClient, number: int, rule: Mapping[str, Any]) -> None:
    try:
        control.ask("POST", _PATH, body=json.dumps(rule).encode(), accepted=(201,))
    except Refused as refusal:
        raise document.mistake(("faults", number), f"cannot be used: {refusal}") from refusal
