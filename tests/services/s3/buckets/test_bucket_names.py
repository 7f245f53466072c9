"""Names that buckets may have."""

from __future__ import annotations

import pytest

from services.s3.buckets.bucket_names import is_valid_bucket_name


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("abc", True),
        ("a.b-c.9", True),
        ("a" * 63, True),
        ("ab", False),
        ("a" * 64, False),
        ("Abc", False),
        ("a_b", False),
        ("-ab", False),
        ("ab-", False),
        ("a..b", False),
        ("192.168.0.1", False),
        ("xn--abc", False),
        ("abc-s3alias", False),
        ("abc--x-s3", False),
    ],
)
def test_names(name: str, valid: bool) -> None:
    assert is_valid_bucket_name(name) is valid
