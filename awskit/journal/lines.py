"""A request of the journal in one line, for a log or a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def line(entry: Mapping[str, Any]) -> str:
    """`PutItem Orders -> 400 ValidationException: ... in 1.3 ms (000000000000 us-east-1, AKIA..., REQUEST-ID)`"""
    said = f"{entry['operation'] or 'unknown operation'} {entry['resource'] or ''}".rstrip()
    error = entry["error"]
    outcome = f"{entry['status']}" + (f" {error['code']}: {error['message']}" if error and error["code"] else "")
    policy = f"; {entry['policy']}" if entry["policy"] else ""
    key = entry["access_key"] or "anonymous"
    who = f"{entry['account']} {entry['region']}" + (f", {key}" if key != entry["account"] else "")
    return printable(f"{said} -> {outcome} in {entry['duration_ms']:.1f} ms ({who}, {entry['id']}{policy})")


def printable(text: str) -> str:
    """`text` in a line of its own, whatever clients have put into it."""
    return (
        text
        if text.isprintable()
        else "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text)
    )
