"""Two processes of the service on one PostgreSQL and one data directory."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Running, running_service
from tests.services.s3.conftest import read

KEYS = 3
ROUNDS = 12


@pytest.fixture
def replicas(postgresql_url: str, tmp_path: Path) -> Iterator[list[Running]]:
    environment = {"RUSTSTACK_S3_DATABASE_URL": postgresql_url, "RUSTSTACK_DATA_DIR": str(tmp_path / "shared")}
    with ExitStack() as stack:
        yield [
            stack.enter_context(running_service("s3", tmp_path / name, environment=environment)) for name in ("a", "b")
        ]


def _write(client: Any, bucket: str, seed: int, written: dict[str, set[str]], errors: list[Exception]) -> None:
    try:
        for number in range(ROUNDS):
            key = f"key-{number % KEYS}"
            body = os.urandom(100 if (number + seed) % 2 else 200_000)
            written[key].add(hashlib.md5(body).hexdigest())
            client.put_object(Bucket=bucket, Key=key, Body=body)
            got = client.get_object(Bucket=bucket, Key=f"key-{(number + seed) % KEYS}")["Body"].read()
            assert hashlib.md5(got).hexdigest() in written[f"key-{(number + seed) % KEYS}"]
    except Exception as error:
        errors.append(error)


@pytest.mark.parametrize("versioning", ["", "Enabled"])
def test_writers_on_both_replicas(replicas: list[Running], unique_name: str, versioning: str) -> None:
    clients = [replica.client("s3") for replica in replicas]
    first, second = clients
    first.create_bucket(Bucket=unique_name)
    if versioning:
        second.put_bucket_versioning(Bucket=unique_name, VersioningConfiguration={"Status": versioning})
    start = b"s" * 200_000
    written = {f"key-{number}": {hashlib.md5(start).hexdigest()} for number in range(KEYS)}
    for key in written:
        second.put_object(Bucket=unique_name, Key=key, Body=start)
    errors: list[Exception] = []
    threads = [
        threading.Thread(target=_write, args=(replicas[seed % 2].client("s3"), unique_name, seed, written, errors))
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for key, digests in written.items():
        bodies = [read(client, unique_name, key) for client in clients]
        assert bodies[0] == bodies[1]
        assert hashlib.md5(bodies[0]).hexdigest() in digests
    listed = first.list_object_versions(Bucket=unique_name)["Versions"]
    assert sum(1 for version in listed if version["IsLatest"]) == KEYS
    assert len(listed) == (KEYS + 4 * ROUNDS if versioning else KEYS)
    stored = sum(
        1 for path in (replicas[0].data_dir.parent.parent / "shared" / "s3" / "objects").rglob("*/*") if path.is_file()
    )
    assert stored == sum(1 for version in listed if version["Size"] > 64 * 1024)
    for client in clients:
        client.close()
