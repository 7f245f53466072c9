"""What lifecycle rules ask to be done with a key's versions at a moment. Pure.

In: the bucket's enabled rules, the key's versions (newest first), whether the bucket keeps versions, the time. Out:
`Action`s, at most one for each version.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from services.s3.buckets.rule_filters import filter_of
from services.s3.lifecycle.expiration import DAY, Rule, expires_at, matches, next_midnight, noncurrent_expires_at
from services.s3.store.objects import ObjectVersion

_SMALLEST_TRANSITION = 128 * 1024


@dataclass(frozen=True, slots=True)
class Action:
    """`expire` hides or deletes a current object, `delete` removes a version for good."""

    kind: Literal["expire", "delete", "transition"]
    version: ObjectVersion
    storage_class: str = ""


def due_actions(rules: Sequence[Rule], versions: Sequence[ObjectVersion], now: float) -> Iterator[Action]:
    """See the module."""
    if not versions:
        return
    current = versions[0]
    if current.is_delete_marker:
        if len(versions) == 1 and any(_ends_marker(rule, current, now) for rule in rules):
            yield Action("delete", current)
    elif any(_is_expired(rule, current, now) for rule in rules):
        yield Action("expire", current)
    else:
        yield from _transition(rules, current, current.last_modified, now, noncurrent=False)
    for newer, (successor, version) in enumerate(pairwise(versions)):
        if any(_noncurrent_expired(rule, version, successor.last_modified, newer, now) for rule in rules):
            yield Action("delete", version)
        elif not version.is_delete_marker:
            yield from _transition(rules, version, successor.last_modified, now, noncurrent=True)


def _is_expired(rule: Rule, version: ObjectVersion, now: float) -> bool:
    moment = expires_at(rule, version)
    return moment is not None and moment <= now


def _ends_marker(rule: Rule, marker: ObjectVersion, now: float) -> bool:
    """A delete marker with nothing under it goes: where a rule says so, or where the rule's own time is over."""
    if not marker.key.startswith(filter_of(rule).get("Prefix", "").encode()) or filter_of(rule).get("Tags"):
        return False
    action = rule.get("Expiration") or {}
    if action.get("ExpiredObjectDeleteMarker"):
        return True
    return "Days" in action and next_midnight(marker.last_modified + action["Days"] * DAY) <= now


def _noncurrent_expired(rule: Rule, version: ObjectVersion, since: float, newer: int, now: float) -> bool:
    moment = noncurrent_expires_at(rule, version, since, newer)
    return moment is not None and moment <= now


def _transition(
    rules: Sequence[Rule], version: ObjectVersion, since: float, now: float, *, noncurrent: bool
) -> Iterator[Action]:
    due: tuple[float, str] | None = None
    member = "NoncurrentVersionTransitions" if noncurrent else "Transitions"
    for rule in rules:
        if not matches(rule, version) or _too_small(rule, version):
            continue
        for transition in rule.get(member) or ():
            moment = _moment(transition, since, "NoncurrentDays" if noncurrent else "Days")
            if moment <= now and (due is None or moment > due[0]):
                due = (moment, transition["StorageClass"])
    if due is not None and due[1] != version.storage_class:
        yield Action("transition", version, due[1])


def _moment(transition: Mapping[str, Any], since: float, days: str) -> float:
    if "Date" in transition:
        return float(transition["Date"])
    return next_midnight(since + transition.get(days, 0) * DAY)


def _too_small(rule: Rule, version: ObjectVersion) -> bool:
    """Objects under 128 KB stay where they are, unless the rule speaks of sizes."""
    conditions = filter_of(rule)
    if "ObjectSizeGreaterThan" in conditions or "ObjectSizeLessThan" in conditions:
        return False
    return version.size < _SMALLEST_TRANSITION
