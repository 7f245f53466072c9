"""What a `Host` header says."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.s3.buckets.virtual_hosts import HostMeaning, meaning_of, object_url
from tests.processes import Running
from tests.services.s3.conftest import read


def point(region: str, vpc_endpoint: str = "") -> HostMeaning:
    return HostMeaning(region=region, access_point=("111111111111", "a-b"), vpc_endpoint=vpc_endpoint)


HOME = "us-east-1"
in_vpc = HostMeaning("my.bucket", region="us-east-1", vpc_endpoint="vpce-1")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:4566", HostMeaning()),
        ("127.0.0.1:4566", HostMeaning()),
        ("[::1]:4566", HostMeaning()),
        ("ruststack:4566", HostMeaning()),
        ("my.bucket.localhost:4566", HostMeaning("my.bucket")),
        ("s3.localhost.localstack.cloud:4566", HostMeaning()),
        ("bucket.s3.localhost.localstack.cloud:4566", HostMeaning("bucket")),
        ("bucket.s3.eu-west-1.localhost.localstack.cloud", HostMeaning("bucket", region="eu-west-1")),
        ("bucket.s3.amazonaws.com", HostMeaning("bucket")),
        ("my.bucket.s3-us-west-2.amazonaws.com", HostMeaning("my.bucket", region="us-west-2")),
        ("bucket.s3.dualstack.eu-west-1.amazonaws.com", HostMeaning("bucket", region="eu-west-1")),
        ("bucket.s3-accelerate.amazonaws.com", HostMeaning("bucket")),
        ("s3.eu-west-1.amazonaws.com", HostMeaning(region="eu-west-1")),
        ("bucket.s3-website.localhost.localstack.cloud", HostMeaning("bucket", website=True)),
        ("bucket.s3-website-us-east-1.amazonaws.com", HostMeaning("bucket", website=True, region="us-east-1")),
        ("www.example.com.s3-website.eu-west-1.amazonaws.com", HostMeaning("www.example.com", True, "eu-west-1")),
        ("000000000000.s3-control.us-east-1.amazonaws.com", HostMeaning()),
        ("a-b-111111111111.s3-accesspoint.eu-west-1.amazonaws.com", point("eu-west-1")),
        ("a-b-111111111111.s3-accesspoint.eu-west-1.localhost.localstack.cloud:4566", point("eu-west-1")),
        ("a-b-111111111111.s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com", point("us-east-1")),
        ("a-b-111111111111.accesspoint.vpce-1-2.s3.us-east-1.vpce.amazonaws.com", point("us-east-1", "vpce-1-2")),
        ("mabc.mrap.accesspoint.s3-global.amazonaws.com", HostMeaning("mabc.mrap")),
        ("b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", HostMeaning("b--use1-az4--x-s3", region=HOME)),
        ("s3express-control.us-east-1.localhost.localstack.cloud:4566", HostMeaning(region=HOME)),
        ("my.bucket.bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com", in_vpc),
        ("a-b-111111111111.localhost:4566", HostMeaning("a-b-111111111111", access_point=("111111111111", "a-b"))),
        ("a-b-111111111111.s3.amazonaws.com", HostMeaning("a-b-111111111111")),
    ],
)
def test_hosts(host: str, expected: HostMeaning) -> None:
    assert meaning_of(host) == expected


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost:4566", "http://localhost:4566/bucket/a%2Fb+c"),
        ("bucket.s3.amazonaws.com", "http://bucket.s3.amazonaws.com/a%2Fb+c"),
        ("bucket.localhost:4566", "http://bucket.localhost:4566/a%2Fb+c"),
        (
            "a-111111111111.s3-accesspoint.us-east-1.amazonaws.com",
            "http://a-111111111111.s3-accesspoint.us-east-1.amazonaws.com/a%2Fb+c",
        ),
    ],
)
def test_the_location_of_an_object(host: str, url: str) -> None:
    assert object_url(f"http://{host}", "", "bucket", "a/b c") == url


def test_the_fleets_own_name_has_buckets_below_it() -> None:
    assert meaning_of("bucket.ruststack:4566", "ruststack:4566") == HostMeaning("bucket")
    assert meaning_of("bucket.ruststack:4566") == HostMeaning()


def test_virtual_hosts_name_buckets(s3: Any, s3_service: Running, bucket: str) -> None:
    import httpx

    with httpx.Client(base_url=s3_service.url) as client:
        for host in (
            f"{bucket}.localhost:4566",
            f"{bucket}.s3.localhost.localstack.cloud",
            f"{bucket}.s3.amazonaws.com",
        ):
            assert client.put("/_next/a%20b", content=b"x", headers={"host": host}).status_code == 200
            assert client.get("/_next/a%20b", headers={"host": host}).content == b"x"
            assert "<Key>_next/a b</Key>" in client.get("/", headers={"host": host}).text
    assert read(s3, bucket, "_next/a b") == b"x"


def test_the_account_before_the_hosts_name_is_no_bucket_to_s3_control(http: httpx.Client, bucket: str) -> None:
    account = "000000000000"
    answer = http.get(
        f"/v20180820/tags/arn%3Aaws%3As3%3A%3A%3A{bucket}",
        headers={"host": f"{account}.localhost:4566", "x-amz-account-id": account},
    )
    namespace = "http://awss3control.amazonaws.com/doc/2018-08-20/"
    assert (answer.status_code, f'<ListTagsForResourceResult xmlns="{namespace}">' in answer.text) == (200, True)
