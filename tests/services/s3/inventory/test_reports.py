"""Inventory reports: what is in them and beside them, and when they come."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

import pytest

from tests.processes import ACCOUNT_ID
from tests.services.s3.conftest import read
from tests.services.s3.inventory.conftest import Place
from tests.services.s3.inventory.reports import DAY, configure, keys_of, manifests, next_report, report
from tests.waiting import wait_until

FIELDS = (
    "Size LastModifiedDate ETag StorageClass IsMultipartUploaded ReplicationStatus EncryptionStatus"
    " ObjectLockRetainUntilDate ObjectLockMode ObjectLockLegalHoldStatus IntelligentTieringAccessTier BucketKeyStatus"
    " ChecksumAlgorithm ObjectAccessControlList ObjectOwner LifecycleExpirationDate"
).split()


KEY = "11111111-2222-3333-4444-555555555555"
DEFAULT_KEY = "99999999-2222-3333-4444-555555555555"


def keep_versions(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def test_where_a_report_is_and_what_its_manifests_say(place: Place) -> None:
    s3, source, target = place.s3, place.source, place.target
    s3.put_object(Bucket=source, Key="key", Body=b"x")
    configure(s3, source, target, destination={"Prefix": "lists"}, OptionalFields=["ETag", "Size"])
    place.service.advance_clock(DAY)
    folder = f"lists/{source}/one"
    wait_until(lambda: len(keys_of(s3, target)) == 4)
    checksum, manifest_key, data, symlink = keys_of(s3, target)
    assert re.fullmatch(f"{folder}/\\d{{4}}-\\d\\d-\\d\\dT\\d\\d-\\d\\dZ/manifest.json", manifest_key)
    assert checksum == manifest_key.replace("json", "checksum")
    assert re.fullmatch(f"{folder}/data/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}[.]csv[.]gz", data)
    moment = manifest_key.split("/")[3]
    assert symlink == f"{folder}/hive/dt={moment.replace('T', '-').rstrip('Z')}/symlink.txt"
    assert read(s3, target, symlink).decode() == f"s3://{target}/{data}\n"
    found = report(s3, target, manifest_key)
    began = datetime.fromtimestamp(int(found.manifest.pop("creationTimestamp")) / 1000, UTC)
    assert f"{began:%Y-%m-%dT%H-%MZ}" == moment
    (file,) = found.manifest.pop("files")
    assert file["key"] == data
    assert found.manifest == {
        "sourceBucket": source,
        "destinationBucket": f"arn:aws:s3:::{target}",
        "version": "2016-11-30",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, ETag",
    }
    assert found.text == f'"{source}","key","1","9dd4e461268c8034f5c8564e155c67a6"\n'
    head = s3.head_object(Bucket=target, Key=data)
    assert head["ETag"].strip('"') == file["MD5checksum"]


def test_every_field(place: Place) -> None:
    s3, source, target = place.s3, place.source, place.target
    keep_versions(s3, source)
    rule = {
        "Status": "Enabled",
        "Filter": {"Prefix": "expires/"},
        "Expiration": {"Days": 10},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 20},
    }
    s3.put_bucket_lifecycle_configuration(Bucket=source, LifecycleConfiguration={"Rules": [rule]})
    s3.put_object(Bucket=source, Key="expires/1", Body=b"old")
    put = s3.put_object(
        Bucket=source,
        Key="expires/1",
        Body=b"newer",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=KEY,
        BucketKeyEnabled=True,
        StorageClass="INTELLIGENT_TIERING",
        ChecksumAlgorithm="SHA256",
    )
    upload = {"Bucket": source, "Key": "in parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"x" * 100_000)
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    s3.put_object(Bucket=source, Key="deleted", Body=b"")
    marker = s3.delete_object(Bucket=source, Key="deleted")
    configure(s3, source, target, IncludedObjectVersions="All", OptionalFields=FIELDS)
    found = next_report(place.service, s3, source, target)
    of_versions = ["Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker"]
    assert found.manifest["fileSchema"] == ", ".join([*of_versions, *FIELDS])
    by_key = {(row["Key"], row["IsLatest"]): row for row in found.rows}
    assert len(by_key) == len(found.rows) == 5
    owner = s3.list_buckets()["Owner"]["ID"]
    newer, older = by_key["expires/1", "true"], by_key["expires/1", "false"]
    acl = json.loads(base64.b64decode(newer.pop("ObjectAccessControlList")))
    full_control = {"canonicalId": owner, "permission": "FULL_CONTROL", "type": "CanonicalUser"}
    assert acl == {"version": "2022-11-10", "status": "AVAILABLE", "grants": [full_control]}
    head = s3.head_object(Bucket=source, Key="expires/1")
    expected = {
        "Bucket": source,
        "Key": "expires/1",
        "VersionId": put["VersionId"],
        "IsLatest": "true",
        "IsDeleteMarker": "false",
        "Size": "5",
        "LastModifiedDate": f"{head['LastModified']:%Y-%m-%dT%H:%M:%S}.000Z",
        "ETag": put["ETag"].strip('"'),
        "StorageClass": "INTELLIGENT_TIERING",
        "IsMultipartUploaded": "false",
        "ReplicationStatus": "",
        "EncryptionStatus": "SSE-KMS",
        "ObjectLockRetainUntilDate": "",
        "ObjectLockMode": "",
        "ObjectLockLegalHoldStatus": "Off",
        "IntelligentTieringAccessTier": "FREQUENT",
        "BucketKeyStatus": "ENABLED",
        "ChecksumAlgorithm": "SHA256",
        "ObjectOwner": owner,
    }
    expiry = datetime.strptime(newer.pop("LifecycleExpirationDate"), "%Y-%m-%dT%H:%M:%S.000Z").replace(tzinfo=UTC)
    assert expiry.strftime("%a, %d %b %Y %H:%M:%S GMT") in head["Expiration"]
    assert newer == expected
    assert (older["EncryptionStatus"], older["BucketKeyStatus"]) == ("SSE-S3", "DISABLED")
    gone = datetime.strptime(older["LifecycleExpirationDate"], "%Y-%m-%dT%H:%M:%S.000Z").replace(tzinfo=UTC)
    assert (gone - expiry).days == 10
    in_parts = by_key["in+parts", "true"]
    assert (in_parts["IsMultipartUploaded"], in_parts["Size"]) == ("true", "100000")
    deleted = by_key["deleted", "true"]
    shown = ("VersionId", "IsDeleteMarker", "Size", "ETag", "StorageClass", "EncryptionStatus")
    assert [deleted[name] for name in shown] == [marker["VersionId"], "true", "", "", "", ""]


def test_locks_and_grants(place: Place, unique_name: str) -> None:
    s3, target, source = place.s3, place.target, f"{unique_name}-locked"
    s3.create_bucket(Bucket=source, ObjectLockEnabledForBucket=True, ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=source)
    until = datetime(2100, 1, 1, tzinfo=UTC)
    s3.put_object(
        Bucket=source,
        Key="locked",
        Body=b"x",
        ACL="public-read",
        ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate=until,
        ObjectLockLegalHoldStatus="ON",
        ChecksumAlgorithm="CRC32",
    )
    fields = [name for name in FIELDS if name.startswith("Object")]
    configure(s3, source, target, OptionalFields=fields)
    (row,) = next_report(place.service, s3, source, target).rows
    assert [row[f"ObjectLock{name}"] for name in ("RetainUntilDate", "Mode", "LegalHoldStatus")] == [
        "2100-01-01T00:00:00.000Z",
        "Governance",
        "On",
    ]
    grants = json.loads(base64.b64decode(row["ObjectAccessControlList"]))["grants"]
    everybody = "http://acs.amazonaws.com/groups/global/AllUsers"
    assert {"uri": everybody, "permission": "READ", "type": "Group"} in grants


def test_which_objects_are_listed(place: Place) -> None:
    s3, source, target = place.s3, place.source, place.target
    names = ['a/"quoted", with a comma', "a/\u00fc +%", "a/line\nbreak", "b/other", "a"]
    s3.put_object(Bucket=source, Key="a/null", Body=b"x")
    keep_versions(s3, source)
    for name in names:
        s3.put_object(Bucket=source, Key=name, Body=b"1")
        s3.put_object(Bucket=source, Key=name, Body=b"22")
    s3.delete_object(Bucket=source, Key="a/line\nbreak")
    configure(s3, source, target, Filter={"Prefix": "a/"}, OptionalFields=["Size"])
    configure(s3, source, target, "all", Filter={"Prefix": "a/"}, IncludedObjectVersions="All")
    current = next_report(place.service, s3, source, target)
    wanted = ['a/"quoted", with a comma', "a/null", "a/\u00fc +%"]
    assert [unquote_plus(row["Key"]) for row in current.rows] == wanted
    assert [row["Size"] for row in current.rows] == ["2", "1", "2"]
    wait_until(lambda: len(manifests(s3, target, f"{source}/all/")) == 1)
    every = report(s3, target, manifests(s3, target, f"{source}/all/")[0])
    versions = s3.list_object_versions(Bucket=source, Prefix="a/")
    listed = {(entry["Key"], entry["VersionId"]) for entry in [*versions["Versions"], *versions["DeleteMarkers"]]}
    assert {(unquote_plus(row["Key"]), row["VersionId"] or "null") for row in every.rows} == listed


def test_an_empty_bucket_and_one_that_lists_into_itself(place: Place) -> None:
    s3, source = place.s3, place.source
    configure(s3, source, source)
    assert next_report(place.service, s3, source, source).rows == []
    assert len(next_report(place.service, s3, source, source).rows) == 4


@pytest.mark.parametrize(
    ("encryption", "expected"),
    [
        ({"SSES3": {}}, ("AES256", None)),
        ({"SSEKMS": {"KeyId": f"arn:aws:kms:us-east-1:{ACCOUNT_ID}:key/{KEY}"}}, ("aws:kms", f"key/{KEY}")),
        (None, ("aws:kms", f"key/{DEFAULT_KEY}")),
    ],
)
def test_encryption_of_reports(place: Place, encryption: Any, expected: tuple[str, str | None]) -> None:
    s3, source, target = place.s3, place.source, place.target
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": DEFAULT_KEY}
    rules = [{"ApplyServerSideEncryptionByDefault": default}]
    s3.put_bucket_encryption(Bucket=target, ServerSideEncryptionConfiguration={"Rules": rules})
    configure(s3, source, target, destination={} if encryption is None else {"Encryption": encryption})
    next_report(place.service, s3, source, target)
    for key in keys_of(s3, target):
        head = s3.head_object(Bucket=target, Key=key)
        arn = head.get("SSEKMSKeyId")
        assert (head["ServerSideEncryption"], arn and arn.partition(f"{ACCOUNT_ID}:")[2]) == expected


def test_a_daily_report_comes_once_a_day_and_to_whom_is_enabled(place: Place) -> None:
    service, s3, source, target = place.service, place.s3, place.source, place.target
    configure(s3, source, target)
    configure(s3, source, target, "off", IsEnabled=False)
    first = next_report(service, s3, source, target)
    now = service.get("/_ruststack/clock")["now"]
    service.advance_clock(DAY - now % DAY - 900)  # to a quarter before midnight: nothing is due
    second = next_report(service, s3, source, target, days=1 / 24)
    assert first.manifest_key < second.manifest_key
    assert len(manifests(s3, target, f"{source}/one/")) == 2
    next_report(service, s3, source, target, days=3)
    assert manifests(s3, target, f"{source}/off/") == []
    configure(s3, source, target, "off")
    next_report(service, s3, source, target, "off")
    s3.delete_bucket_inventory_configuration(Bucket=source, Id="off")
    next_report(service, s3, source, target)
    assert len(manifests(s3, target, f"{source}/off/")) == 1


def test_weekly_reports_come_on_sundays_after_the_first(place: Place) -> None:
    service, s3, source, target = place.service, place.s3, place.source, place.target
    configure(s3, source, target, "weekly", Schedule={"Frequency": "Weekly"})
    configure(s3, source, target, "daily")
    first = next_report(service, s3, source, target, "weekly")
    weekday = datetime.fromtimestamp(int(first.manifest["creationTimestamp"]) / 1000, UTC).weekday()
    to_saturday = (5 - weekday) % 7 or 7
    for days, more in ((to_saturday, weekday in (5, 6)), (1, True), (1, False)):
        before = len(manifests(s3, target, f"{source}/weekly/"))
        # A run writes the reports by their ids: where that of "weekly" is to come, it comes after that of "daily".
        next_report(service, s3, source, target, "daily", days)
        wait_until(lambda: len(manifests(s3, target, f"{source}/weekly/")) == before + more)  # noqa: B023


def test_after_the_clock_is_put_back(place: Place) -> None:
    service, s3, source, target = place.service, place.s3, place.source, place.target
    configure(s3, source, target, target)
    next_report(service, s3, source, target, target, days=30)
    offset = service.get("/_ruststack/clock")["offset"]

    def since() -> float:
        """When the service takes the latest report to have been written."""
        with closing(sqlite3.connect(service.data_dir / "s3.db", timeout=60)) as connection:
            (row,) = connection.execute("SELECT since FROM inventory_marks WHERE name = ?", (target,))
        return float(row[0])

    before = since()
    service.post(f"/_ruststack/clock?offset={offset - 20 * DAY}")
    wait_until(lambda: since() < before)
    next_report(service, s3, source, target, target)
    service.post(f"/_ruststack/clock?offset={offset + DAY}")


def test_events_of_a_report(place: Place) -> None:
    service, s3, source, target = place.service, place.s3, place.source, place.target
    keep_versions(s3, target)
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:{target}"
    watch = {
        "LambdaFunctionArn": function,
        "Events": ["s3:ObjectCreated:Put"],
        "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".checksum"}]}},
    }
    given = {"LambdaFunctionConfigurations": [watch]}
    s3.put_bucket_notification_configuration(
        Bucket=target, NotificationConfiguration=given, SkipDestinationValidation=True
    )
    configure(s3, source, target)
    found = next_report(service, s3, source, target)

    def told() -> list[Any]:
        messages: dict[str, list[Any]] = service.get(f"/_aws/s3/lambda-events?recipient={function}")["lambda_events"]
        return messages.get(function, [])

    wait_until(lambda: bool(told()))
    (message,) = told()
    (record,) = message["Records"]
    key = unquote_plus(record["s3"]["object"]["key"])
    assert (record["eventName"], key) == ("ObjectCreated:Put", found.manifest_key.replace("json", "checksum"))


def test_a_destination_that_does_not_take_it(place: Place, unique_name: str) -> None:
    service, s3, source, target = place.service, place.s3, place.source, place.target
    elsewhere = f"{unique_name}-elsewhere"
    west = service.client("s3", region_name="eu-west-1")
    west.create_bucket(Bucket=elsewhere, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    configure(s3, source, f"{unique_name}-none", "none")
    configure(s3, source, elsewhere, "region")
    configure(s3, source, target, "account", destination={"AccountId": "333333333333"})
    configure(s3, source, target, "right", destination={"AccountId": ACCOUNT_ID})
    next_report(service, s3, source, target, "right")
    for name in ("none", "region", "account"):
        wait_until(lambda name=name: f"no inventory {name} of bucket {source} is written" in service.log.read_text())  # type: ignore[misc]
    assert keys_of(s3, elsewhere) == manifests(s3, target, f"{source}/account/") == []
    s3.create_bucket(Bucket=f"{unique_name}-none")
    next_report(service, s3, source, f"{unique_name}-none", "none")
    west.close()


def test_what_fails_is_tried_again(place: Place) -> None:
    service, s3, source, target = place.service, place.s3, place.source, place.target
    configure(s3, source, target)

    def rename(table: str, new: str) -> None:
        with closing(sqlite3.connect(service.data_dir / "s3.db", timeout=60)) as connection:
            connection.execute(f"ALTER TABLE {table} RENAME TO {new}")

    rename("inventory_marks", "away")
    try:
        service.advance_clock(DAY)
        wait_until(lambda: "a run of the inventory work failed" in service.log.read_text())
    finally:
        rename("away", "inventory_marks")
    assert manifests(s3, target, source) == []
    next_report(service, s3, source, target, days=61 / DAY)


def test_a_bucket_of_the_same_name_begins_anew(place: Place) -> None:
    service, s3, source, target = place.service, place.s3, place.source, place.target
    configure(s3, source, target)
    next_report(service, s3, source, target)
    s3.delete_bucket(Bucket=source)
    s3.create_bucket(Bucket=source)
    configure(s3, source, target, Schedule={"Frequency": "Weekly"})
    next_report(service, s3, source, target)
