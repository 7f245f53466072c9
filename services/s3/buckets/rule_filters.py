"""The filters of lifecycle's and replication's rules: which objects a rule means. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def filter_of(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The filter's conditions, wherever the rule states them: `Prefix`, `Tags`, and sizes."""
    stated = rule.get("Filter")
    if stated is None:
        return {"Prefix": rule.get("Prefix", "")}
    joined = dict(stated.get("And") or stated)
    if "Tag" in joined:
        joined["Tags"] = [joined.pop("Tag")]
    return joined


def matches_filter(conditions: Mapping[str, Any], key: bytes, size: int, tags: Sequence[Sequence[str]] | None) -> bool:
    """Whether an object is one that the conditions (of `filter_of`) mean. `size` in bytes."""
    if not key.startswith(conditions.get("Prefix", "").encode()):
        return False
    if "ObjectSizeGreaterThan" in conditions and size <= conditions["ObjectSizeGreaterThan"]:
        return False
    if "ObjectSizeLessThan" in conditions and size >= conditions["ObjectSizeLessThan"]:
        return False
    wanted = conditions.get("Tags") or ()
    held = {(key, value) for key, value in tags or ()}
    return all((tag.get("Key"), tag.get("Value", "")) in held for tag in wanted)
