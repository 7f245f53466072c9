"""Annotations, encryption of objects that are there, S3 Control, and what general purpose buckets do not have."""

from __future__ import annotations

from typing import Any

import httpx

from tests.processes import Running
from tests.services.s3.conftest import read, refusal


def test_annotations(s3: Any, versioned: str) -> None:
    version = s3.put_object(Bucket=versioned, Key="key", Body=b"x")["VersionId"]
    named = {"Bucket": versioned, "Key": "key"}
    for name in ("b", "a"):
        put = s3.put_object_annotation(**named, AnnotationName=name, AnnotationPayload=f"text of {name}".encode())
        assert put["ObjectVersionId"] == version
    got = s3.get_object_annotation(**named, AnnotationName="a")
    assert got["AnnotationPayload"].read() == b"text of a"
    listed = s3.list_object_annotations(**named, MaxAnnotationResults=1)
    assert [entry["AnnotationName"] for entry in listed["Annotations"]] == ["a"]
    rest = s3.list_object_annotations(**named, ContinuationToken=listed["NextContinuationToken"])
    assert [entry["AnnotationName"] for entry in rest["Annotations"]] == ["b"]
    s3.delete_object_annotation(**named, AnnotationName="a")
    assert refusal(s3.get_object_annotation, **named, AnnotationName="a") == (404, "NoSuchAnnotation")
    wrong = refusal(s3.put_object_annotation, **named, AnnotationName="c", AnnotationPayload=b"\xff")
    assert wrong == (415, "UnsupportedMediaType")
    assert read(s3, versioned, "key") == b"x"
    s3.delete_object(**named, VersionId=version)
    s3.put_object(**named, Body=b"y")
    assert s3.list_object_annotations(**named)["AnnotationCount"] == 0


def test_encryption_is_updated_in_place(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    arn = "arn:aws:kms:us-east-1:000000000000:key/one"
    s3.update_object_encryption(Bucket=bucket, Key="key", ObjectEncryption={"SSEKMS": {"KMSKeyArn": arn}})
    got = s3.get_object(Bucket=bucket, Key="key")
    assert (got["Body"].read(), got["ServerSideEncryption"], got["SSEKMSKeyId"]) == (b"x", "aws:kms", arn)


def test_tags_by_arn(s3: Any, s3_service: Running, bucket: str) -> None:
    base = f"{s3_service.url}/v20180820/tags/arn%3Aaws%3As3%3A%3A%3A{bucket}"
    headers = {"x-amz-account-id": "000000000000"}
    body = (
        '<TagResourceRequest xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Tags>'
        "<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag></Tags></TagResourceRequest>"
    )
    assert httpx.post(base, content=body, headers=headers).status_code == 204
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert httpx.delete(base, params={"tagKeys": "a"}, headers=headers).status_code == 204
    assert "<Tag><Key>b</Key><Value>2</Value></Tag>" in httpx.get(base, headers=headers).text


def test_an_accounts_public_access_block(s3_service: Running, account_id: str) -> None:
    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
    url = f"{s3_service.url}/v20180820/configuration/publicAccessBlock"
    headers = {"x-amz-account-id": account_id}
    assert httpx.get(url, headers=headers).status_code == 404
    elements = "".join(f"<{name}>{str(value).lower()}</{name}>" for name, value in block.items())
    body = f"<PublicAccessBlockConfiguration>{elements}</PublicAccessBlockConfiguration>"
    assert httpx.put(url, content=body, headers=headers).status_code == 200
    assert elements in httpx.get(url, headers=headers).text
    assert httpx.delete(url, headers=headers).status_code in (200, 204)


def test_what_general_purpose_buckets_do_not_have(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    assert s3.list_directory_buckets(MaxDirectoryBuckets=5)["Buckets"] == []
    assert refusal(s3.rename_object, Bucket=bucket, Key="new", RenameSource="/key/a")[0] == 400
    assert refusal(s3.get_bucket_metadata_configuration, Bucket=bucket)[0] == 404
    select = {
        "Bucket": bucket,
        "Key": "key",
        "Expression": "select * from s3object",
        "ExpressionType": "SQL",
        "InputSerialization": {"CSV": {}},
        "OutputSerialization": {"CSV": {}},
    }
    assert refusal(s3.select_object_content, **select) == (405, "MethodNotAllowed")
    assert read(s3, bucket, "key") == b"x"
