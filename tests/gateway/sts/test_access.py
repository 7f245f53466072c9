"""STS's table of permissions."""

from __future__ import annotations

from awskit.wire.model import load_model
from gateway.sts.access import OPERATIONS


def test_every_operation_has_an_entry() -> None:
    assert set(load_model("sts").operations) == OPERATIONS
