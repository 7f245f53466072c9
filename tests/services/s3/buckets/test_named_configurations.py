"""Inventories, analytics, metrics and intelligent tiering."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.s3.conftest import error_of, refusal


@pytest.mark.parametrize(
    ("kind", "configuration"),
    [
        (
            "inventory",
            {
                "Id": "one",
                "IsEnabled": True,
                "IncludedObjectVersions": "All",
                "Schedule": {"Frequency": "Daily"},
                "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::target", "Format": "CSV"}},
            },
        ),
        ("analytics", {"Id": "one", "Filter": {"Prefix": "a"}, "StorageClassAnalysis": {}}),
        ("metrics", {"Id": "one", "Filter": {"Prefix": "a"}}),
        (
            "intelligent_tiering",
            {"Id": "one", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]},
        ),
    ],
)
def test_named_configurations(s3: Any, bucket: str, kind: str, configuration: dict[str, Any]) -> None:
    member = "".join(part.capitalize() for part in kind.split("_")) + "Configuration"
    for name in ("one", "two"):
        getattr(s3, f"put_bucket_{kind}_configuration")(
            Bucket=bucket, Id=name, **{member: {**configuration, "Id": name}}
        )
    assert getattr(s3, f"get_bucket_{kind}_configuration")(Bucket=bucket, Id="one")[member] == configuration
    listed = getattr(s3, f"list_bucket_{kind}_configurations")(Bucket=bucket)
    assert [entry["Id"] for entry in listed[f"{member}List"]] == ["one", "two"]
    getattr(s3, f"delete_bucket_{kind}_configuration")(Bucket=bucket, Id="one")
    get = getattr(s3, f"get_bucket_{kind}_configuration")
    assert refusal(get, Bucket=bucket, Id="one") == (404, "NoSuchConfiguration")
    s3.head_bucket(Bucket=bucket)


def test_the_ids_of_a_configuration_have_to_agree(s3: Any, bucket: str) -> None:
    error = error_of(s3.put_bucket_metrics_configuration, Bucket=bucket, Id="one", MetricsConfiguration={"Id": "other"})
    assert error == {
        "Code": "IdMismatch",
        "Message": "Document ID does not match the specified configuration ID.",
    }


KMS_KEY = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("changed", "of_destination", "expected"),
    [
        ({"IncludedObjectVersions": "Some"}, {}, (400, "MalformedXML")),
        ({"Schedule": {"Frequency": "Hourly"}}, {}, (400, "MalformedXML")),
        ({"OptionalFields": ["Size", "Colour"]}, {}, (400, "MalformedXML")),
        ({"OptionalFields": ["Size", "Size"]}, {}, (400, "MalformedXML")),
        ({}, {"Format": "TSV"}, (400, "MalformedXML")),
        ({}, {"Encryption": {"SSES3": {}, "SSEKMS": {"KeyId": KMS_KEY}}}, (400, "MalformedXML")),
        ({}, {"Encryption": {"SSEKMS": {"KeyId": "no key!"}}}, (400, "KMS.NotFoundException")),
        ({}, {"AccountId": "12"}, (400, "InvalidArgument")),
        ({}, {"Bucket": "target"}, (400, "InvalidS3DestinationBucket")),
        ({"OptionalFields": ["IntelligentTieringReferenceDate"]}, {}, (501, "NotImplemented")),
    ],
)
def test_what_is_no_inventory(
    s3: Any, bucket: str, changed: dict[str, Any], of_destination: dict[str, Any], expected: tuple[int, str]
) -> None:
    destination = {"Bucket": "arn:aws:s3:::target", "Format": "CSV", **of_destination}
    configuration = {
        "Id": "one",
        "IsEnabled": True,
        "IncludedObjectVersions": "All",
        "Schedule": {"Frequency": "Daily"},
        "Destination": {"S3BucketDestination": destination},
        **changed,
    }
    put = s3.put_bucket_inventory_configuration
    assert refusal(put, Bucket=bucket, Id="one", InventoryConfiguration=configuration) == expected
    assert "InventoryConfigurationList" not in s3.list_bucket_inventory_configurations(Bucket=bucket)
