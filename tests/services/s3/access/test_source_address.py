"""`aws:SourceIp` and `aws:SecureTransport`: of the connection, and of a proxy's headers only where it is trusted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.config import Config

from tests.processes import Running, running_fleet, running_service

CREDENTIALS = "[owner]\naws_access_key_id = AKIAOWNER\naws_secret_access_key = owner\naws_account_id = 111111111111\n"
FORGED = {"x-forwarded-for": "10.1.2.3", "x-forwarded-proto": "https"}


def settings(folder: Path, **further: str) -> dict[str, str]:
    (folder / "credentials").write_text(CREDENTIALS)
    return {"RUSTSTACK_AUTH": "enforce", "RUSTSTACK_CREDENTIALS": str(folder / "credentials"), **further}


@pytest.fixture(scope="module", params=["the service", "the fleet"])
def guarded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("guarded")
    if request.param == "the service":
        with running_service("s3", folder, environment=settings(folder)) as running:
            yield running
    else:
        with running_fleet(folder, "--services", "s3", environment=settings(folder)) as running:
            yield running


def object_for(running: Running, condition: dict[str, dict[str, str]]) -> str:
    """The path of an object that anybody may get under this condition."""
    session = boto3.session.Session("AKIAOWNER", "owner", region_name="us-east-1")
    config = Config(s3={"addressing_style": "path"})
    s3 = session.client("s3", endpoint_url=running.url, config=config)
    bucket = f"test-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    s3.close()
    return f"/{bucket}/key"


INSIDE = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
HERE = {"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}}
SECURE = {"Bool": {"aws:SecureTransport": "true"}}


@pytest.mark.parametrize("condition", [INSIDE, SECURE])
def test_a_clients_own_headers_are_not_believed(guarded: Running, condition: dict[str, dict[str, str]]) -> None:
    path = object_for(guarded, condition)
    for headers in ({}, FORGED, {**FORGED, "X-Forwarded-For": "10.1.2.3, 10.1.2.4"}):
        assert httpx.get(guarded.url + path, headers=headers).status_code == 403


def test_the_connection_says_where_a_request_is_from(guarded: Running) -> None:
    path = object_for(guarded, HERE)
    assert httpx.get(guarded.url + path).status_code == 200
    assert httpx.get(guarded.url + path, headers=FORGED).status_code == 200


def test_a_trusted_proxy_is_believed(tmp_path: Path) -> None:
    environment = settings(tmp_path, RUSTSTACK_TRUSTED_PROXIES="127.0.0.0/8,192.168.0.1")
    with running_fleet(tmp_path, "--services", "s3", environment=environment) as fleet:
        for condition in (INSIDE, SECURE):
            path = object_for(fleet, condition)
            assert httpx.get(fleet.url + path, headers=FORGED).status_code == 200
            assert httpx.get(fleet.url + path).status_code == 403
        path = object_for(fleet, INSIDE)
        for chain, status in (
            ("10.1.2.3, 192.168.0.1", 200),  # the second proxy has written the client's address
            ("10.1.2.3, 8.8.8.8", 403),  # the client has, in front of its own
            ("10.1.2.3, nonsense", 403),
        ):
            assert httpx.get(fleet.url + path, headers={"x-forwarded-for": chain}).status_code == status, chain
