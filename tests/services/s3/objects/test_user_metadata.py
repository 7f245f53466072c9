"""User metadata beyond US-ASCII."""

from __future__ import annotations

from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.s3.objects.user_metadata import mail_safe


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("plain =?text_", "plain =?text_"),
        # the user guide's example
        ("ÄMÄZÕÑ S3".encode().decode("latin-1"), "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="),
        ("Hello World\xe9", "=?UTF-8?Q?Hello_World=C3=A9?="),
    ],
)
def test_metadata_are_mail_safe(value: str, kept: str) -> None:
    assert mail_safe(value) == kept


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_encoded_words_mean_what_was_given(value: str) -> None:
    words = [word + "?=" for word in mail_safe(value + "é").split("?= ")]
    words[-1] = words[-1].removesuffix("?=")
    assert all(len(word) <= 75 for word in words)
    assert "".join(str(make_header(decode_header(word))) for word in words) == value + "é"
