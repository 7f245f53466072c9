"""Versions that are written at once are what the members say, character by character."""

from __future__ import annotations

from typing import Any

import pytest

from awskit.wire.model import load_model
from awskit.wire.rest_xml import RestXml
from awskit.wire.xml_writer import Written
from services.s3.objects.key_encoding import KeyEncoding
from services.s3.objects.listed_versions import members, versions

_CRC, _SHA = "CRC64NVME:FULL_OBJECT:AAAAAAAAAAA=", "SHA256:COMPOSITE:abc=-2"
_ROWS = [
    (b"a b", 1, 1_700_000_000.9, 3, "9a0364b9e99bb480dd25e1f0284c8555", "STANDARD", "me", None, "{}", "null", 1, 0),
    ("<\u00e9&\x01>".encode(), -5, 951_827_696.0, 0, "d41d-2", "GLACIER_IR", "other", _CRC, "{}", "v.1_-", 0, 0),
    (b"c", -9, 1_700_000_001.0, 0, "", "STANDARD", "me", None, "{}", "marker", 1, 1),
    (b"c", -8, 1_700_000_001.0, 5 * 1024**4, "x", "DEEP_ARCHIVE", "me", _SHA, "{}", "older", 0, 0),
]


def _owner(owner: str) -> dict[str, str]:
    return {"ID": owner} if owner == "other" else {"DisplayName": "me & <you>", "ID": owner}


@pytest.mark.parametrize("encoding", [{}, {"EncodingType": "url"}])
@pytest.mark.parametrize("rows", [_ROWS, _ROWS[2:], []])
def test_what_is_written_at_once_is_what_the_members_say(encoding: dict[str, str], rows: list[Any]) -> None:
    keys = KeyEncoding(encoding)
    written = versions(rows, keys, _owner, restore=False)
    assert isinstance(written, Written)
    model = load_model("s3")
    operation = model.operations["ListObjectVersions"]
    answers = [
        RestXml(model).serialize(operation, {"Name": "b", "Versions": given, "MaxKeys": 9}, "id").body
        for given in (written, members(rows, keys, _owner, restore=False))
    ]
    assert answers[0] == answers[1]


def test_members_are_named_where_rows_do_not_tell_all() -> None:
    assert isinstance(versions(_ROWS, KeyEncoding({}), _owner, restore=True), list)
