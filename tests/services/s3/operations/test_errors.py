"""What every error says."""

from __future__ import annotations

from typing import Any

from tests.services.s3.conftest import error_of


def test_an_error_names_no_resource(s3: Any, bucket: str) -> None:
    assert error_of(s3.get_bucket_inventory_configuration, Bucket=bucket, Id="none") == {
        "Code": "NoSuchConfiguration",
        "Message": "The specified configuration does not exist.",
    }
