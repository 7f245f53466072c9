"""Why a filter policy did not let a message through, for a person: the first of its clauses that does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from services.sns.filter_policy.compiled_policy import (
    MESSAGE_BODY,
    attribute_values,
    body_values,
    compile_filter_policy,
)
from services.sns.filter_policy.policy_document import FilterPolicyError


def refusing_clause(source: str, scope: str, attributes: Mapping[str, Any], body: str) -> str:
    """`"store": ["a"] of the filter policy does not hold`, with what the message has under that name."""
    values = body_values(body) if scope == MESSAGE_BODY else attribute_values(attributes)
    if not values:
        return "the body is no JSON object" if scope == MESSAGE_BODY else "the message has no attributes"
    for name, clause in orjson.loads(source).items():
        text = orjson.dumps({name: clause}).decode()
        try:
            holds = compile_filter_policy(text, scope).accepts(values)
        except FilterPolicyError:
            continue
        if not holds:
            found = orjson.dumps(values[name]).decode() if name in values else "nothing"
            return f"{text[1:-1]} does not hold: the message has {found}"
    return "the filter policy does not hold"
