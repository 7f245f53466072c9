"""Listings: order, prefixes, delimiters, pages."""

from __future__ import annotations

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
