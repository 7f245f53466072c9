"""Lifecycle rules: what is put comes back, what is wrong is refused."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from tests.services.s3.conftest import refusal

LIFECYCLE = {
    "Rules": [{"ID": "one", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}],
}


def test_lifecycle_rules_come_back_as_they_are(s3: Any, bucket: str) -> None:
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=LIFECYCLE)
    answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert answer["Rules"] == LIFECYCLE["Rules"]
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    put = s3.put_object(Bucket=bucket, Key="logs/1")
    assert 'rule-id="one"' in put["Expiration"]
    assert "Expiration" not in s3.put_object(Bucket=bucket, Key="other")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Status": "enabled"}, "MalformedXML"),
        ({"Expiration": {"Days": 0}}, "InvalidArgument"),
        ({"Expiration": {"Date": datetime.datetime(2030, 1, 1, 5, tzinfo=datetime.UTC)}}, "InvalidArgument"),
        ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, "MalformedXML"),
        ({"ID": "x" * 256}, "InvalidArgument"),
        ({"Transitions": [{"Days": 3, "StorageClass": "STANDARD_IA"}]}, "InvalidArgument"),
        ({"Filter": {"And": {"Prefix": "a"}}}, "MalformedXML"),
        ({"Prefix": "a"}, "MalformedXML"),
    ],
)
def test_lifecycle_rules_that_are_refused(s3: Any, bucket: str, change: dict[str, Any], code: str) -> None:
    rules = {"Rules": [{**LIFECYCLE["Rules"][0], **change}]}
    refused = refusal(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration=rules)
    assert refused == (400, code)
