"""An S3 service to read from and write to, and a DynamoDB service that knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from tests.processes import Running
from tests.services.dynamodb.conftest import DynamoDb

ELSEWHERE = "eu-central-1"


@pytest.fixture
def s3(running_service: Callable[[str], Running]) -> Iterator[Any]:
    client = running_service("s3").client("s3")
    yield client
    client.close()


@pytest.fixture
def s3_elsewhere(running_service: Callable[[str], Running]) -> Iterator[Any]:
    """A client of another region than the tables'."""
    session = boto3.session.Session("test", "test", region_name=ELSEWHERE)
    client = session.client("s3", endpoint_url=running_service("s3").url)
    yield client
    client.close()


@pytest.fixture
def bucket(s3: Any, unique_name: str) -> str:
    s3.create_bucket(Bucket=unique_name)
    return unique_name


@pytest.fixture
def bucket_elsewhere(s3_elsewhere: Any, unique_name: str) -> str:
    """A bucket of another region than the tables'."""
    s3_elsewhere.create_bucket(Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": ELSEWHERE})
    return unique_name


@pytest.fixture
async def dynamodb(started_dynamodb: Callable[..., Any], running_service: Callable[[str], Running]) -> DynamoDb:
    started: DynamoDb = await started_dynamodb(s3_url=running_service("s3").url)
    return started
