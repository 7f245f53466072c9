"""What a tag may be, for every service."""

from __future__ import annotations

import pytest

from awskit.resources.tags import has_tag_characters, is_reserved, is_tag_key, is_tag_value


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("", False, True),
        ("k" * 128, True, True),
        ("k" * 129, False, True),
        ("v" * 256, False, True),
        ("v" * 257, False, False),
        ("Größe 1 + 名.前:/=@-_", True, True),
        ("a,b", False, False),
        ("<tag>", False, False),
    ],
)
def test_lengths_and_characters(text: str, key: bool, value: bool) -> None:
    assert (is_tag_key(text), is_tag_value(text)) == (key, value)


def test_characters_alone() -> None:
    assert has_tag_characters("k" * 1000)
    assert not has_tag_characters("a#b")


@pytest.mark.parametrize(("key", "reserved"), [("aws:x", True), ("AWS:x", True), ("awsx", False), ("x:aws:", False)])
def test_aws_keeps_keys(key: str, reserved: bool) -> None:
    assert is_reserved(key) == reserved
