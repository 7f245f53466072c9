"""What of a key is due by which rules."""

from __future__ import annotations

from typing import Any

import pytest

from services.s3.lifecycle.due_actions import due_actions
from services.s3.lifecycle.expiration import DAY
from services.s3.store.objects import ObjectVersion

NOW = 1_700_000_000.0


def version(age: float, *, size: int = 1, marker: bool = False, key: str = "a/key", tags: Any = None) -> ObjectVersion:
    modified = NOW - age * DAY
    return ObjectVersion(
        1,
        key.encode(),
        -int(modified),
        "v",
        True,
        marker,
        modified,
        size,
        "",
        "STANDARD",
        "o",
        None,
        {},
        tags,
        None,
        None,
        None,
    )


def rule(**actions: Any) -> dict[str, Any]:
    return {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "a/"}, **actions}


@pytest.mark.parametrize(
    ("given", "versions", "expected"),
    [
        (rule(Expiration={"Days": 3}), [version(5)], ["expire"]),
        (rule(Expiration={"Days": 3}), [version(2)], []),
        (rule(Expiration={"Days": 3}), [version(5, key="b/key")], []),
        (rule(Expiration={"Date": NOW - 10}), [version(0)], ["expire"]),
        (rule(Expiration={"ExpiredObjectDeleteMarker": True}), [version(0, marker=True)], ["delete"]),
        (rule(Expiration={"ExpiredObjectDeleteMarker": True}), [version(0, marker=True), version(5)], []),
        (
            rule(NoncurrentVersionExpiration={"NoncurrentDays": 3}),
            [version(5), version(9), version(10)],
            ["delete"] * 2,
        ),
        (rule(NoncurrentVersionExpiration={"NoncurrentDays": 3}), [version(1), version(9)], []),
        (
            rule(NoncurrentVersionExpiration={"NoncurrentDays": 3, "NewerNoncurrentVersions": 1}),
            [version(5), version(9), version(10)],
            ["delete"],
        ),
        (rule(Transitions=[{"Days": 1, "StorageClass": "GLACIER"}]), [version(5, size=10**6)], ["transition"]),
        (rule(Transitions=[{"Days": 1, "StorageClass": "GLACIER"}]), [version(5)], []),
        (
            {**rule(Expiration={"Days": 1}), "Filter": {"Tag": {"Key": "t", "Value": "1"}}},
            [version(5, tags=[["t", "1"]])],
            ["expire"],
        ),
        ({**rule(Expiration={"Days": 1}), "Filter": {"Tag": {"Key": "t", "Value": "1"}}}, [version(5)], []),
    ],
)
def test_due_actions(given: dict[str, Any], versions: list[ObjectVersion], expected: list[str]) -> None:
    assert [action.kind for action in due_actions([given], versions, NOW)] == expected
