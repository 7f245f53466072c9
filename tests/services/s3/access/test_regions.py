"""A request for another region than its bucket's is redirected or refused where signatures, or a setting, ask for it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from tests.access import access_environment
from tests.processes import Running, running_service
from tests.services.s3.conftest import read, refusal

HOME, AWAY, YOUNG = "eu-west-1", "ap-south-1", "me-south-1"


@pytest.fixture(scope="module", params=["enforce", "strict"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp(f"regions-{request.param}")
    enforced = access_environment(folder)
    environment = enforced if request.param == "enforce" else {"RUSTSTACK_S3_STRICT_REGIONS": "1"}
    with running_service("s3", folder, environment=environment) as running:
        yield running


def client(service: Running, region: str, **config: Any) -> Any:
    session = boto3.session.Session("AKIAOWNER", "owner/secret+", region_name=region)
    merged = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}).merge(Config(**config))
    return session.client("s3", endpoint_url=service.url, config=merged)


@pytest.fixture
def bucket(service: Running, unique_name: str) -> str:
    home = client(service, HOME)
    home.create_bucket(Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": HOME})
    home.put_object(Bucket=unique_name, Key="key", Body=b"x")
    return unique_name


def send(service: Running, method: str, url: str, region: str) -> httpx.Response:
    """A signed request for `url`, whose host is only said."""
    request = AWSRequest(method, url, headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
    S3SigV4Auth(Credentials("AKIAOWNER", "owner/secret+"), "s3", region).add_auth(request)
    parts = urlsplit(url)
    target = f"{service.url}{parts.path}?{parts.query}"
    return httpx.request(method, target, headers={**dict(request.headers.items()), "host": parts.netloc})


@pytest.mark.parametrize(
    ("host", "path", "endpoint"),
    [
        ("localhost:4566", "/{bucket}/key", "s3.eu-west-1.localhost.localstack.cloud:4566"),
        ("{bucket}.localhost:4566", "/key", "{bucket}.s3.eu-west-1.localhost.localstack.cloud:4566"),
        ("s3.ap-south-1.amazonaws.com", "/{bucket}/key", "s3.eu-west-1.amazonaws.com"),
        ("{bucket}.s3.ap-south-1.amazonaws.com", "/key", "{bucket}.s3.eu-west-1.amazonaws.com"),
    ],
)
def test_a_redirect(service: Running, bucket: str, host: str, path: str, endpoint: str) -> None:
    url = f"http://{host}{path}".format(bucket=bucket)
    answer = send(service, "GET", url, AWAY)
    assert (answer.status_code, answer.headers["x-amz-bucket-region"]) == (301, HOME)
    assert "<Code>PermanentRedirect</Code>" in answer.text
    assert f"<Endpoint>{endpoint.format(bucket=bucket)}</Endpoint><Bucket>{bucket}</Bucket>" in answer.text
    head = send(service, "HEAD", url, AWAY)
    assert (head.status_code, head.headers["x-amz-bucket-region"], head.content) == (301, HOME, b"")


@pytest.mark.parametrize("host", ["{bucket}.s3.amazonaws.com", "{bucket}.s3.eu-west-1.amazonaws.com"])
def test_a_signature_for_another_region(service: Running, bucket: str, host: str) -> None:
    """The bucket's own region is reached, by its endpoint or by the global one: there the signature is wrong."""
    answer = send(service, "GET", f"http://{host.format(bucket=bucket)}/key", "us-east-1")
    assert (answer.status_code, answer.headers["x-amz-bucket-region"]) == (400, HOME)
    assert "<Code>AuthorizationHeaderMalformed</Code>" in answer.text
    assert "the region 'us-east-1' is wrong; expecting 'eu-west-1'" in answer.text
    assert f"<Region>{HOME}</Region>" in answer.text


def test_a_presigned_url_for_another_region(service: Running, bucket: str) -> None:
    host = f"{bucket}.s3.eu-west-1.amazonaws.com"
    request = AWSRequest("GET", f"http://{host}/key")
    S3SigV4QueryAuth(Credentials("AKIAOWNER", "owner/secret+"), "s3", AWAY, 60).add_auth(request)
    answer = httpx.get(f"{service.url}/key?{urlsplit(request.url).query}", headers={"host": host})
    assert (answer.status_code, "AuthorizationQueryParametersError" in answer.text) == (400, True)
    assert answer.headers["x-amz-bucket-region"] == HOME


def test_boto3_finds_the_region(service: Running, bucket: str) -> None:
    """It asks again where it is told to."""
    away = client(service, AWAY)
    assert read(away, bucket, "key") == b"x"
    assert away.head_bucket(Bucket=bucket)["BucketRegion"] == HOME
    assert away.get_bucket_location(Bucket=bucket)["LocationConstraint"] == HOME
    away.put_object(Bucket=bucket, Key="other", Body=b"y")
    assert read(client(service, HOME), bucket, "other") == b"y"


def test_where_a_bucket_is_can_be_asked_anywhere(service: Running, bucket: str) -> None:
    answer = send(service, "GET", f"http://s3.ap-south-1.amazonaws.com/{bucket}?location", AWAY)
    assert (answer.status_code, f">{HOME}<" in answer.text) == (200, True)


def test_a_copy_comes_from_any_region(service: Running, bucket: str) -> None:
    away = client(service, AWAY)
    target = f"{bucket}-away"
    away.create_bucket(Bucket=target, CreateBucketConfiguration={"LocationConstraint": AWAY})
    away.copy_object(Bucket=target, Key="copy", CopySource={"Bucket": bucket, "Key": "key"})
    assert read(away, target, "copy") == b"x"
    assert refusal(client(service, "us-east-1").list_objects_v2, Bucket=f"{bucket}-none") == (404, "NoSuchBucket")


def test_by_default_every_region_will_do(s3: Any, s3_service: Running, unique_name: str) -> None:
    s3.create_bucket(Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": HOME})
    away = s3_service.client("s3", region_name=AWAY)
    away.put_object(Bucket=unique_name, Key="key", Body=b"x")
    assert read(away, unique_name, "key") == b"x"


@pytest.mark.parametrize("host", ["localhost:4566", "{bucket}.s3.ap-south-1.amazonaws.com"])
def test_a_region_that_redirects_nobody(service: Running, unique_name: str, host: str) -> None:
    """Those that came after March 2019 refuse; boto3 finds the bucket all the same."""
    client(service, YOUNG).create_bucket(Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": YOUNG})
    path = "/" if "{" in host else f"/{unique_name}"
    answer = send(service, "GET", f"http://{host.format(bucket=unique_name)}{path}", AWAY)
    assert (answer.status_code, answer.headers["x-amz-bucket-region"]) == (400, YOUNG)
    assert "<Code>IllegalLocationConstraintException</Code>" in answer.text
    assert f"The {YOUNG} location constraint is incompatible for the region specific endpoint" in answer.text
    client(service, AWAY).put_object(Bucket=unique_name, Key="key", Body=b"x")


@pytest.fixture(scope="module")
def slow_dns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    environment = {"RUSTSTACK_S3_STRICT_REGIONS": "1", "RUSTSTACK_S3_DNS_SECONDS": "3600"}
    with running_service("s3", tmp_path_factory.mktemp("slow-dns"), environment=environment) as running:
        yield running


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("{bucket}.s3.amazonaws.com", "amazonaws.com"),
        ("{bucket}.s3.localhost.localstack.cloud:4566", "localhost.localstack.cloud:4566"),
        ("{bucket}.localhost:4566", "localhost.localstack.cloud:4566"),
    ],
)
def test_a_new_bucket_is_unknown_at_the_global_endpoint(
    slow_dns: Running, unique_name: str, host: str, domain: str
) -> None:
    """For as long as the setting says, by the service's clock."""
    home = client(slow_dns, HOME)
    home.create_bucket(Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": HOME})
    home.put_object(Bucket=unique_name, Key="a b", Body=b"x")
    url = f"http://{host.format(bucket=unique_name)}/a%20b?x-id=GetObject"
    answer = send(slow_dns, "GET", url, "us-east-1")
    regional = f"{unique_name}.s3.{HOME}.{domain}"
    assert (answer.status_code, answer.headers["x-amz-bucket-region"]) == (307, HOME)
    assert answer.headers["location"] == f"http://{regional}/a%20b?x-id=GetObject"
    assert "<Code>TemporaryRedirect</Code>" in answer.text
    assert f"<Endpoint>{regional}</Endpoint><Bucket>{unique_name}</Bucket>" in answer.text
    followed = send(slow_dns, "GET", answer.headers["location"], HOME)
    assert (followed.status_code, followed.content) == (200, b"x")
    assert send(slow_dns, "GET", f"http://{regional}/?location", "us-east-1").status_code == 200
    slow_dns.advance_clock(3600)
    assert send(slow_dns, "GET", url, "us-east-1").status_code == 400


def test_a_body_is_not_sent_to_where_it_is_redirected_from(slow_dns: Running, unique_name: str) -> None:
    client(slow_dns, HOME).create_bucket(Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": HOME})
    address = urlsplit(slow_dns.url)
    head = f"PUT /key HTTP/1.1\r\nhost: {unique_name}.s3.amazonaws.com\r\ncontent-length: 5\r\nexpect: 100-continue"
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 307 ")


@pytest.mark.parametrize("region", ["us-east-1", HOME])
def test_a_bucket_that_the_dns_knows(slow_dns: Running, unique_name: str, region: str) -> None:
    """Of us-east-1, where the global endpoint leads to, and of every region at that region's own endpoint."""
    configuration = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client(slow_dns, region).create_bucket(Bucket=unique_name, **configuration)
    hosts = [f"{unique_name}.s3.{region}.amazonaws.com", f"{unique_name}.localhost:4566"]
    assert {send(slow_dns, "HEAD", f"http://{host}/", region).status_code for host in hosts} == {200}


def test_who_may_not_read_a_bucket_still_learns_its_region(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("regions-of-others")
    with running_service("s3", folder, environment=access_environment(folder)) as service:
        client(service, HOME).create_bucket(Bucket="of-owner", CreateBucketConfiguration={"LocationConstraint": HOME})
        answer = httpx.head(f"{service.url}/of-owner")
        assert (answer.status_code, answer.headers["x-amz-bucket-region"]) == (403, HOME)
