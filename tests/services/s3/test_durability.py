"""kill -9 in the midst of uploads: nothing acknowledged is lost, nothing half is visible, the rest is put aside."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Running, running_service

ROUNDS = 3
WRITERS = 4


def _upload(client: Any, name: str, acknowledged: dict[str, str], stop: threading.Event) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        key = f"{name}/{number % 7}"
        body = os.urandom(random.choice((100, 50_000, 3_000_000)))
        try:
            client.put_object(Bucket="durable", Key=key, Body=body)
        except Exception:
            # Whether this one was written is open; either state is right, but nothing in between.
            acknowledged[key] = f"?{hashlib.md5(body).hexdigest()}|{acknowledged.get(key, '')}"
            return
        acknowledged[key] = hashlib.md5(body).hexdigest()


def _blobs(service: Running) -> int:
    return sum(1 for path in (service.data_dir / "s3" / "objects").rglob("*") if path.is_file())


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_kill_in_the_midst_of_uploads(tmp_path: Path, seed: int) -> None:
    random.seed(seed)
    with running_service("s3", tmp_path) as service:
        client = service.client("s3")
        client.create_bucket(Bucket="durable")
        upload_id = client.create_multipart_upload(Bucket="durable", Key="abandoned")["UploadId"]
        part = client.upload_part(
            Bucket="durable", Key="abandoned", UploadId=upload_id, PartNumber=1, Body=b"p" * 6_000_000
        )
        acknowledged: dict[str, str] = {}
        stop = threading.Event()
        threads = [
            threading.Thread(target=_upload, args=(service.client("s3"), f"w{number}", acknowledged, stop))
            for number in range(WRITERS)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.5 + random.random())
        os.kill(service.pid, signal.SIGKILL)
        stop.set()
        for thread in threads:
            thread.join()
        assert service.process is not None
        service.process.wait()
        (service.data_dir / "s3" / "objects" / "ab" / ("ab" + "0" * 30)).write_bytes(b"orphan")
        service.start()
        listed = {entry["Key"]: entry for entry in client.list_objects_v2(Bucket="durable").get("Contents", [])}
        for key, wanted in acknowledged.items():
            if wanted.startswith("?"):
                newest, _, before = wanted[1:].partition("|")
                allowed = {newest, before}
                if not before and key not in listed:
                    continue
            else:
                allowed = {wanted}
            body = client.get_object(Bucket="durable", Key=key)["Body"].read()
            assert hashlib.md5(body).hexdigest() in allowed
        large = sum(1 for entry in listed.values() if entry["Size"] > 64 * 1024)
        until = time.monotonic() + 10
        while _blobs(service) != large + 1 and time.monotonic() < until:
            time.sleep(0.05)
        assert _blobs(service) == large + 1  # the abandoned upload's part is kept
        client.complete_multipart_upload(
            Bucket="durable",
            Key="abandoned",
            UploadId=upload_id,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
        )
        client.close()


def test_a_body_shorter_than_announced_stores_nothing(tmp_path: Path) -> None:
    import socket

    with running_service("s3", tmp_path) as service:
        client = service.client("s3")
        client.create_bucket(Bucket="short")
        with socket.create_connection(("127.0.0.1", service.port)) as connection:
            connection.sendall(
                b"PUT /short/key HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3000000\r\n\r\n" + b"x" * 2_000_000
            )
        time.sleep(0.2)
        assert client.list_objects_v2(Bucket="short")["KeyCount"] == 0
        assert _blobs(service) == 0
        client.close()


def test_without_persistence_nothing_is_left(tmp_path: Path) -> None:
    with running_service(
        "s3", tmp_path, environment={"RUSTSTACK_PERSISTENCE": "0", "TMPDIR": str(tmp_path)}
    ) as service:
        client = service.client("s3")
        client.create_bucket(Bucket="gone")
        client.put_object(Bucket="gone", Key="key", Body=b"x" * 100_000)
        assert client.get_object(Bucket="gone", Key="key")["Body"].read() == b"x" * 100_000
        service.restart()
        assert client.list_buckets()["Buckets"] == []
        assert [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size == 100_000] == []
        client.close()


def test_reset_of_one_account_and_of_all(tmp_path: Path) -> None:
    with running_service("s3", tmp_path) as service:
        mine, theirs = service.client("s3"), service.client("s3", account_id="111122223333")
        for client, bucket in ((mine, "mine"), (theirs, "theirs")):
            client.create_bucket(Bucket=bucket)
            client.put_object(Bucket=bucket, Key="key", Body=b"x" * 100_000)
            client.create_multipart_upload(Bucket=bucket, Key="upload")
        service.post("/_ruststack/reset?account=111122223333")
        assert theirs.list_buckets()["Buckets"] == []
        assert [bucket["Name"] for bucket in mine.list_buckets()["Buckets"]] == ["mine"]
        service.post("/_ruststack/reset")
        assert mine.list_buckets()["Buckets"] == []
        assert _blobs(service) == 0
        mine.close()
        theirs.close()
