"""Days and dates that lead beyond the calendar: what a rule says of them never makes an object unreadable."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

MOST = 2_147_483_647


def put_rules(s3: Any, bucket: str, **rule: Any) -> None:
    rule = {"ID": "rule", "Status": "Enabled", "Filter": {"Prefix": ""}, **rule}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})


@pytest.mark.parametrize("days", [3_000_000, MOST])
def test_rules_of_very_many_days(s3: Any, bucket: str, days: int) -> None:
    s3.put_object(Bucket=bucket, Key="before", Body=b"x")
    put_rules(
        s3,
        bucket,
        Expiration={"Days": days},
        Transitions=[{"Days": days - 1, "StorageClass": "GLACIER"}],
        NoncurrentVersionExpiration={"NoncurrentDays": days},
        NoncurrentVersionTransitions=[{"NoncurrentDays": days, "StorageClass": "GLACIER"}],
        AbortIncompleteMultipartUpload={"DaysAfterInitiation": days},
    )
    shown = 'expiry-date="Fri, 31 Dec 9999 00:00:00 GMT", rule-id="rule"'
    assert s3.put_object(Bucket=bucket, Key="after", Body=b"x")["Expiration"] == shown
    assert s3.head_object(Bucket=bucket, Key="before")["Expiration"] == shown
    assert s3.get_object(Bucket=bucket, Key="before")["Expiration"] == shown
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")
    assert upload["AbortDate"].year == 9999
    assert s3.list_parts(Bucket=bucket, Key="parts", UploadId=upload["UploadId"])["AbortDate"].year == 9999


@pytest.mark.parametrize("date", ["10000-01-01T00:00:00Z", "99999-01-01T00:00:00Z", "400000000000000", "1e15", "nan"])
def test_a_date_beyond_the_calendar_is_refused(s3: Any, http: httpx.Client, bucket: str, date: str) -> None:
    rule = f"<Rule><Status>Enabled</Status><Filter/><Expiration><Date>{date}</Date></Expiration></Rule>"
    body = f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>".encode()
    md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
    refused = http.put(f"/{bucket}?lifecycle", content=body, headers={"Content-MD5": md5})
    assert refused.status_code == 400, refused.text
    assert s3.put_object(Bucket=bucket, Key="key", Body=b"x")


def test_a_copy_that_is_restored_for_very_many_days(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", StorageClass="GLACIER")
    s3.restore_object(Bucket=bucket, Key="key", RestoreRequest={"Days": MOST})
    assert "31 Dec 9999" in s3.head_object(Bucket=bucket, Key="key")["Restore"]
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"x"


def test_numbers_of_days_that_are_none(s3: Any, bucket: str) -> None:
    for days in (MOST + 1, 10**30, -1, 0):
        with pytest.raises(ClientError) as error:
            put_rules(s3, bucket, Expiration={"Days": days})
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
