"""When reports are due. 2026-12-01 is a Tuesday."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.s3.inventory.schedule import due_at
from services.s3.store.inventory_marks import Mark


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("frequency", "since", "delivered", "due"),
    [
        ("Daily", "2026-12-01T10:00", False, "2026-12-02"),
        ("Daily", "2026-12-01T00:00", True, "2026-12-02"),
        ("Daily", "2026-12-01T23:59:59", True, "2026-12-02"),
        ("Weekly", "2026-12-01T10:00", False, "2026-12-02"),
        ("Weekly", "2026-12-01T10:00", True, "2026-12-06"),
        ("Weekly", "2026-12-05T23:00", True, "2026-12-06"),
        ("Weekly", "2026-12-06T00:00", True, "2026-12-13"),
        ("Weekly", "2026-12-06T12:00", True, "2026-12-13"),
    ],
)
def test_due_at(frequency: str, since: str, delivered: bool, due: str) -> None:
    assert due_at(frequency, Mark(moment(since), delivered)) == moment(due)
