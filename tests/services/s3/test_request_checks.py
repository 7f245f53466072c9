"""What S3 refuses of a request's head, and what it passes over."""

from __future__ import annotations

import socket
import uuid
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx
import pytest

from tests.processes import Running
from tests.services.s3.conftest import error_of, presigned, read, refusal


def _error(answer: httpx.Response) -> dict[str, str]:
    return {child.tag: child.text or "" for child in ElementTree.fromstring(answer.text)}


@pytest.mark.parametrize("key", ["../x", "..", "videos/../../x", "a/%2e%2e/%2E%2E/x", "./../x", "/../../x"])
def test_keys_that_climb_out_of_their_bucket_are_refused_without_a_body(
    s3_service: Running, bucket: str, key: str
) -> None:
    url = urlsplit(s3_service.url)
    with socket.create_connection((url.hostname, url.port)) as connection:
        head = f"PUT /{bucket}/{key} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"\r\n\r\n")


def test_a_climbing_key_within_its_bucket_is_a_key(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a/../b", Body=b"kept")
    assert read(s3, bucket, "a/../b") == b"kept"
    s3.put_object(Bucket=bucket, Key="/.././b", Body=b"of an empty segment")
    assert read(s3, bucket, "/.././b") == b"of an empty segment"
    assert refusal(s3.put_object, Bucket=bucket, Key="a/../../b") == (400, "400")


def test_a_body_of_unknown_length_is_refused(http: httpx.Client, bucket: str) -> None:
    answer = http.put(f"/{bucket}/key", content=iter([b"some", b"thing"]))
    assert (answer.status_code, _error(answer)["Code"]) == (501, "NotImplemented")
    assert _error(answer)["Header"] == "Transfer-Encoding"


def test_only_one_way_of_signing(s3: Any, http: httpx.Client, bucket: str) -> None:
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"})
    answer = http.get(url, headers={"Authorization": "Bearer token"})
    error = _error(answer)
    assert (answer.status_code, error["Code"]) == (400, "InvalidArgument")
    assert error["Message"].startswith("Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter")
    assert (error["ArgumentName"], error["ArgumentValue"]) == ("Authorization", "Bearer token")


def test_a_post_to_a_bucket_has_to_be_a_form(http: httpx.Client, bucket: str) -> None:
    answer = http.post(f"/{bucket}", content=b"x", headers={"content-type": "text/plain"})
    error = _error(answer)
    assert (answer.status_code, error["Code"]) == (412, "PreconditionFailed")
    assert error["Condition"] == "Bucket POST must be of the enclosure-type multipart/form-data"


@pytest.mark.parametrize(("method", "name"), [("GET", "versions"), ("GET", "uploads"), ("POST", "delete")])
def test_sub_resources_of_buckets_alone(http: httpx.Client, bucket: str, method: str, name: str) -> None:
    answer = http.request(method, f"/{bucket}/key?{name}")
    error = _error(answer)
    assert (answer.status_code, error["Code"]) == (400, "InvalidRequest")
    assert error["Message"] == f"There is no such thing as the ?{name} sub-resource for a key"


def test_what_is_not_allowed_says_what_is(http: httpx.Client, bucket: str) -> None:
    answer = http.post(f"/{bucket}/key")
    assert answer.status_code == 405
    assert {method.strip() for method in answer.headers["allow"].split(",")} == {"HEAD", "DELETE", "GET", "PUT"}


@pytest.mark.parametrize("operation", ["put_object", "upload_part"])
def test_checksums_in_a_query_are_passed_over(
    s3: Any, s3_service: Running, http: httpx.Client, bucket: str, operation: str
) -> None:
    given: dict[str, Any] = {"Bucket": bucket, "Key": "key"}
    if operation == "upload_part":
        upload = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
        given.update(UploadId=upload, PartNumber=1)
    query = "&".join(
        f"{name[0].lower()}{name[1:]}={value}" for name, value in given.items() if name not in ("Bucket", "Key")
    )
    further = "x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32"
    url = presigned(f"{s3_service.url}/{bucket}/key?{query}&{further}", "PUT")
    assert http.put(url, content=b"a body of its own").status_code == 200


def test_a_space_in_a_listing_that_is_url_encoded(http: httpx.Client, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a b+c/ä", Body=b"")
    assert "<Key>a+b%2Bc/%C3%A4</Key>" in http.get(f"/{bucket}?list-type=2&encoding-type=url").text
    assert "<Key>a+b%2Bc/%C3%A4</Key>" in http.get(f"/{bucket}?versions&encoding-type=url").text


def test_versions_and_delete_markers_are_one_list(http: httpx.Client, s3: Any, versioned: str) -> None:
    for key in ("a", "b"):
        s3.put_object(Bucket=versioned, Key=key, Body=b"1")
        s3.delete_object(Bucket=versioned, Key=key)
        s3.put_object(Bucket=versioned, Key=key, Body=b"2")
    root = ElementTree.fromstring(http.get(f"/{versioned}?versions").text)
    names = [child.tag.partition("}")[2] for child in root]
    assert [name for name in names if name in ("Version", "DeleteMarker")] == [
        "Version",
        "DeleteMarker",
        "Version",
    ] * 2
    listed = s3.list_object_versions(Bucket=versioned)
    assert (len(listed["Versions"]), len(listed["DeleteMarkers"])) == (4, 2)


def test_a_region_that_is_none(http: httpx.Client) -> None:
    scope = "test/20261130/US/s3/aws4_request"  # what s3cmd signs for until it is told better
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    answer = http.put(f"/test-{uuid.uuid4().hex}", headers=signed)
    error = _error(answer)
    assert (answer.status_code, error["Code"]) == (400, "AuthorizationHeaderMalformed")
    assert error["Region"] == "us-east-1"


def test_the_first_part_of_an_empty_object(http: httpx.Client, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    for method in ("GET", "HEAD"):
        answer = http.request(method, f"/{bucket}/empty?partNumber=1")
        assert (answer.status_code, answer.headers["content-length"]) == (200, "0")
        assert "content-range" not in answer.headers


def test_the_location_of_a_completed_upload(s3: Any, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a/b c")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="a/b c", UploadId=upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    done = s3.complete_multipart_upload(Bucket=bucket, Key="a/b c", UploadId=upload, MultipartUpload=parts)
    assert done["Location"].endswith(f"/{bucket}/a%2Fb+c")


def test_names_of_an_accounts_regional_namespace(s3: Any) -> None:
    name = f"x{uuid.uuid4().hex[:8]}-000000000000-us-east-1-an"
    assert refusal(s3.create_bucket, Bucket=name) == (400, "MissingNamespaceHeader")
    assert error_of(s3.create_bucket, Bucket=name)["Message"] == (
        "The requested bucket is an account-regional namespace bucket, but your request is missing the required"
        " x-amz-bucket-namespace header."
    )
    for wrong in (
        {"Bucket": name, "BucketNamespace": "global"},
        {"Bucket": f"x{uuid.uuid4().hex[:8]}", "BucketNamespace": "account-regional"},
        {"Bucket": name.replace("us-east-1", "eu-west-1"), "BucketNamespace": "account-regional"},
        {"Bucket": name.replace("0" * 12, "1" * 12), "BucketNamespace": "account-regional"},
    ):
        assert refusal(s3.create_bucket, **wrong) == (400, "InvalidNamespaceHeader")
    s3.create_bucket(Bucket=name, BucketNamespace="account-regional")
    s3.delete_bucket(Bucket=name)
