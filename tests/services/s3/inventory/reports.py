"""Inventory configurations for tests, and reports as whoever reads them finds them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

from tests.processes import Running
from tests.waiting import wait_until

DAY = 86_400.0


def configure(s3: Any, source: str, target: str, name: str = "one", **given: Any) -> None:
    """Put a configuration: daily, of current versions, where `given` does not say otherwise."""
    destination = {"Bucket": f"arn:aws:s3:::{target}", "Format": "CSV", **given.pop("destination", {})}
    configuration = {
        "Id": name,
        "IsEnabled": True,
        "IncludedObjectVersions": "Current",
        "Schedule": {"Frequency": "Daily"},
        "Destination": {"S3BucketDestination": destination},
        **given,
    }
    s3.put_bucket_inventory_configuration(Bucket=source, Id=name, InventoryConfiguration=configuration)


@dataclass(frozen=True)
class Report:
    """A report, checked against its manifests; `rows` have their columns' names."""

    manifest_key: str
    manifest: dict[str, Any]
    rows: list[dict[str, str]]
    text: str


def keys_of(s3: Any, bucket: str, prefix: str = "") -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", ())]


def manifests(s3: Any, target: str, folder: str) -> list[str]:
    """The keys of the manifests below `folder`, the earliest first."""
    return [key for key in keys_of(s3, target, folder) if key.endswith("/manifest.json")]


def report(s3: Any, target: str, manifest_key: str) -> Report:
    """The report of a manifest."""

    def read(key: str) -> bytes:
        body: bytes = s3.get_object(Bucket=target, Key=key)["Body"].read()
        return body

    content = read(manifest_key)
    checksum = manifest_key.replace("manifest.json", "manifest.checksum")
    assert read(checksum).decode() == hashlib.md5(content).hexdigest()
    manifest = json.loads(content)
    text = ""
    for file in manifest["files"]:
        data = read(file["key"])
        assert (len(data), hashlib.md5(data).hexdigest()) == (file["size"], file["MD5checksum"])
        text += gzip.decompress(data).decode()
    columns = manifest["fileSchema"].split(", ")
    rows = [dict(zip(columns, row, strict=True)) for row in csv.reader(io.StringIO(text))]
    return Report(manifest_key, manifest, rows, text)


def next_report(service: Running, s3: Any, source: str, target: str, name: str = "one", days: float = 1) -> Report:
    """The report that comes of moving the clock on by `days`."""
    folder = f"{source}/{name}/"
    before = set(manifests(s3, target, folder))
    service.advance_clock(days * DAY)
    wait_until(lambda: len(manifests(s3, target, folder)) > len(before))
    (new,) = set(manifests(s3, target, folder)) - before
    return report(s3, target, new)
