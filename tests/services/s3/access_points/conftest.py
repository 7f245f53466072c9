"""S3 Control, and S3 at host names that no resolver knows: the service is its own proxy."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config

from tests.processes import ACCOUNT_ID, Running


def at_hosts(service: Running, name: str, **given: Any) -> Any:
    """A client that puts accounts, buckets and access points before the host's name."""
    hosts = Config(proxies={"http": service.url}, s3={"addressing_style": "virtual"})
    endpoint = f"http://localhost.localstack.cloud:{service.port}"
    return service.client(name, endpoint_url=endpoint, config=hosts, **given)


@pytest.fixture
def control(s3_service: Running) -> Any:
    return at_hosts(s3_service, "s3control", account_id=ACCOUNT_ID)


@pytest.fixture
def hosts(s3_service: Running) -> Any:
    return at_hosts(s3_service, "s3", account_id=ACCOUNT_ID)


@pytest.fixture
def point(control: Any, bucket: str) -> dict[str, Any]:
    """An access point of the bucket `bucket`, as it was created, with its `Name`."""
    name = f"point-{bucket[-12:]}"
    made: dict[str, Any] = control.create_access_point(AccountId=ACCOUNT_ID, Name=name, Bucket=bucket)
    return {**made, "Name": name}
