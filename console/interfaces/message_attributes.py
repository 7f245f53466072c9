"""Message attributes of SQS and SNS from a form: `attribute-name-1`, `attribute-type-1`, `attribute-value-1`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

TYPES = ("String", "Number", "Binary")
_NAME = re.compile(r"attribute-name-(\d{1,3})", re.ASCII)


def message_attributes(form: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """In the form of the JSON protocol: binary values are base64 as they were given. Rows without a name are none."""
    found: dict[str, dict[str, str]] = {}
    for field, value in form.items():
        match = _NAME.fullmatch(field)
        name = str(value).strip()
        if match is None or not name:
            continue
        kind = str(form.get(f"attribute-type-{match[1]}", "")).strip() or "String"
        member = "BinaryValue" if kind.startswith("Binary") else "StringValue"
        found[name] = {"DataType": kind, member: str(form.get(f"attribute-value-{match[1]}", ""))}
    return found
