"""What the gateway answers itself to browsers: control paths, STS, preflights; everything else the services decide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.servers import answering, asgi_server, echo, ok, request, running_gateway, scripted_service

STS = b"GET /?Action=GetCallerIdentity&Version=2011-06-15"
CONTROL = [
    b"POST /_ruststack/reset",
    b"POST /_ruststack/clock?advance=1",
    b"POST /_localstack/state/reset",
    b"GET /_ruststack/health",
    b"GET /_localstack/info",
    b"GET /metrics",
]
STRANGERS = [
    b"Origin: http://evil.test",
    b"Origin: null",
    b"Origin: http://127.0.0.1.evil.test",
    b"Origin: http://bucket.s3-website.localhost:4566",
    b"Sec-Fetch-Site: cross-site",
]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with scripted_service(answering(ok(b'{"status": "running"}'))) as service:
        urls = dict.fromkeys(("s3_url", "dynamodb_url", "sqs_url", "sns_url"), service.address)
        with running_gateway(**urls) as port:
            yield port


def ask(port: int, line: bytes, *headers: bytes, host: bytes = b"localhost") -> tuple[int, dict[str, str], bytes]:
    head = b"\r\n".join((line + b" HTTP/1.1", b"Host: " + host, b"Content-Length: 0", *headers))
    return request(port, head + b"\r\n\r\n")


@pytest.mark.parametrize("header", STRANGERS)
@pytest.mark.parametrize("line", [*CONTROL, STS])
def test_a_page_of_elsewhere_is_refused(port: int, line: bytes, header: bytes) -> None:
    status, headers, body = ask(port, line, header)
    assert status == 403
    assert "access-control-allow-origin" not in headers
    assert b"may not send this request" in body


@pytest.mark.parametrize("line", [*CONTROL, STS])
def test_a_host_that_could_be_rebound_is_refused(port: int, line: bytes) -> None:
    for headers in ((), (b"Origin: http://evil.test:4566",), (b"Sec-Fetch-Site: same-origin",)):
        assert ask(port, line, *headers, host=b"evil.test:4566")[0] == 403


@pytest.mark.parametrize("line", [*CONTROL, STS])
def test_pages_of_this_machine_are_answered(port: int, line: bytes) -> None:
    status, headers, _ = ask(port, line, b"Origin: http://localhost:3000", b"Sec-Fetch-Site: same-site")
    assert (status, headers["access-control-allow-origin"]) == (200, "*")
    assert "access-control-allow-origin" not in ask(port, line)[1]


def test_an_image_of_the_same_site_changes_nothing(port: int) -> None:
    assert ask(port, STS, b"Sec-Fetch-Site: same-site", b"Sec-Fetch-Mode: no-cors")[0] == 403
    assert ask(port, b"GET /_ruststack/health", b"Sec-Fetch-Site: same-site")[0] == 200


@pytest.mark.parametrize(
    "path", [b"/", b"/000000000000/queue", b"/_ruststack/reset", b"/_localstack/state/reset", b"/metrics"]
)
def test_preflights(port: int, path: bytes) -> None:
    asked = (b"Access-Control-Request-Method: POST", b"Access-Control-Request-Headers: authorization,x-amz-target")
    line = b"OPTIONS " + path
    status, headers, body = ask(
        port, line, b"Origin: http://localhost:3000", b"Access-Control-Request-Private-Network: true", *asked
    )
    assert (status, body) == (200, b"")
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-allow-methods"] == "post"
    assert headers["access-control-allow-headers"] == "authorization,x-amz-target"
    assert headers["access-control-allow-private-network"] == "true"
    for stranger in STRANGERS[:-1]:
        status, headers, _ = ask(port, line, stranger, *asked)
        assert status == 403
        assert "access-control-allow-origin" not in headers


def test_errors_of_the_gateway_can_be_seen_by_pages_of_this_machine() -> None:
    target = b"X-Amz-Target: DynamoDB_20120810.ListTables"
    with running_gateway() as port:
        status, headers, _ = ask(port, b"POST /", target, b"Origin: http://localhost:3000")
        assert (status, headers["access-control-allow-origin"]) == (503, "*")
        status, headers, _ = ask(port, b"POST /", target, b"Origin: http://evil.test")
        assert status == 503
        assert "access-control-allow-origin" not in headers


def test_settings_let_others_in() -> None:
    with running_gateway(extra_origins=("https://app.test",), further_hosts=("aws.test",)) as port:
        assert ask(port, STS, b"Origin: https://app.test", b"Sec-Fetch-Site: cross-site", host=b"aws.test")[0] == 200
        assert ask(port, STS, b"Origin: https://evil.test")[0] == 403
    with running_gateway(every_origin=True) as port:
        assert ask(port, STS, b"Origin: https://evil.test", host=b"evil.test")[0] == 200
        assert ask(port, STS, b"Sec-Fetch-Site: cross-site")[0] == 200
    with running_gateway(own_hosts=("aws.test:4566",)) as port:
        assert ask(port, STS, host=b"aws.test:4566")[0] == 200


def test_a_website_has_no_control_paths() -> None:
    with asgi_server(echo) as service, running_gateway(s3_url=service) as port:
        host = b"bucket.s3-website.localhost:4566"
        status, _, body = ask(port, b"POST /_ruststack/reset", b"Origin: http://" + host, host=host)
        assert status == 200
        assert body.startswith(b"POST\n/_ruststack/reset\n")  # an object's name, for S3 to refuse
