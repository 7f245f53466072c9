"""Files that the database does not know: none is ever lost by a start."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.s3.bodies.unfinished_uploads import UploadFolder
from tests.processes import Running, running_service
from tests.waiting import wait_until

BODY = os.urandom(200_000)


def files(service: Running, folder: str) -> list[Path]:
    return sorted(path for path in (service.data_dir / "s3" / folder).rglob("*") if path.is_file())


def is_well(client: Any) -> bool:
    body = client.get_object(Bucket="bucket", Key="key")["Body"].read()
    return hashlib.md5(body).digest() == hashlib.md5(BODY).digest()


def filled(service: Running) -> Any:
    client = service.client("s3")
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="key", Body=BODY)
    return client


def remove(data_dir: Path) -> None:
    for path in data_dir.glob("s3.db*"):
        path.rename(path.with_name(f"kept-{path.name}"))


def empty(data_dir: Path) -> None:
    remove(data_dir)
    (data_dir / "s3.db").touch()


@pytest.mark.parametrize("lose", [remove, empty])
def test_a_start_without_the_database_leaves_every_object(lose: Callable[[Path], None], tmp_path: Path) -> None:
    with running_service("s3", tmp_path) as service:
        client = filled(service)
        before = files(service, "objects")
        service.stop()
        lose(service.data_dir)
        service.start()
        assert client.list_buckets()["Buckets"] == []
        wait_until(lambda: "belong to another database" in service.log.read_text())
        client.create_bucket(Bucket="new")
        client.put_object(Bucket="new", Key="key", Body=BODY)
        service.restart()  # the database is not as new as it was
        wait_until(lambda: service.log.read_text().count("belong to another database") == 2)
        assert set(before) < set(files(service, "objects"))
        service.stop()
        for path in service.data_dir.glob("s3.db*"):
            path.unlink()
        for path in service.data_dir.glob("kept-s3.db*"):
            path.rename(path.with_name(path.name.removeprefix("kept-")))
        service.start()
        assert is_well(client)


def test_another_database_leaves_every_object(tmp_path: Path) -> None:
    with running_service("s3", tmp_path) as service:
        client = filled(service)
        before = files(service, "objects")
        service.stop()
        own = service.environment.copy()
        service.environment["RUSTSTACK_S3_DATABASE_URL"] = f"sqlite:///{tmp_path / 'other.db'}"
        service.start()
        wait_until(lambda: "belong to another database" in service.log.read_text())
        assert files(service, "objects") == before
        service.stop()
        service.environment.clear()
        service.environment.update(own)
        service.start()
        assert is_well(client)


def test_unknown_files_are_put_aside_and_come_back_when_they_are_needed(tmp_path: Path) -> None:
    with running_service("s3", tmp_path) as service:
        client = filled(service)
        (known,) = files(service, "objects")
        service.stop()
        older = {path.name: path.read_bytes() for path in service.data_dir.glob("s3.db*")}
        service.start()
        client.delete_object(Bucket="bucket", Key="key")
        assert files(service, "objects") == []
        client.put_object(Bucket="bucket", Key="later", Body=BODY)
        (later,) = files(service, "objects")
        service.stop()
        newer = {path.name: path.read_bytes() for path in service.data_dir.glob("s3.db*")}
        known.write_bytes(BODY)
        put_back(service, older)
        service.start()
        wait_until(lambda: "1 files that no object refers to have been moved to" in service.log.read_text())
        assert [path.name for path in files(service, "quarantine")] == [later.name]
        assert is_well(client)
        service.stop()
        put_back(service, newer)
        service.start()
        assert client.get_object(Bucket="bucket", Key="later")["Body"].read() == BODY
        client.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/later")
        assert later.exists()


def put_back(service: Running, databases: dict[str, bytes]) -> None:
    for path in service.data_dir.glob("s3.db*"):
        path.unlink()
    for name, content in databases.items():
        (service.data_dir / name).write_bytes(content)


def test_an_earlier_versions_folder_is_taken_over(tmp_path: Path) -> None:
    with running_service("s3", tmp_path) as service:
        client = filled(service)
        service.stop()
        folder = service.data_dir / "s3"
        (folder / "owner").unlink()
        (folder / "temporary" / "half").write_bytes(b"x")
        unknown = folder / "objects" / "00" / ("0" * 32)
        unknown.write_bytes(b"x")
        service.start()
        wait_until(lambda: files(service, "quarantine") != [])
        assert (folder / "owner").read_text()
        assert not unknown.exists()
        assert files(service, "temporary") == []
        assert is_well(client)


def test_missing_bytes_are_told_and_found_again(tmp_path: Path) -> None:
    with running_service("s3", tmp_path) as service:
        client = filled(service)
        (blob,) = files(service, "objects")
        blob.rename(tmp_path / "elsewhere")
        for read in (
            lambda: client.get_object(Bucket="bucket", Key="key"),
            lambda: client.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/key"),
        ):
            with pytest.raises(client.exceptions.ClientError) as refused:
                read()
            assert refused.value.response["Error"]["Code"] == "ServiceUnavailable"
            assert f"there is no file {blob}" in refused.value.response["Error"]["Message"]
        (fault,) = service.get("/_ruststack/health")["faults"]
        assert str(blob) in fault
        (tmp_path / "elsewhere").rename(blob)
        assert is_well(client)
        assert "faults" not in service.get("/_ruststack/health")
        assert "Traceback" not in service.log.read_text()


def test_what_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    first, second, third = (UploadFolder(tmp_path / "temporary") for _ in range(3))
    first.open()
    (first.path / "upload").touch()
    second.open()
    assert (first.path / "upload").exists()
    os.close(first._descriptor)  # killed
    third.open()
    assert not first.path.exists()
    assert second.path.exists()
    second.close()
    third.close()
    assert list((tmp_path / "temporary").iterdir()) == []
