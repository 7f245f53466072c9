"""What browsers ask of other emulators: preflights, which say nothing but a path; the hosts of APIs and functions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.access import access_environment
from tests.gateway.servers import Peer, dead_port, ok, request, running_gateway, scripted_service
from tests.processes import Running, running_service

FUNCTIONS = "/2015-03-31/functions/worker/invocations"
PAGE = ("Origin: http://localhost:3000", "Access-Control-Request-Method: POST")


def other(peer: Peer) -> None:
    """An emulator, which answers with the request line."""
    while True:
        peer.send(ok(peer.read_head().split(b"\r\n")[0], b"X-From: other"))


def preflight(port: int, path: str, *, host: str = "localhost:4566", page: tuple[str, ...] = PAGE) -> tuple[str, str]:
    """Who has answered, and what the answer allows."""
    lines = (f"OPTIONS {path} HTTP/1.1", f"Host: {host}", *page, "", "")
    status, headers, _ = request(port, "\r\n".join(lines).encode())
    return headers.get("x-from") or str(status), headers.get("access-control-allow-methods", "").lower()


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_service("s3", tmp_path_factory.mktemp("s3")) as running:
        yield running


def test_a_preflight_goes_where_the_request_that_follows_does(s3: Running) -> None:
    s3.client("s3").create_bucket(Bucket="apikeys")
    with scripted_service(other) as service:
        with running_gateway(fallback_urls=(service.address,), s3_url=s3.url) as port:
            for path in (FUNCTIONS, "/restapis/abc/resources?x=y", "/v2/email/outbound-emails"):
                assert preflight(port, path) == ("other", "")
            for path in ("/apikeys/key", "/bucket/key", "/tags/arn", "/2015-03-31-backup/key"):
                assert preflight(port, path) == ("200", "post"), path
            assert preflight(port, FUNCTIONS, host="bucket.localhost:4566") == ("200", "post")
            stranger = ("Origin: https://stranger.example", PAGE[1])
            assert preflight(port, FUNCTIONS, page=stranger) == ("403", "")
        with running_gateway(fallback_urls=(f"ssm={service.address}",), s3_url=s3.url) as port:
            assert preflight(port, FUNCTIONS) == ("200", "post")
        with running_gateway(fallback_urls=(f"lambda={service.address}",), services=("sqs",)) as port:
            assert preflight(port, FUNCTIONS) == ("other", "")


def test_a_preflight_is_s3s_while_s3_does_not_say(s3: Running) -> None:
    gone = f"http://127.0.0.1:{dead_port()}"
    with scripted_service(other) as service, running_gateway(fallback_urls=(service.address,), s3_url=gone) as port:
        assert preflight(port, FUNCTIONS) == ("503", "")


def test_where_signatures_are_verified_a_preflight_is_answered_here(s3: Running, tmp_path: Path) -> None:
    access = access_environment(tmp_path, "enforce")
    settings: dict[str, Any] = {"auth": access["RUSTSTACK_AUTH"], "credentials": access["RUSTSTACK_CREDENTIALS"]}
    with (
        scripted_service(other) as service,
        running_gateway(fallback_urls=(service.address,), s3_url=s3.url, **settings) as port,
    ):
        assert preflight(port, FUNCTIONS) == ("200", "post")
        assert preflight(port, "/", host="id.lambda-url.us-east-1.localhost:4566") == ("200", "post")


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("id.execute-api.localhost:4566", "execute-api"),
        ("id.execute-api.us-east-1.amazonaws.com", "apigateway"),
        ("id.lambda-url.us-east-1.localhost.localstack.cloud:4566", "lambda"),
        ("id.lambda-url.us-east-1.on.aws", "lambda"),
    ],
)
def test_an_apis_and_a_functions_own_host_lead_to_the_emulator(host: str, service: str) -> None:
    with scripted_service(other) as emulator, running_gateway(fallback_urls=(f"{service}={emulator.address}",)) as port:
        for line in (
            "GET /prod/path?a=b HTTP/1.1",
            "POST / HTTP/1.1",
            "OPTIONS /prod HTTP/1.1",
            "GET /metrics HTTP/1.1",
        ):
            asked = f"{line}\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"
            status, headers, body = request(port, asked.encode())
            assert (status, headers["x-from"], body.decode()) == (200, "other", line)
