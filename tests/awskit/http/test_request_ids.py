"""Request ids."""

from __future__ import annotations

import uuid

from awskit.http.request_ids import RequestIds


def test_ids_are_uuids_of_version_4_and_no_two_alike() -> None:
    ids = RequestIds()
    made = [ids.new() for _ in range(10_000)]
    assert len(set(made)) == len(made)
    assert all(uuid.UUID(one).version == 4 and str(uuid.UUID(one)) == one for one in made[:100])


def test_processes_make_different_ones() -> None:
    assert RequestIds().new()[8:] != RequestIds().new()[8:]
