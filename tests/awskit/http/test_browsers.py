"""Which hosts and which pages are let in, and what an answer says to a browser."""

from __future__ import annotations

from time import perf_counter

import pytest

from awskit.http.browsers import Browsers, is_website_host, page_headers
from awskit.wire.http import HttpRequest

HOSTS = [
    "",
    "localhost",
    "LOCALHOST:4566",
    "localhost.",
    "127.0.0.1:4566",
    "192.168.1.5",
    "[::1]:4566",
    "[fe80::1]",
    "aws:4566",
    "my_service:9001",
    "bucket.localhost:4566",
    "my.bucket.localhost",
    "localhost.localstack.cloud:4566",
    "bucket.s3.localhost.localstack.cloud:4566",
    "host.docker.internal:4566",
    "sqs.us-east-1.amazonaws.com",
    "s3.cn-north-1.amazonaws.com.cn",
    "streams-dynamodb.us-east-1.api.aws",
]
STRANGE_HOSTS = [
    "evil.test",
    "evil.test:4566",
    "127.0.0.1.evil.test",
    "localhost.evil.test",
    "localhost.localstack.cloud.evil.test",
    "notlocalhost.localstack.cloud",
    "fakeamazonaws.com",
    "x.host.docker.internal",
    "amazonaws.com.evil.test:80",
    "localhost:4566,evil.test",
    "localhost:port",
    "[::1",
    "[evil.test]",
    "::1",
    "a" * 64,
    "a." * 200 + "localhost",
]


@pytest.mark.parametrize("host", HOSTS)
def test_hosts_that_nobody_else_can_give_an_address(host: str) -> None:
    assert Browsers().accepts_host(host)


@pytest.mark.parametrize("host", STRANGE_HOSTS, ids=[host[:40] for host in STRANGE_HOSTS])
def test_hosts_that_could_be_rebound(host: str) -> None:
    refused = Browsers().refusal(host, None, None)
    assert refused is not None
    assert "RUSTSTACK_ALLOWED_HOSTS" in refused
    assert len(refused) < 600
    assert Browsers(everything=True).refusal(host, None, None) is None


def test_further_hosts() -> None:
    browsers = Browsers(hosts=("Aws.Test:4566", "*.svc.test", "aws", ""))
    for host in ("aws.test", "aws.test:80", "bucket.aws.test", "s3.svc.test"):
        assert browsers.accepts_host(host), host
    for host in ("svc.test", "notaws.test", "x.test"):
        assert not browsers.accepts_host(host), host


ORIGINS = [
    "http://localhost:3000",
    "https://localhost",
    "http://127.0.0.1:8080",
    "http://127.1.2.3",
    "http://[::1]:5173",
    "http://app.localhost:3000",
    "http://localhost.localstack.cloud:3000",
]
STRANGE_ORIGINS = [
    "",
    "null",
    "http://evil.test",
    "http://localhost.evil.test",
    "http://127.0.0.1.evil.test",
    "http://127.evil",
    "http://aws:4566",
    "http://192.168.1.5:4566",
    "http://[::2]",
    "file://",
    "chrome-extension://localhost",
    "http://user@localhost",
    "http://localhost/path",
    "http://localhost:3000 http://evil.test",
    # what somebody has put into a bucket
    "http://bucket.s3-website.localhost:4566",
    "http://bucket.s3-website.us-east-1.localhost.localstack.cloud:4566",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_pages_of_this_machine(origin: str) -> None:
    assert Browsers().refusal("localhost:4566", origin, "cross-site") is None


@pytest.mark.parametrize("origin", STRANGE_ORIGINS)
def test_pages_of_elsewhere(origin: str) -> None:
    refused = Browsers().refusal("localhost:4566", origin, "same-origin")
    assert refused is not None
    assert "EXTRA_CORS_ALLOWED_ORIGINS" in refused
    assert Browsers(everything=True).refusal("localhost:4566", origin, None) is None


def test_further_origins() -> None:
    browsers = Browsers(origins=("https://App.test/", "https://*.shop.test:8443", ""))
    for origin in ("https://app.test", "https://a.shop.test:8443"):
        assert browsers.accepts_origin(origin), origin
    for origin in ("http://app.test", "https://app.test:1", "https://shop.test:8443", "https://a.shop.test"):
        assert not browsers.accepts_origin(origin), origin


@pytest.mark.parametrize(
    ("site", "harmless", "accepted"),
    [
        (None, False, True),
        ("none", False, True),
        ("same-origin", False, True),
        ("same-site", False, False),
        ("same-site", True, True),
        ("cross-site", False, False),
        ("cross-site", True, False),
        ("what-comes-next", False, False),
    ],
)
def test_requests_that_name_no_origin(site: str | None, harmless: bool, accepted: bool) -> None:
    assert (Browsers().refusal("localhost", None, site, harmless=harmless) is None) == accepted


def test_known_hosts_are_bounded() -> None:
    browsers = Browsers()
    for number in range(10_000):
        assert browsers.accepts_host(f"bucket-{number}.{'a.' * 100}localhost")
    assert sum(map(len, browsers.known)) < 256 * 300


def test_a_plain_request_costs_nothing_much() -> None:
    browsers = Browsers()
    browsers.refusal("localhost:4566", None, None)
    best = min(_seconds_of_a_thousand(browsers) for _ in range(20))
    assert best < 0.002  # 2 us each, where 0.2 are expected


def _seconds_of_a_thousand(browsers: Browsers) -> float:
    started = perf_counter()
    for _ in range(1000):
        browsers.refusal("localhost:4566", None, None)
    return perf_counter() - started


@pytest.mark.parametrize(
    ("headers", "sandboxed", "varies"),
    [
        ({}, False, False),
        ({"user-agent": "Boto3/1.0"}, False, False),
        ({"upgrade-insecure-requests": "1"}, False, False),
        ({"sec-fetch-dest": "document"}, True, True),
        ({"sec-fetch-dest": "iframe"}, True, True),
        ({"sec-fetch-dest": "object"}, True, True),
        ({"sec-fetch-dest": "image"}, False, True),
        ({"sec-fetch-dest": "empty", "upgrade-insecure-requests": "1"}, False, True),
        # to hosts other than localhost a browser does not say what for
        ({"user-agent": "Mozilla/5.0", "upgrade-insecure-requests": "1"}, True, True),
        ({"user-agent": "Mozilla/5.0"}, False, True),
    ],
)
def test_what_is_opened_as_a_page_is_in_a_sandbox(headers: dict[str, str], sandboxed: bool, varies: bool) -> None:
    found = dict(page_headers(HttpRequest("GET", "/bucket/page.html", "", headers)))
    assert (found.get("Content-Security-Policy") == "sandbox allow-scripts") == sandboxed
    assert ("Vary" in found) == varies


def test_website_hosts() -> None:
    assert is_website_host("bucket.s3-website.localhost:4566")
    assert is_website_host("bucket.s3-website-us-east-1.amazonaws.com")
    assert is_website_host("BUCKET.S3-Website.localhost")
    assert not is_website_host("bucket-s3-website.localhost")
    assert not is_website_host("localhost:4566")
