"""Listings' entries that are written at once are what the members say, character by character."""

from __future__ import annotations

from typing import Any

import pytest

from awskit.wire.model import load_model
from awskit.wire.rest_xml import RestXml
from awskit.wire.xml_writer import Written
from services.s3.objects.key_encoding import KeyEncoding
from services.s3.objects.listed_objects import contents, members
from services.s3.store.listing import Page

_ROWS = [
    (b"plain.txt", 1_700_000_000.9, 3, "9a0364b9e99bb480dd25e1f0284c8555", "STANDARD", "owner", None, "{}"),
    (
        "<a>&\"'\r\n\t\x01\u00e9 %/\ufffe".encode(),
        951_827_696.0,
        0,
        "d41d8cd98f00b204e9800998ecf8427e-2",
        "GLACIER_IR",
        "other",
        "CRC64NVME:FULL_OBJECT:AAAAAAAAAAA=",
        "{}",
    ),
    (b"c", 1_700_000_001.0, 5 * 1024**4, "x", "DEEP_ARCHIVE", "owner", "SHA256:COMPOSITE:abc=-2", "{}"),
    (b"d", 1_700_000_001.0, 1, "x", "STANDARD", "owner", "CRC64NVME:FULL_OBJECT:BBBBBBBBBBB=", "{}"),
]


def _owner(owner: str) -> dict[str, str]:
    return {"ID": owner} if owner == "other" else {"DisplayName": "me & <you>", "ID": owner}


@pytest.mark.parametrize("operation", ["ListObjects", "ListObjectsV2"])
@pytest.mark.parametrize("encoding", [{}, {"EncodingType": "url"}])
@pytest.mark.parametrize("owner_of", [None, _owner])
@pytest.mark.parametrize("rows", [_ROWS, []])
def test_what_is_written_at_once_is_what_the_members_say(
    operation: str, encoding: dict[str, str], owner_of: Any, rows: list[Any]
) -> None:
    page, keys = Page(rows=rows), KeyEncoding(encoding)
    written = contents(page, keys, owner_of, restore=False)
    assert isinstance(written, Written)
    model = load_model("s3")
    answers = [
        RestXml(model).serialize(model.operations[operation], {"Name": "b", "Contents": given, "MaxKeys": 9}, "id").body
        for given in (written, members(page, keys, owner_of, restore=False))
    ]
    assert answers[0] == answers[1]


def test_members_are_named_where_rows_do_not_tell_all() -> None:
    assert isinstance(contents(Page(rows=_ROWS), KeyEncoding({}), None, restore=True), list)
