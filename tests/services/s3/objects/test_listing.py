"""Listings: order, prefixes, delimiters, pages."""

from __future__ import annotations

import random
import uuid
from typing import Any

import pytest

from tests.services.s3.conftest import refusal

KEYS = ["a", "a/1", "a/2", "a/b/1", "b/1", "b/2", "c", "ä", "日"]


@pytest.fixture
def filled(s3: Any, bucket: str) -> str:
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key)
    return bucket


def shown(answer: Any) -> tuple[list[str], list[str]]:
    return (
        [entry["Key"] for entry in answer.get("Contents", [])],
        [entry["Prefix"] for entry in answer.get("CommonPrefixes", [])],
    )


def test_keys_come_in_utf8_order(s3: Any, bucket: str) -> None:
    keys = ["~", "Z", "a", "\uffee", "\U0001f600", "é", "!"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key)
    assert shown(s3.list_objects_v2(Bucket=bucket))[0] == sorted(keys, key=str.encode)


@pytest.mark.parametrize(
    ("prefix", "delimiter", "keys", "prefixes"),
    [
        ("", "", KEYS, []),
        ("", "/", ["a", "c", "ä", "日"], ["a/", "b/"]),
        ("a/", "/", ["a/1", "a/2"], ["a/b/"]),
        ("a", "", ["a", "a/1", "a/2", "a/b/1"], []),
        ("", "/b/", ["a", "a/1", "a/2", "b/1", "b/2", "c", "ä", "日"], ["a/b/"]),
        ("x", "/", [], []),
    ],
)
@pytest.mark.parametrize("page", [1, 2, 1000])
def test_pages_hold_everything_once(
    s3: Any, filled: str, prefix: str, delimiter: str, keys: list[str], prefixes: list[str], page: int
) -> None:
    given = {"Bucket": filled, "Prefix": prefix, "Delimiter": delimiter}
    for operation, size in (("list_objects_v2", "MaxKeys"), ("list_objects", "MaxKeys")):
        found: tuple[list[str], list[str]] = ([], [])
        further: dict[str, Any] = {}
        while True:
            answer = getattr(s3, operation)(**given, **{size: page}, **further)
            part = shown(answer)
            assert len(part[0]) + len(part[1]) <= page
            found[0].extend(part[0])
            found[1].extend(part[1])
            if not answer["IsTruncated"]:
                break
            if operation == "list_objects_v2":
                further = {"ContinuationToken": answer["NextContinuationToken"]}
            else:
                further = {"Marker": answer["NextMarker"] if delimiter else part[0][-1]}
        assert found == (keys, prefixes)


def test_many_keys_under_one_prefix_are_skipped(s3: Any, bucket: str) -> None:
    for number in range(40):
        s3.put_object(Bucket=bucket, Key=f"many/{number:03}")
    s3.put_object(Bucket=bucket, Key="more/1")
    s3.put_object(Bucket=bucket, Key="zz")
    assert shown(s3.list_objects_v2(Bucket=bucket, Delimiter="/")) == (["zz"], ["many/", "more/"])
    first = s3.list_objects_v2(Bucket=bucket, Delimiter="/", MaxKeys=2)
    assert (shown(first), first["IsTruncated"], first["KeyCount"]) == (([], ["many/", "more/"]), True, 2)


def test_start_after_and_markers(s3: Any, filled: str) -> None:
    assert shown(s3.list_objects_v2(Bucket=filled, StartAfter="b/1"))[0] == ["b/2", "c", "ä", "日"]
    assert shown(s3.list_objects(Bucket=filled, Marker="b"))[0] == ["b/1", "b/2", "c", "ä", "日"]
    assert shown(s3.list_objects(Bucket=filled, Marker="a/", Delimiter="/")) == (["c", "ä", "日"], ["b/"])


def test_owners_and_limits(s3: Any, filled: str) -> None:
    plain = s3.list_objects_v2(Bucket=filled)["Contents"][0]
    owned = s3.list_objects_v2(Bucket=filled, FetchOwner=True)["Contents"][0]
    assert "Owner" not in plain
    assert owned["Owner"]["ID"] == s3.list_buckets()["Owner"]["ID"]
    nothing = s3.list_objects_v2(Bucket=filled, MaxKeys=0)
    assert (shown(nothing), nothing["IsTruncated"]) == (([], []), False)
    assert refusal(s3.list_objects_v2, Bucket=filled, ContinuationToken="nonsense") == (400, "InvalidArgument")
    assert refusal(s3.list_objects_v2, Bucket=filled, MaxKeys=-1) == (400, "InvalidArgument")


def _model(keys: list[str], prefix: str, delimiter: str) -> list[str]:
    """What a listing has for entries: keys, and common prefixes marked by `>`."""
    entries: list[str] = []
    for key in sorted(keys, key=str.encode):
        if key.startswith(prefix):
            found = key.find(delimiter, len(prefix))
            entry = key if found < 0 else f">{key[: found + len(delimiter)]}"
            if entry not in entries:
                entries.append(entry)
    return entries


def _entries(answer: Any, rows: str) -> list[str]:
    found = [(entry["Key"], entry["Key"]) for entry in answer.get(rows, [])]
    found += [(entry["Prefix"], f">{entry['Prefix']}") for entry in answer.get("CommonPrefixes", [])]
    return [shown for _, shown in sorted(found, key=lambda entry: entry[0].encode())]


@pytest.fixture(scope="module")
def thicket(s3: Any) -> tuple[str, list[str]]:
    """A bucket of folders with few and with many keys, beside plain keys, and of keys that only look like folders."""
    chosen = random.Random(7)
    bucket = f"test-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    keys = {"".join(chosen.choices("ab/é", k=chosen.randint(1, 5))) for _ in range(150)}
    keys |= {f"{folder}/{number}" for folder in ("a", "b//é", "é", "many") for number in range(30)}
    keys |= {f"plain-{number}" for number in range(20)}
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key)
    return bucket, list(keys)


@pytest.mark.parametrize("page", [7, 1000])
@pytest.mark.parametrize("delimiter", ["/", "//", "é", "a", "b/", "/é", "-"])
def test_listings_with_a_delimiter_hold_what_a_model_does(
    s3: Any, thicket: tuple[str, list[str]], delimiter: str, page: int
) -> None:
    bucket, keys = thicket
    for prefix in ("", "a", "a/", "b//", "é/", "many/", "x"):
        given = {"Bucket": bucket, "Prefix": prefix, "Delimiter": delimiter, "PaginationConfig": {"PageSize": page}}
        for operation, rows in (("list_objects_v2", "Contents"), ("list_object_versions", "Versions")):
            pages = list(s3.get_paginator(operation).paginate(**given))
            assert all(len(_entries(answer, rows)) == page for answer in pages[:-1])
            listed = [entry for answer in pages for entry in _entries(answer, rows)]
            assert listed == _model(keys, prefix, delimiter), (prefix, operation)


def test_versions_among_folders(s3: Any, versioned: str) -> None:
    for number in range(20):
        for key in ("a/1", f"b/{number}", "c", f"d/{number}"):
            s3.put_object(Bucket=versioned, Key=key, Body=str(number))
    given = {"Bucket": versioned, "Delimiter": "/", "PaginationConfig": {"PageSize": 6}}
    pages = list(s3.get_paginator("list_object_versions").paginate(**given))
    assert [entry for answer in pages for entry in _entries(answer, "Versions")] == [">a/", ">b/", *["c"] * 20, ">d/"]
    latest = [entry["IsLatest"] for answer in pages for entry in answer.get("Versions", [])]
    assert latest == [True, *[False] * 19]
    s3.delete_object(Bucket=versioned, Key="c")
    assert _entries(s3.list_objects_v2(Bucket=versioned, Delimiter="/"), "Contents") == [">a/", ">b/", ">d/"]
