"""Three processes of the service on one data directory, and on one SQLite file or one PostgreSQL."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from tests.processes import Running, running_service
from tests.services.s3.conftest import read
from tests.sizes import seconds, size

KEYS = 3
ROUNDS = size(12, 400)


@pytest.fixture(params=["sqlite", "postgresql"])
def replicas(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Running]]:
    environment = {"RUSTSTACK_DATA_DIR": str(tmp_path / "shared"), "RUSTSTACK_FLEET": "both"}
    if request.param == "postgresql":
        environment["RUSTSTACK_S3_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    with ExitStack() as stack:
        yield [
            stack.enter_context(running_service("s3", tmp_path / name, environment=environment))
            for name in ("a", "b", "c")
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


@pytest.mark.timeout(seconds(60))
@pytest.mark.parametrize("versioning", ["", "Enabled"])
def test_writers_on_all_replicas(replicas: list[Running], unique_name: str, versioning: str) -> None:
    clients = [replica.client("s3") for replica in replicas]
    first, second, _ = clients
    first.create_bucket(Bucket=unique_name)
    if versioning:
        second.put_bucket_versioning(Bucket=unique_name, VersioningConfiguration={"Status": versioning})
    start = b"s" * 200_000
    written = {f"key-{number}": {hashlib.md5(start).hexdigest()} for number in range(KEYS)}
    for key in written:
        second.put_object(Bucket=unique_name, Key=key, Body=start)
    errors: list[Exception] = []
    threads = [
        threading.Thread(target=_write, args=(replicas[seed % 3].client("s3"), unique_name, seed, written, errors))
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for key, digests in written.items():
        bodies = [read(client, unique_name, key) for client in clients]
        assert bodies[1:] == bodies[:1] * 2
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


def _kill(replica: Running) -> None:
    assert replica.process is not None
    replica.process.kill()
    replica.process.wait()


def test_parts_come_together_from_all_replicas_and_through_a_kill(replicas: list[Running], unique_name: str) -> None:
    first, second, third = (replica.client("s3") for replica in replicas)
    second.create_bucket(Bucket=unique_name)
    upload = first.create_multipart_upload(Bucket=unique_name, Key="key")["UploadId"]
    bodies = [os.urandom(5 * 1024 * 1024), os.urandom(5 * 1024 * 1024), b"end"]
    parts = []
    for number, body in enumerate(bodies, 1):
        client = (third, first, second)[number % 3]
        given = {"Bucket": unique_name, "Key": "key", "UploadId": upload, "PartNumber": number}
        parts.append({"PartNumber": number, "ETag": client.upload_part(**given, Body=body)["ETag"]})
    _kill(replicas[0])
    second.complete_multipart_upload(Bucket=unique_name, Key="key", UploadId=upload, MultipartUpload={"Parts": parts})
    for client in (second, third):
        assert read(client, unique_name, "key") == b"".join(bodies)
    for client in (first, second, third):
        client.close()


def test_a_kill_while_writing_leaves_whole_objects(replicas: list[Running], unique_name: str) -> None:
    first, second = (replica.client("s3") for replica in replicas[:2])
    first.create_bucket(Bucket=unique_name)
    answered: dict[str, bytes] = {}

    def put() -> None:
        for number in range(1000):
            body = os.urandom(300_000)
            try:
                first.put_object(Bucket=unique_name, Key=str(number), Body=body)
            except (BotoCoreError, OSError):
                return
            answered[str(number)] = body

    thread = threading.Thread(target=put)
    thread.start()
    until = time.monotonic() + 60
    while len(answered) < 10:
        assert time.monotonic() < until
        time.sleep(0.01)
    _kill(replicas[0])
    thread.join(60)
    keys = {entry["Key"] for entry in second.list_objects_v2(Bucket=unique_name)["Contents"]}
    assert set(answered) <= keys
    for key in keys:
        body = read(second, unique_name, key)
        assert len(body) == 300_000
        assert body == answered.get(key, body)
    for client in (first, second):
        client.close()


def test_lifecycle_goes_on_after_whoever_saw_to_it_has_died(replicas: list[Running], unique_name: str) -> None:
    first, second = (replica.client("s3") for replica in replicas[:2])
    first.create_bucket(Bucket=unique_name)
    rule = {"ID": "all", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
    second.put_bucket_lifecycle_configuration(Bucket=unique_name, LifecycleConfiguration={"Rules": [rule]})
    for number in range(5):
        second.put_object(Bucket=unique_name, Key=str(number), Body=b"x")
    _kill(replicas[0])
    replicas[1].advance_clock(3 * 86_400)
    until = time.monotonic() + 30
    while second.list_objects_v2(Bucket=unique_name)["KeyCount"]:
        assert time.monotonic() < until
        time.sleep(0.1)
    for client in (first, second):
        client.close()
