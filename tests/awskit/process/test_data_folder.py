"""The data folder: private, and claimed by one fleet at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from awskit.process.data_folder import (
    FOLDER_LOCK,
    DataFolderError,
    claim_folder,
    claim_service,
    holder_of,
    make_files_private,
    prepare,
    service_lock,
)
from tests.processes import ROOT

Claim = Callable[..., int]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return prepare(tmp_path / "state" / "data")


@pytest.fixture
def held() -> Iterator[Callable[[int], int]]:
    """Closes what it is given."""
    descriptors: list[int] = []

    def keep(descriptor: int) -> int:
        descriptors.append(descriptor)
        return descriptor

    yield keep
    for descriptor in descriptors:
        os.close(descriptor)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_made_is_private(folder: Path) -> None:
    assert mode(folder) == mode(folder.parent) == 0o700


def test_an_earlier_versions_folder_becomes_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "s3.db").touch(0o644)
    prepare(tmp_path)
    make_files_private([tmp_path / "s3.db", tmp_path / "none"])
    assert (mode(tmp_path), mode(tmp_path / "s3.db")) == (0o700, 0o600)


def test_a_folder_that_is_used_for_something_else_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "essay.txt").touch()
    prepare(tmp_path)
    assert mode(tmp_path) == 0o755


def test_one_fleet_at_a_time(folder: Path, held: Callable[[int], int]) -> None:
    held(claim_folder(folder, "one"))
    held(claim_folder(folder, "one"))
    with pytest.raises(DataFolderError, match="in use by another fleet"):
        claim_folder(folder, "other")
    with pytest.raises(DataFolderError, match="in use by another fleet"):
        claim_folder(folder, "")
    holder = holder_of(folder / FOLDER_LOCK)
    assert holder is not None
    assert (holder.fleet, holder.pid) == ("one", os.getpid())
    assert mode(folder / FOLDER_LOCK) == 0o600


def test_a_claim_ends_with_its_last_holder(folder: Path, held: Callable[[int], int]) -> None:
    first, second = claim_folder(folder, "one"), claim_folder(folder, "one")
    os.close(first)
    with pytest.raises(DataFolderError):
        claim_folder(folder, "other")
    os.close(second)
    assert holder_of(folder / FOLDER_LOCK) is None
    held(claim_folder(folder, "other"))


def test_services_without_a_fleet_share_the_folder_and_nothing_else(folder: Path, held: Callable[[int], int]) -> None:
    for service in ("s3", "sqs"):
        held(claim_folder(folder, ""))
        held(claim_service(folder, service, ""))
    code = (
        "from awskit.process.data_folder import *; from pathlib import Path;"
        f" claim_service(Path({str(folder)!r}), 'sqs', '')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert f"in use by another sqs, process {os.getpid()}" in done.stderr


def test_a_fleets_replicas_are_admitted(folder: Path, held: Callable[[int], int]) -> None:
    held(claim_service(folder, "sqs", "one"))
    held(claim_service(folder, "sqs", "one"))
    with pytest.raises(DataFolderError, match="RUSTSTACK_FLEET"):
        claim_service(folder, "sqs", "other")


def test_many_at_the_same_moment(folder: Path) -> None:
    """Of processes of two fleets that start together, those of one get it."""
    code = (
        "import sys; from pathlib import Path; from awskit.process.data_folder import *\n"
        "try: claim_service(Path(sys.argv[1]), 'sqs', sys.argv[2]); print(sys.argv[2], flush=True); sys.stdin.read()\n"
        "except DataFolderError: print('refused', flush=True)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(folder), fleet],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for fleet in ("one", "other") * 3
    ]
    said = []
    for process in started:
        assert process.stdout is not None
        said.append(process.stdout.readline().strip())
    for process in started:
        process.communicate(timeout=30)
    assert sorted(said) in (["one"] * 3 + ["refused"] * 3, ["other"] * 3 + ["refused"] * 3)


def test_a_lock_that_says_nothing_is_somebody_elses(folder: Path, held: Callable[[int], int]) -> None:
    held(claim_service(folder, "sqs", "one"))
    (folder / service_lock("sqs")).write_text("")
    with pytest.raises(DataFolderError):
        claim_service(folder, "sqs", "two")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize(
    ("name", "remedy"), [("", "chown -R 65534 {folder}"), ("below", "install -d -o 65534 {folder}/below")]
)
def test_a_folder_of_another_users_is_refused_with_what_to_do(name: str, remedy: str) -> None:
    script = (
        "import os, sys; from pathlib import Path; from awskit.process.data_folder import prepare, DataFolderError\n"
        "os.setresuid(65534, 65534, 65534)\n"
        "try: prepare(Path(sys.argv[1]))\n"
        "except DataFolderError as error: print(error)"
    )
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are for root alone
        Path(folder).chmod(0o755)
        path = Path(folder, name)
        asked = [sys.executable, "-c", script, str(path)]
        text = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert text.startswith(f"the data directory {path} cannot be written to: Permission denied; {folder} belongs to")
    assert "belongs to user 0, this process to user 65534" in text
    assert remedy.format(folder=folder) in text
