"""Reports as ORC and Parquet: the same as CSV's, with types, and keys as they are."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

import pytest

from services.s3.inventory.columns import OPTIONAL
from services.s3.inventory.forms import form_of
from tests.services.s3.conftest import read
from tests.services.s3.inventory.column_files import Rows, orc_rows, parquet_rows
from tests.services.s3.inventory.conftest import Place
from tests.services.s3.inventory.reports import DAY, configure, manifests, report
from tests.waiting import wait_until

READERS = {"ORC": orc_rows, "Parquet": parquet_rows}


def typed(name: str, text: str) -> Any:
    if not text:
        return None
    if name in ("IsLatest", "IsDeleteMarker", "IsMultipartUploaded"):
        return text == "true"
    if name == "Size":
        return int(text)
    if name.endswith("Date"):
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    return unquote_plus(text) if name == "Key" else text


def test_a_report_in_every_form(place: Place) -> None:
    service, s3, source, target = place.service, place.s3, place.source, place.target
    s3.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Enabled"})
    rule = {"Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 20}}
    s3.put_bucket_lifecycle_configuration(Bucket=source, LifecycleConfiguration={"Rules": [rule]})
    for key in ("a", "a", "\u00fc +", "deleted"):
        s3.put_object(Bucket=source, Key=key, Body=b"x")
    s3.delete_object(Bucket=source, Key="deleted")
    for form in ("CSV", "ORC", "Parquet"):
        given = {"IncludedObjectVersions": "All", "OptionalFields": list(OPTIONAL)}
        configure(s3, source, target, form, destination={"Format": form}, **given)
    service.advance_clock(DAY)
    wait_until(lambda: len(manifests(s3, target, f"{source}/")) == 3)
    by_form = {key.split("/")[1]: key for key in manifests(s3, target, f"{source}/")}
    csv = report(s3, target, by_form["CSV"])
    columns = csv.manifest["fileSchema"].split(", ")
    wanted = [{name: typed(name, text) for name, text in row.items()} for row in csv.rows]
    assert len(wanted) == 5
    for form, extension in (("ORC", ".orc"), ("Parquet", ".parquet")):
        manifest = report_manifest(s3, target, by_form[form])
        (file,) = manifest["files"]
        assert (manifest["fileFormat"], file["key"].endswith(extension)) == (form, True)
        found = READERS[form](read(s3, target, file["key"]))
        assert [dict(zip(columns, row.values(), strict=True)) for row in found] == wanted
        names = list(found[0])
        assert names[:3] == ["bucket", "key", "version_id"]
        assert [name.replace("_", "") for name in names] == [name.lower() for name in columns]
        assert all(name in manifest["fileSchema"] for name in names)


def report_manifest(s3: Any, target: str, key: str) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(read(s3, target, key))
    return manifest


def test_the_schemas() -> None:
    given = {"IncludedObjectVersions": "Current", "OptionalFields": ["ETag", "Size", "LastModifiedDate"]}

    def schema(form: str) -> str:
        return form_of({**given, "Destination": {"S3BucketDestination": {"Format": form}}}).schema

    assert schema("ORC") == "struct<bucket:string,key:string,size:bigint,last_modified_date:timestamp,e_tag:string>"
    assert schema("Parquet") == (
        "message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); optional int64 size;"
        " optional int64 last_modified_date (TIMESTAMP_MILLIS); optional binary e_tag (UTF8); }"
    )


@pytest.mark.parametrize("form", ["ORC", "Parquet"])
@pytest.mark.parametrize("count", [0, 1, 24_001])
def test_files_of_several_pieces(form: str, count: int) -> None:
    configuration = {
        "IncludedObjectVersions": "Current",
        "OptionalFields": ["Size", "LastModifiedDate", "IsMultipartUploaded"],
        "Destination": {"S3BucketDestination": {"Format": form}},
    }
    rows = [
        [
            "bucket",
            f"{number:06d}",
            str(number**3) if number % 5 else "",
            f"2000-02-29T00:00:{number % 60:02d}.{number % 1000:03d}Z" if number % 3 else "",
            "true" if number % 7 else "false",
        ]
        for number in range(count)
    ]
    file = form_of(configuration)
    pieces = [file.add(rows[begin : begin + 500]) for begin in range(0, count, 500)]
    found: Rows = READERS[form](b"".join([*pieces, file.end()]))
    names = ("Bucket", "Key", "Size", "LastModifiedDate", "IsMultipartUploaded")
    assert [list(row.values()) for row in found] == [
        [typed(name, text) for name, text in zip(names, row, strict=True)] for row in rows
    ]
    assert count < 20_000 or sum(1 for piece in pieces if piece) == 2
