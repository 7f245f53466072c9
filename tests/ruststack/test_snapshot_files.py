"""Files that claim to be snapshots: what does not fit, or is made to harm, is refused in words, and leaves nothing."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from awskit import __version__
from awskit.database.migrations import newest_revision
from tests.processes import ROOT, Running, running_fleet
from tests.ruststack.snapshot_content import ask

OBJECT = b"o" * 100_000

Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_fleet(tmp_path_factory.mktemp("files"), "--services", "s3,sqs") as running:
        s3 = running.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="key", Body=OBJECT)
        running.client("sqs").create_queue(QueueName="queue")
        ask(running, "POST", "?name=good")
        yield running


@pytest.fixture(scope="module")
def good(fleet: Running) -> bytes:
    from urllib.request import urlopen

    with urlopen(f"{fleet.url}/_ruststack/snapshots/good/file") as answer:
        content: bytes = answer.read()
    return content


def read(tar: bytes) -> Members:
    with tarfile.open(fileobj=io.BytesIO(tar)) as file:
        return [(member, file.extractfile(member).read()) for member in file]  # type: ignore[union-attr]


def written(members: Members) -> bytes:
    """The file again, its sizes being those that are announced."""
    sizes: dict[str, int] = {}
    for member, data in members[1:]:
        member.size = len(data) if member.isreg() else 0
        service = member.name.partition("/")[0]
        sizes[service] = sizes.get(service, 0) + 512 + -(-member.size // 512) * 512
    manifest = json.loads(members[0][1])
    for service, size in sizes.items():
        if service in manifest["services"]:
            manifest["services"][service]["size"] = size
    content = json.dumps(manifest).encode()
    members[0][0].size = len(content)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as file:
        for member, data in [(members[0][0], content), *members[1:]]:
            file.addfile(member, io.BytesIO(data))
    return out.getvalue()


def renamed(name: str) -> Callable[[Members], Members]:
    def change(members: Members) -> Members:
        changed = [(member, data) for member, data in members if "objects/" not in member.name]
        member = tarfile.TarInfo(name)
        at = next(number for number, (one, _) in enumerate(changed) if one.name == "s3/state.db") + 1
        return [*changed[:at], (member, OBJECT), *changed[at:]]

    return change


def of_type(kind: bytes) -> Callable[[Members], Members]:
    def change(members: Members) -> Members:
        for number, (member, _) in enumerate(members):
            if "objects/" in member.name:
                member.type, member.linkname = kind, "/etc/passwd"
                members[number] = (member, b"")
        return members

    return change


def with_state(*statements: str) -> Callable[[Members], Members]:
    """The S3 part's database, changed."""

    def change(members: Members) -> Members:
        for number, (member, data) in enumerate(members):
            if member.name == "s3/state.db":
                with closing(sqlite3.connect(":memory:")) as database:
                    database.deserialize(data)
                    for statement in statements:
                        database.execute(statement)
                    database.commit()
                    members[number] = (member, database.serialize())
        return members

    return change


def with_description(**changes: Any) -> Callable[[Members], Members]:
    def change(members: Members) -> Members:
        for number, (member, data) in enumerate(members):
            if member.name == "s3/part.json":
                members[number] = (member, json.dumps({**json.loads(data), **changes}).encode())
        return members

    return change


def with_manifest(**changes: Any) -> Callable[[Members], Members]:
    def change(members: Members) -> Members:
        members[0] = (members[0][0], json.dumps({**json.loads(members[0][1]), **changes}).encode())
        return members

    return change


HOSTILE = {
    "traversal": (renamed("s3/../../../stolen"), "has no place in a snapshot of s3"),
    "traversal-in-objects": (renamed("s3/objects/../../../../stolen"), "has no place in a snapshot of s3"),
    "absolute": (renamed("/etc/cron.d/stolen"), "has no place in the snapshot"),
    "another-service": (renamed("lambda/state.db"), "has no place in the snapshot"),
    "another-name": (renamed("s3/owner"), "has no place in a snapshot of s3"),
    "symbolic-link": (of_type(tarfile.SYMTYPE), "is no plain file"),
    "hard-link": (of_type(tarfile.LNKTYPE), "is no plain file"),
    "device": (of_type(tarfile.CHRTYPE), "is no plain file"),
    "long-name": (of_type(tarfile.GNUTYPE_LONGNAME), "is no plain file"),
    "twice": (lambda members: [*members[:3], members[2], *members[3:]], "has no place in a snapshot of s3"),
    "no-object": (
        lambda members: [one for one in members if "objects/" not in one[0].name],
        "bytes of one are missing",
    ),
    "object-elsewhere": (
        with_state("UPDATE objects SET body_id = '../../../../etc/passwd'"),
        "bytes of one are missing",
    ),
    "no-state": (lambda members: [one for one in members if one[0].name != "s3/state.db"], "is not whole"),
    "view": (
        with_state(
            "ALTER TABLE buckets RENAME TO others",
            "CREATE VIEW buckets AS WITH RECURSIVE n AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM n)"
            " SELECT id, 'b' || id AS name, '1' AS account_id, '' AS region, 0.0 AS created_at, '' AS versioning,"
            " 0 AS object_lock, '' AS ownership, '' AS configured FROM n",
        ),
        "lacks the table buckets",
    ),
    "generated-column": (
        with_state(
            "ALTER TABLE accounts RENAME TO others",
            "CREATE TABLE accounts (account_id TEXT, public_access_block TEXT AS (hex(account_id)))",
        ),
        "lacks the table accounts",
    ),
    "no-database": (
        lambda members: [(one, b"nothing" * 1000 if one.name == "s3/state.db" else data) for one, data in members],
        "cannot be read",
    ),
    "another-schema": (with_description(schema="0001"), "is not at the schema that it says"),
    "newer-schema": (
        with_description(schema="0999", version="9.9"),
        "made by RustStack 9.9; this one, 0.1.0, knows up",
    ),
    "newer-format": (with_manifest(format=99, version="9.9"), "made by RustStack 9.9"),
    "no-services": (with_manifest(services=[]), "snapshot.json is none"),
    "bad-name": (with_manifest(name="../../x"), "is no name for a snapshot"),
    "account": (with_description(account="x'; --"), "account is none"),
}


def refusal(fleet: Running, content: bytes, query: str = "") -> str:
    with pytest.raises(HTTPError) as refused:
        ask(fleet, "POST", f"/file{query}", content)
    assert refused.value.code in (400, 409)
    return str(json.loads(refused.value.read())["message"])


def left(fleet: Running) -> list[Path]:
    return [path for path in (fleet.data_dir / "snapshots").rglob("*") if "good" not in path.parts and path.is_file()]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_does_not_fit_is_refused(fleet: Running, good: bytes, name: str) -> None:
    change, said = HOSTILE[name]
    query = "" if name == "bad-name" else "?name=bad"
    try:
        content = written(change(read(good)))
    except (TypeError, AttributeError):  # what is announced cannot be made right
        members = change(read(good))
        content = repacked(members)
    assert said in refusal(fleet, content, query)
    assert left(fleet) == []
    assert [one["name"] for one in ask(fleet, "GET")["snapshots"]] == ["good"]


def repacked(members: Members) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as file:
        for member, data in members:
            member.size = len(data)
            file.addfile(member, io.BytesIO(data))
    return out.getvalue()


def test_what_runs_when_rows_are_touched_is_not_run(fleet: Running, good: bytes) -> None:
    trigger = "CREATE TRIGGER t AFTER DELETE ON accounts BEGIN DELETE FROM buckets; END"
    content = written(with_state("INSERT INTO accounts VALUES ('1', NULL)", trigger)(read(good)))
    taken = ask(fleet, "POST", "/file?name=odd", content)
    assert taken["services"]["s3"] == {"buckets": 1, "objects": 1}
    ask(fleet, "POST", "/odd/load")
    assert fleet.client("s3").get_object(Bucket="bucket", Key="key")["Body"].read() == OBJECT
    ask(fleet, "DELETE", "/odd")


def test_what_tar_has_packed_again_is_taken(fleet: Running, good: bytes, tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(good)) as file:
        file.extractall(tmp_path, filter="data")
    packed = subprocess.run(
        ["tar", "-C", tmp_path, "-czf", "-", "snapshot.json", "s3", "sqs"], capture_output=True, check=True
    )
    assert b"s3/\0" in gzip.decompress(packed.stdout)
    taken = ask(fleet, "POST", "/file?name=packed", packed.stdout)
    assert taken["services"] == {"s3": {"buckets": 1, "objects": 1}, "sqs": {"queues": 1, "messages": 0}}
    ask(fleet, "DELETE", "/packed")


@pytest.mark.parametrize("length", [0, 1, 511, 3000, 100_000])
def test_what_ends_too_early_is_refused(fleet: Running, good: bytes, length: int) -> None:
    said = refusal(fleet, good[:length], "?name=bad")
    assert "ends too early" in said or "is no snapshot" in said
    assert left(fleet) == []


def test_what_is_no_snapshot_is_refused(fleet: Running) -> None:
    assert "the file is no snapshot" in refusal(fleet, b"hello" * 1000)
    assert "damaged" in refusal(fleet, b"\x1f\x8b" + b"hello" * 1000)


def test_a_snapshot_stays_whole_where_what_was_to_replace_it_is_refused(fleet: Running, good: bytes) -> None:
    before = kept(fleet)
    for change in (with_description(schema="0999"), with_description(schema="0001"), with_description(account="none")):
        refusal(fleet, written(change(read(good))), "?name=good&replace=1")
        refusal(fleet, written(change(read(good))), "?name=bad&replace=1")
        assert kept(fleet) == before


def test_a_part_that_cannot_be_put_in_place_takes_the_others_back(fleet: Running, good: bytes) -> None:
    in_the_way = fleet.data_dir / "snapshots" / "blocked" / "s3"
    ask(fleet, "POST", "?name=blocked")
    shutil.rmtree(in_the_way)
    in_the_way.symlink_to("nowhere")  # a folder cannot be renamed to be there
    before = kept(fleet)
    assert "Not a directory" in refusal(fleet, good, "?name=blocked&replace=1")
    assert kept(fleet) == before
    with pytest.raises(HTTPError) as refused:
        ask(fleet, "POST", "?name=blocked&replace=1")
    assert "Not a directory" in json.loads(refused.value.read())["message"]
    assert kept(fleet) == before
    in_the_way.unlink()
    ask(fleet, "DELETE", "/blocked")


def test_a_snapshot_that_is_replaced_has_nothing_left_of_what_it_was(fleet: Running, good: bytes) -> None:
    ask(fleet, "POST", "?name=other")
    members = [(one, data) for one, data in read(good) if not one.name.startswith("sqs/")]
    manifest = json.loads(members[0][1])
    del manifest["services"]["sqs"]
    members[0] = (members[0][0], json.dumps(manifest).encode())
    assert list(ask(fleet, "POST", "/file?name=other&replace=1", written(members))["services"]) == ["s3"]
    assert "there is here" in refusal(fleet, written(without_services(read(good))), "?name=other&replace=1")
    assert {path.relative_to(fleet.data_dir / "snapshots").parts[:2] for path in left(fleet)} == {("other", "s3")}
    ask(fleet, "DELETE", "/other")


def without_services(members: Members) -> Members:
    return with_manifest(services={})(members[:1])


def kept(fleet: Running) -> dict[str, bytes]:
    """All that the fleet has of snapshots on the disk."""
    folder = fleet.data_dir / "snapshots"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_that_holds_far_more_than_it_weighs_is_refused(fleet: Running, good: bytes) -> None:
    members = [(one, bytes(200_000_000) if "objects/" in one.name else data) for one, data in read(good)]
    assert "more than its size" in refusal(fleet, gzip.compress(written(members), 9))
    assert left(fleet) == []


def test_more_than_there_is_room_for_is_refused_at_once(fleet: Running, good: bytes) -> None:
    members = read(good)
    manifest = json.loads(members[0][1])
    manifest["services"]["s3"]["size"] = 10**15
    members[0] = (members[0][0], json.dumps(manifest).encode())
    assert "there is no room" in refusal(fleet, repacked(members))
    assert left(fleet) == []


def test_a_part_of_a_newer_version_is_not_loaded_and_nothing_is_changed(fleet: Running) -> None:
    ask(fleet, "POST", "?name=newer")
    part = fleet.data_dir / "snapshots" / "newer" / "sqs" / "part.json"
    part.write_text(json.dumps({**json.loads(part.read_text()), "schema": "0999", "version": "9.9"}))
    url = fleet.client("sqs").create_queue(QueueName="since")["QueueUrl"]
    with pytest.raises(HTTPError) as refused:
        ask(fleet, "POST", "/newer/load")
    said = json.loads(refused.value.read())["message"]
    assert said == (
        f"the snapshot's sqs is at schema 0999, made by RustStack 9.9; this one, {__version__}, knows up to"
        f" {newest_revision(ROOT / 'services' / 'sqs' / 'migrations')}: use a newer one"
    )
    assert fleet.client("sqs").get_queue_url(QueueName="since")["QueueUrl"] == url
    ask(fleet, "DELETE", "/newer")
