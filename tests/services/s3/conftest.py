"""The S3 service as a process of its own, on SQLite and on PostgreSQL, and boto3 against it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.processes import Running, running_service


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def s3_service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service that most tests of this process share."""
    environment: dict[str, str] = {}
    with ExitStack() as stack:
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            environment["RUSTSTACK_S3_DATABASE_URL"] = server.url(stack.enter_context(server.database()))
        folder = tmp_path_factory.mktemp(f"s3-{request.param}")
        yield stack.enter_context(running_service("s3", folder, environment=environment))


@pytest.fixture(scope="session")
def s3(s3_service: Running) -> Iterator[Any]:
    """A boto3 client of the shared service."""
    client = s3_service.client("s3")
    yield client
    client.close()


@pytest.fixture
def http(s3_service: Running) -> Iterator[httpx.Client]:
    """Plain HTTP to the shared service, as browsers speak it; redirects are not followed."""
    with httpx.Client(base_url=s3_service.url, follow_redirects=False) as client:
        yield client


@pytest.fixture
def bucket(s3: Any) -> str:
    """An empty bucket of this test's own."""
    name = f"test-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def versioned(s3: Any, bucket: str) -> str:
    """An empty bucket that keeps versions."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def presigned(
    url: str, method: str = "GET", headers: dict[str, str] | None = None, *, key: str = "test", secret: str = "test"
) -> str:
    """`url` with a signature of version 4 in its query, for an hour; `headers` are signed with it."""
    request = AWSRequest(method=method, url=url, headers=headers or {})
    S3SigV4QueryAuth(Credentials(key, secret), "s3", "us-east-1", 3600).add_auth(request)
    return str(request.url)


def refusal(call: Callable[..., Any], **given: Any) -> tuple[int, str]:
    """The status and the code of the error that `call` ends with."""
    with pytest.raises(ClientError) as caught:
        call(**given)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def error_of(call: Callable[..., Any], **given: Any) -> dict[str, Any]:
    """The `Error` that `call` ends with, all of its members."""
    with pytest.raises(ClientError) as caught:
        call(**given)
    error: dict[str, Any] = dict(caught.value.response["Error"])
    return error


def argument_error(message: str, name: str, value: str) -> dict[str, str]:
    """The `Error` that says what is wrong with an argument."""
    return {"Code": "InvalidArgument", "Message": message, "ArgumentName": name, "ArgumentValue": value}


def read(s3: Any, bucket: str, key: str, **given: Any) -> bytes:
    body: bytes = s3.get_object(Bucket=bucket, Key=key, **given)["Body"].read()
    return body
