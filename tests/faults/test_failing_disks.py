"""A data directory on a disk that is full, read-only or damaged: told in words, survived, and over when it is over."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import Running, running_fleet, running_service
from tests.waiting import wait_until

SIZE = "12m"


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, timeout=20)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of the test's own."""
    if os.geteuid():
        pytest.skip("only root can mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder))
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True, timeout=20)


@pytest.fixture
def fleet_on_disk(disk: Path) -> Iterator[Running]:
    with running_fleet(disk.parent / "fleet", "--data-dir", str(disk / "data")) as running:
        yield running


def health(running: Running) -> dict[str, Any]:
    try:
        content: dict[str, Any] = running.get("/_ruststack/health")
    except urllib.error.HTTPError as error:
        with error:
            content = json.loads(error.read())
    return content


def writes(running: Running, name: str) -> dict[str, Callable[[], Any]]:
    """One of each service; the first have made what they need."""
    sqs, sns, s3, dynamodb = (running.client(service) for service in ("sqs", "sns", "s3", "dynamodb"))
    return {
        "sqs": lambda: sqs.send_message(
            QueueUrl=sqs.get_queue_url(QueueName="q")["QueueUrl"], MessageBody="x" * 100_000
        ),
        "sns": lambda: sns.create_topic(Name=f"t{name}", Attributes={"DisplayName": "x" * 90}),
        "s3": lambda: s3.put_object(Bucket="bucket", Key=name, Body=b"x" * 100_000),
        "dynamodb": lambda: dynamodb.put_item(TableName="table", Item={"k": {"S": name}, "v": {"S": "x" * 100_000}}),
    }


def prepare(running: Running) -> None:
    running.client("sqs").create_queue(QueueName="q")
    running.client("s3").create_bucket(Bucket="bucket")
    running.client("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for write in writes(running, "first").values():
        write()


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with pytest.raises(OSError, match="No space left"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    return ballast


def refused(write: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(ClientError) as error:
        for _ in range(200):  # what a write-ahead log has room for already goes through
            write()
    answer: dict[str, Any] = error.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert answer["Error"]["Code"] == "ServiceUnavailable"
    return answer["Error"]


def test_a_full_disk(fleet_on_disk: Running, disk: Path) -> None:
    prepare(fleet_on_disk)
    pids = fleet_on_disk.service_pids()
    ballast = fill(disk)
    for write in writes(fleet_on_disk, "second").values():
        assert "is full" in refused(write)["Message"]
    seen = health(fleet_on_disk)
    assert seen["status"] == "unavailable"
    for entry in seen["services"].values():
        assert entry["status"] == "failing"
        assert "is full" in entry["faults"][0]
    assert fleet_on_disk.client("s3").get_object(Bucket="bucket", Key="first")["Body"].read() == b"x" * 100_000
    assert fleet_on_disk.client("dynamodb").get_item(TableName="table", Key={"k": {"S": "first"}})["Item"]
    ballast.unlink()
    for write in writes(fleet_on_disk, "third").values():
        write()
    assert health(fleet_on_disk)["status"] == "ok"
    assert fleet_on_disk.service_pids() == pids
    log = fleet_on_disk.log.read_text()
    assert "Traceback" not in log
    assert len(log) < 100_000
    assert not list((disk / "data" / "s3" / "temporary").rglob("*.*"))


def test_a_service_that_dies_while_the_disk_is_full_is_back_once_there_is_room(
    fleet_on_disk: Running, disk: Path
) -> None:
    prepare(fleet_on_disk)
    ballast = fill(disk)
    before = fleet_on_disk.service_pids()
    os.kill(before["dynamodb"], signal.SIGKILL)
    wait_until(lambda: fleet_on_disk.log.read_text().count("dynamodb") > 3)
    ballast.unlink()
    wait_until(lambda: health(fleet_on_disk)["status"] == "ok")
    assert fleet_on_disk.client("dynamodb").get_item(TableName="table", Key={"k": {"S": "first"}})["Item"]
    assert {**fleet_on_disk.service_pids(), "dynamodb": 0} == {**before, "dynamodb": 0}
    assert "Traceback" not in fleet_on_disk.log.read_text()


def test_a_fleet_that_is_started_on_a_full_disk_says_so(fleet_on_disk: Running, disk: Path) -> None:
    prepare(fleet_on_disk)
    fleet_on_disk.stop()
    fleet_on_disk.log.write_text("")
    ballast = fill(disk)
    try:
        fleet_on_disk.start()
    except RuntimeError:
        assert any(words in fleet_on_disk.log.read_text() for words in ("is full", "No space left on device"))
        assert "Traceback" not in fleet_on_disk.log.read_text()
        ballast.unlink()
        fleet_on_disk.start()
    assert fleet_on_disk.client("dynamodb").get_item(TableName="table", Key={"k": {"S": "first"}})["Item"]


def test_a_disk_that_is_read_only_when_a_fleet_starts(fleet_on_disk: Running, disk: Path) -> None:
    prepare(fleet_on_disk)
    fleet_on_disk.stop()
    mount("-o", "remount,ro", str(disk))
    with pytest.raises(RuntimeError, match="cannot be written to: Read-only file system"):
        fleet_on_disk.start()
    mount("-o", "remount,rw", str(disk))
    fleet_on_disk.start()
    assert fleet_on_disk.client("s3").get_object(Bucket="bucket", Key="first")["Body"].read() == b"x" * 100_000


def test_objects_that_can_no_longer_be_written(tmp_path: Path) -> None:
    """Not even by root: immutable folders of an ext4, in a file."""
    if os.geteuid() or not shutil.which("mkfs.ext4") or not shutil.which("chattr"):
        pytest.skip("it takes root, mkfs.ext4 and chattr")
    image, disk = tmp_path / "image", tmp_path / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(24 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True, timeout=60)
    mount("-o", "loop", str(image), str(disk))
    try:
        with running_service("s3", tmp_path, "--data-dir", str(disk / "data")) as service:
            s3 = service.client("s3")
            s3.create_bucket(Bucket="bucket")
            s3.put_object(Bucket="bucket", Key="first", Body=b"x" * 100_000)
            chattr("+i", disk / "data" / "s3")
            error = refused(lambda: s3.put_object(Bucket="bucket", Key="key", Body=b"x" * 100_000))
            assert "can only be read" in error["Message"]
            assert s3.get_object(Bucket="bucket", Key="first")["Body"].read() == b"x" * 100_000
            chattr("-i", disk / "data" / "s3")
            s3.put_object(Bucket="bucket", Key="key", Body=b"x" * 100_000)
            assert service.get("/_ruststack/health")["status"] == "running"
            assert "Traceback" not in service.log.read_text()
    finally:
        chattr("-i", disk)
        subprocess.run(["umount", "-l", str(disk)], check=True, timeout=20)


def chattr(change: str, folder: Path) -> None:
    subprocess.run(["chattr", "-R", "-f", change, str(folder)], check=change == "+i", timeout=20)


def test_a_data_folder_that_is_deleted_under_a_running_service(tmp_path: Path) -> None:
    with running_service("sqs", tmp_path) as service:
        assert health(service)["status"] == "running"
        gone = tmp_path / "gone"
        service.data_dir.rename(gone)
        wait_until(lambda: health(service)["status"] == "failing")
        told = health(service)
        assert "deleted or replaced" in told["faults"][0]
        assert service.log.read_text().count("deleted or replaced") == 1
        gone.rename(service.data_dir)
        assert health(service) == health(service) | {"status": "running"}


def test_a_damaged_page(tmp_path: Path) -> None:
    with running_service("sqs", tmp_path) as service:
        sqs = service.client("sqs")
        queue = sqs.create_queue(QueueName="q")["QueueUrl"]
        for number in range(300):
            sqs.send_message(QueueUrl=queue, MessageBody=f"{number}" + "x" * 3000)
        service.stop()
        path = service.data_dir / "sqs.db"
        content = bytearray(path.read_bytes())
        # The pages at the end hold messages: their headers become nonsense.
        for page in range(len(content) // 4096 - 200, len(content) // 4096):
            content[page * 4096 : page * 4096 + 100] = b"\xff" * 100
        path.write_bytes(content)
        service.start()
        with pytest.raises(ClientError) as error:
            for _ in range(300):
                sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        assert error.value.response["Error"]["Code"] == "ServiceUnavailable"
        assert "the database is damaged; `ruststack doctor`" in error.value.response["Error"]["Message"]
        assert "damaged" in service.get("/_ruststack/health")["faults"][0]
        assert "Traceback" not in service.log.read_text()
        assert sqs.list_queues()["QueueUrls"] == [queue]
