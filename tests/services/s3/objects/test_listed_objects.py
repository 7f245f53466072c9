"""Listings' entries that are written at once are what the members say, character by character."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from awskit.wire.model import load_model
from awskit.wire.rest_xml import RestXml
from awskit.wire.xml_writer import Written
from services.s3.objects.key_encoding import KeyEncoding
from services.s3.objects.listed_objects import Asked, contents, members
from services.s3.store.listing import Page

_ROWS = [
    (b"plain.txt", 1_700_000_000.9, 3, "9a0364b9e99bb480dd25e1f0284c8555", "STANDARD", None, "owner", "{}"),
    (
        "<a>&\"'\r\n\t\x01\u00e9 %/\ufffe".encode(),
        951_827_696.0,
        0,
        "d41d8cd98f00b204e9800998ecf8427e-2",
        "GLACIER_IR",
        "CRC64NVME:FULL_OBJECT:AAAAAAAAAAA=",
        "other",
        "{}",
    ),
    (b"c", 1_700_000_001.0, 5 * 1024**4, "x", "DEEP_ARCHIVE", "SHA256:COMPOSITE:abc=-2", "owner", "{}"),
    (b"d", 1_700_000_001.0, 1, "x", "STANDARD", "CRC64NVME:FULL_OBJECT:BBBBBBBBBBB=", "owner", "{}"),
    (b"d/e_f-g.h*i", 1_700_000_001.0, 1, "x", "STANDARD", "CRC64NVME:COMPOSITE:BBBBBBBBBBB=-3", "owner", "{}"),
]
_TELLING_KEYS = (b"plain/a_b-c.d*", "\u00e9 and space".encode(), "\ufb01".encode(), b"two\nlines", b"<&>", b"%2f+~")


def _owner(owner: str) -> dict[str, str]:
    return {"ID": owner} if owner == "other" else {"DisplayName": "me & <you>", "ID": owner}


def _rows_of(keys: Sequence[bytes]) -> list[Any]:
    return [(key, *_ROWS[0][1:]) for key in keys]


@pytest.mark.parametrize("operation", ["ListObjects", "ListObjectsV2"])
@pytest.mark.parametrize("encoding", [{}, {"EncodingType": "url"}])
@pytest.mark.parametrize("owner", [False, True])
@pytest.mark.parametrize(
    "rows", [_ROWS, _ROWS[:1] + _ROWS[2:], [], *(_rows_of([b"a", key, b"z"]) for key in _TELLING_KEYS)]
)
def test_what_is_written_at_once_is_what_the_members_say(
    operation: str, encoding: dict[str, str], owner: bool, rows: list[Any]
) -> None:
    asked, keys = Asked(owner, restore=False), KeyEncoding(encoding)
    page = Page(rows=[row[: asked.columns] for row in rows])
    written = contents(page, keys, asked, _owner)
    assert isinstance(written, Written)
    model = load_model("s3")
    answers = [
        RestXml(model).serialize(model.operations[operation], {"Name": "b", "Contents": given, "MaxKeys": 9}, "id").body
        for given in (written, members(page, keys, asked, _owner))
    ]
    assert answers[0] == answers[1]


def test_members_are_named_where_rows_do_not_tell_all() -> None:
    assert isinstance(contents(Page(rows=_ROWS), KeyEncoding({}), Asked(owner=False, restore=True), _owner), list)
