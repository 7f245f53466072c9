"""Annotations of objects."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import httpx

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


def test_a_listings_root_is_named_for_its_output(s3: Any, bucket: str, http: httpx.Client) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectAnnotations.html"""
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    root = ElementTree.fromstring(http.get(f"/{bucket}/key?annotation").content)
    assert root.tag.rpartition("}")[2] == "ListObjectAnnotationsOutput"
