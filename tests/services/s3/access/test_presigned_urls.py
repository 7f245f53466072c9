"""Presigned URLs: both ways, and their end."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from ruststack.control_signatures import control_headers
from tests.processes import Running, running_service
from tests.services.s3.conftest import presigned, read


def test_presigned_urls(s3: Any, bucket: str, http: httpx.Client) -> None:
    for method, operation, content in (("PUT", "put_object", b"x"), ("GET", "get_object", None)):
        url = s3.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": "a b"})
        answer = http.request(method, url, content=content)
        assert answer.status_code == 200
    assert answer.content == b"x" == read(s3, bucket, "a b")


def test_presigned_urls_end(s3: Any, http: httpx.Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"}, ExpiresIn=60)
    assert httpx.get(url).content == b"x"
    day = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    version_4 = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"stranger/{day:%Y%m%d}/us-east-1/s3/aws4_request",
        "X-Amz-Date": f"{day:%Y%m%dT%H%M%SZ}",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": "0",
    }
    assert http.get(f"/{bucket}/key", params={**version_4, "X-Amz-Expires": "604800"}).content == b"x"
    version_2 = {"AWSAccessKeyId": "stranger", "Signature": "0", "Expires": "1"}
    for params in ({**version_4, "X-Amz-Expires": "60"}, version_2):
        ended = http.get(f"/{bucket}/key", params=params)
        assert (ended.status_code, "<Message>Request has expired</Message>" in ended.text) == (403, True)


def move_clock(service: Running, move: str) -> None:
    """By a signed request, for where the clock asks who moves it."""
    target, host = f"/_ruststack/clock?{move}", service.url.removeprefix("http://")
    environ = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    answer = httpx.post(service.url + target, headers=control_headers("POST", target, host, environ))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("auth", "version"), [("", "s3"), ("", "s3v4"), ("enforce", "s3v4")])
def test_presigned_urls_age_with_the_clock(auth: str, version: str, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[me]\naws_access_key_id = test\naws_secret_access_key = test\n")
    environment = {"RUSTSTACK_AUTH": auth, "RUSTSTACK_CREDENTIALS": str(tmp_path / "credentials")}
    with running_service("s3", tmp_path, environment=environment) as service:
        client = service.client("s3", config=Config(signature_version=version))
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="key", Body=b"x")

        def url() -> str:
            made: str = client.generate_presigned_url(
                "get_object", Params={"Bucket": "bucket", "Key": "key"}, ExpiresIn=3600
            )
            return made

        before = url()
        move_clock(service, "advance=7200")
        assert "<Message>Request has expired</Message>" in httpx.get(before).text
        after = url()
        assert httpx.get(after).content == b"x"
        assert httpx.get(before).status_code == 403
        service.restart()
        assert httpx.get(before).status_code == 403
        assert httpx.get(after).content == b"x"
        move_clock(service, "offset=0")
        assert httpx.get(before).content == httpx.get(after).content == b"x"


def test_a_wrong_signature_is_refused_where_the_secret_is_known(s3: Any, s3_service: Running, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    url = f"{s3_service.url}/{bucket}/key"
    assert httpx.get(presigned(url)).content == b"x"
    assert "<Code>SignatureDoesNotMatch</Code>" in httpx.get(presigned(url, secret="other")).text
    assert "<Code>SignatureDoesNotMatch</Code>" in httpx.get(presigned(url) + "&partNumber=1").text


def test_any_secret_will_do_where_it_is_not_known(s3: Any, s3_service: Running, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    url = f"{s3_service.url}/{bucket}/key"
    assert httpx.get(presigned(url, key="nobody", secret="own")).content == b"x"
    unsigned = httpx.get(presigned(url, key="nobody", secret="own"), headers={"x-amz-meta-a": "b"})
    assert "<HeadersNotSigned>x-amz-meta-a</HeadersNotSigned>" in unsigned.text


def test_a_url_made_for_another_name_of_the_service(s3: Any, s3_service: Running, bucket: str) -> None:
    """As a container makes it for a browser outside, to whom the service has another name."""
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    inside = f"http://ruststack:4566/{bucket}/key"
    used = presigned(inside).replace("http://ruststack:4566", s3_service.url)
    assert httpx.get(used).status_code == 403
    listing = AWSRequest(method="GET", url="http://ruststack:4566/", headers={"host": "ruststack:4566"})
    S3SigV4Auth(Credentials("test", "test"), "s3", "us-east-1").add_auth(listing)
    assert httpx.get(f"{s3_service.url}/", headers=dict(listing.headers)).status_code == 200
    assert httpx.get(used).content == b"x"


def test_presigned_urls_may_go_unverified(tmp_path: Path) -> None:
    with running_service("s3", tmp_path, environment={"S3_SKIP_SIGNATURE_VALIDATION": "1"}) as service:
        s3 = service.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="key", Body=b"x")
        assert httpx.get(presigned(f"{service.url}/bucket/key", secret="other")).content == b"x"
        s3.close()


def test_a_request_is_signed_in_one_place(s3: Any, bucket: str, http: httpx.Client) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"})
    twice = http.get(url, headers={"authorization": "AWS a:b"})
    assert twice.status_code == 400
    assert "<Message>Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature" in twice.text


@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("token", [None, "token"])
def test_what_sdks_presign_is_verified(
    s3: Any, s3_service: Running, bucket: str, version: str, style: str, token: str | None
) -> None:
    key = "a b+c/é~(1)*.txt"
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    calls: list[tuple[str, str, dict[str, Any], dict[str, str]]] = [
        ("GET", "get_object", {"Key": key}, {}),
        ("GET", "get_object", {"Key": key, "ResponseContentDisposition": 'attachment; filename="é.txt"'}, {}),
        ("HEAD", "head_object", {"Key": key}, {}),
        ("PUT", "put_object", {"Key": "new", "Metadata": {"a": "b c"}}, {"x-amz-meta-a": "b c"}),
        ("GET", "list_objects_v2", {"Prefix": "a b", "Delimiter": "/"}, {}),
        ("GET", "list_multipart_uploads", {}, {}),
        ("POST", "create_multipart_upload", {"Key": "parts"}, {}),
    ]
    for secret, status in (("test", 200), ("wrong", 403)):
        client = boto3.session.Session("test", secret, token, region_name="us-east-1").client(
            "s3",
            endpoint_url=f"http://localhost:{s3_service.port}",
            config=Config(signature_version=version, s3={"addressing_style": style}),
        )
        for method, operation, params, headers in calls:
            parts = urlsplit(client.generate_presigned_url(operation, Params={"Bucket": bucket, **params}))
            sent = {"host": parts.netloc, **headers}
            answer = httpx.request(method, f"{s3_service.url}{parts.path}?{parts.query}", headers=sent)
            assert (operation, answer.status_code) == (operation, status)
        client.close()
