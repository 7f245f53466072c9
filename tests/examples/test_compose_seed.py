"""examples/compose-seed, as its README says."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.containers import built_image, compose_command
from tests.processes import ROOT, clean_environment, free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)
_PROJECT = ROOT / "examples" / "compose-seed"


def compose(project: str, environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [*compose_command(), "-p", project, *arguments],
        cwd=_PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def port() -> Iterator[int]:
    """Where the project, which is up, has its fleet."""
    with built_image() as image:
        project, port = f"example-{uuid.uuid4().hex[:8]}", free_port()
        environment = clean_environment(RUSTSTACK_IMAGE=image, AWS_PORT=str(port), BUILD_NETWORK="host")
        try:
            compose(project, environment, "up", "-d", "--build")
            yield port
        finally:
            compose(project, environment, "down", "-v", "--rmi", "local")


def test_the_worker_finds_what_the_seed_has_made(port: int, tmp_path: Path) -> None:
    session = boto3.session.Session("test", "test", region_name="us-east-1")
    clients: list[Any] = [session.client(name, endpoint_url=f"http://127.0.0.1:{port}") for name in ("s3", "dynamodb")]
    s3, dynamodb = clients

    def counted() -> dict[str, str]:
        items = dynamodb.scan(TableName="words")["Items"]
        return {item["key"]["S"]: item["words"]["N"] for item in items}

    assert counted() == {"welcome/hello.txt": "2"}
    assert s3.get_object(Bucket="texts", Key="welcome/hello.txt")["Body"].read() == b"Hello, World!\n"
    s3.put_object(Bucket="texts", Key="incoming/a b.txt", Body=b"one two three")
    wait_until(lambda: counted().get("incoming/a b.txt") == "3")
    for client in clients:
        client.close()
