"""A service whose clock the tests of inventory reports move, and buckets of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.processes import Running, running_service
from tests.services.s3.inventory.reports import DAY


@dataclass(frozen=True)
class Place:
    """A service, a client of it, and two empty buckets of the test's own."""

    service: Running
    s3: Any
    source: str
    target: str


@pytest.fixture(scope="session")
def moved_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_service("s3", tmp_path_factory.mktemp("inventory")) as running:
        # to noon: no midnight passes by itself
        running.advance_clock(1.5 * DAY - running.get("/_ruststack/clock")["now"] % DAY)
        yield running


@pytest.fixture
def place(moved_service: Running, unique_name: str) -> Iterator[Place]:
    s3 = moved_service.client("s3")
    source, target = f"{unique_name}-source", f"{unique_name}-target"
    for name in (source, target):
        s3.create_bucket(Bucket=name)
    yield Place(moved_service, s3, source, target)
    for entry in s3.list_bucket_inventory_configurations(Bucket=source).get("InventoryConfigurationList", ()):
        s3.delete_bucket_inventory_configuration(Bucket=source, Id=entry["Id"])
    s3.close()
