"""A directory bucket, and a client that speaks to it as SDKs do: by sessions that it creates."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes import Running

ZONE = "use1-az4"
CONFIGURATION = {
    "Location": {"Type": "AvailabilityZone", "Name": ZONE},
    "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
}


def new_name() -> str:
    return f"test-{uuid.uuid4().hex[:20]}--{ZONE}--x-s3"


@pytest.fixture
def express(s3_service: Running) -> Iterator[Any]:
    """A client with an account of its own, so that it lists nothing else."""
    client = s3_service.client("s3", account_id=str(uuid.uuid4().int)[:12])
    yield client
    client.close()


@pytest.fixture
def directory(express: Any) -> str:
    """An empty directory bucket of this test's own."""
    name = new_name()
    express.create_bucket(Bucket=name, CreateBucketConfiguration=CONFIGURATION)
    return name
