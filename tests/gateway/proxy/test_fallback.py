"""Requests for services that the fleet does not have: passed to another emulator as they are, or refused in words."""

from __future__ import annotations

import json
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from awskit.settings import SettingsError
from tests.access import Callers, access_environment
from tests.gateway.routing.test_routing import v4
from tests.gateway.servers import (
    Peer,
    asgi_server,
    connect,
    dead_port,
    echo,
    ok,
    request,
    running_gateway,
    scripted_service,
)
from tests.gateway.test_errors import error_of

MEGABYTE = 1024 * 1024
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("lambda", "list_functions", {}),
    ("ssm", "get_parameter", {"Name": "p"}),
    ("cloudformation", "list_stacks", {}),
    ("route53", "list_hosted_zones", {}),
    ("ec2", "describe_vpcs", {}),
    ("ses", "list_identities", {}),
    ("cloudwatch", "list_metrics", {}),
    ("iam", "list_roles", {}),
]


def head(service: str, *lines: str, start: str = "POST / HTTP/1.1") -> bytes:
    signed = [f"{name}: {value}" for name, value in v4(service).items()]
    return "\r\n".join((start, "Host: localhost:4566", *signed, *lines, "", "")).encode("latin-1")


def get(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return json.loads(answer.read())


def test_a_request_is_passed_on_as_it_came_and_answered_as_it_was_answered() -> None:
    with asgi_server(echo) as address, running_gateway(fallback_urls=(address,)) as port:
        lines = ("X-Forwarded-For: 10.0.0.9", "X-Forwarded-Proto: https", "X-Custom: caf\xe9", "Content-Length: 4")
        status, headers, body = request(
            port, head("lambda", *lines, start="POST /a%2Fb/../c?x=%2f&y HTTP/1.1") + b"body"
        )
    asked, _, content = body.partition(b"\n\n")
    assert (status, content, headers["x-part"]) == (200, b"body", "2")
    assert asked.split(b"\n") == [
        b"POST",
        b"/a%2Fb/../c",
        b"?x=%2f&y",
        b"host: localhost:4566",
        b"authorization: " + v4("lambda")["authorization"].encode(),
        b"x-forwarded-for: 10.0.0.9",
        b"x-forwarded-proto: https",
        b"x-custom: caf\xe9",
        b"content-length: 4",
    ]


def test_each_service_has_its_own_place_and_the_rest_a_common_one() -> None:
    def named(name: bytes) -> Any:
        def script(peer: Peer) -> None:
            while True:
                peer.read_head()
                peer.send(ok(name))

        return scripted_service(script)

    with named(b"one") as one, named(b"two") as two, named(b"rest") as rest:
        urls = (f"lambda={one.address}", f"cloudwatch={two.address}", f"elbv2={two.address}", f"*={rest.address}")
        with running_gateway(fallback_urls=urls) as port:
            answers = {
                service: request(port, head(service))[2]
                for service in ("lambda", "monitoring", "elasticloadbalancing", "ssm", "iam", "brand-new")
            }
            target = (
                b"POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth\r\n\r\n"
            )
            answers["unsigned"] = request(port, target)[2]
            answers["path"] = request(port, b"GET /_aws/ses?id=1 HTTP/1.1\r\nHost: h\r\n\r\n".replace(b"ses", b"ses/"))[
                2
            ]
            status, _, own = request(
                port, head("sts", start="POST /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1")
            )
        with running_gateway(fallback_urls=urls[:1]) as port:
            refused = request(port, head("ssm"))
    assert answers == {
        "lambda": b"one",
        "monitoring": b"two",
        "elasticloadbalancing": b"two",
        **dict.fromkeys(("ssm", "iam", "brand-new", "unsigned", "path"), b"rest"),
    }
    assert (status, b"<Account>" in own) == (200, True)
    assert (refused[0], b"UnsupportedOperation" in refused[2]) == (400, True)


def test_the_fleets_own_services_stay_its_own_and_one_that_is_left_out_may_be_elsewhere() -> None:
    with asgi_server(echo) as address:
        with running_gateway(fallback_urls=(address,)) as port:
            assert request(port, head("sqs"))[0] == 503
        with running_gateway(fallback_urls=(address,), services=("s3",)) as port:
            assert request(port, head("sqs"))[0] == 200
        with running_gateway(fallback_urls=(f"sqs={address}",), services=("s3",)) as port:
            assert request(port, head("sqs"))[0] == 200
        with (
            pytest.raises(SettingsError, match="sqs is RustStack's own"),
            running_gateway(fallback_urls=(f"sqs={address}",)),
        ):
            pass


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("lambda=ftp://127.0.0.1:1", "is not an address"),
        ("=http://127.0.0.1:1", "has no service"),
        ("sts=http://127.0.0.1:1", "sts is RustStack's own"),
        ("lambda=", "no address given"),
        ("lambda", "'lambda' has no address: say lambda=http://host:port"),
        ("lamda=http://127.0.0.1:1", "AWS has no service 'lamda'; did you mean lambda?"),
        ("zzzzzz=http://127.0.0.1:1", "AWS has no service 'zzzzzz'; what is newer"),
        ("lambda=http://me:secret@127.0.0.1:1", "127.0.0.1: an address has no user and no password"),
        ("http://localhost:4566", "http://localhost:4566 is this gateway itself"),
        ("lambda=https://127.0.0.1:1,*=https://[::1]:4566", "https://\\[::1\\]:4566 is this gateway itself"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_at_start(part: str, text: str) -> None:
    with pytest.raises(SettingsError, match=text), running_gateway(fallback_urls=tuple(part.split(","))):
        pass


@pytest.mark.parametrize(("service", "operation", "arguments"), CALLS)
def test_its_absence_is_a_503_in_the_callers_protocol(service: str, operation: str, arguments: dict[str, Any]) -> None:
    with running_gateway(fallback_urls=(f"http://127.0.0.1:{dead_port()}",)) as port:
        error = error_of(service, operation, port, **arguments)
    assert error.response["Error"]["Code"] == "ServiceUnavailable"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert "RUSTSTACK_FALLBACK_URL" in error.response["Error"]["Message"]


def test_an_upgrade_is_answered_as_a_request_without_one() -> None:
    lines = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA==")
    with asgi_server(echo) as address, running_gateway(fallback_urls=(address,)) as port:
        status, _, body = request(port, head("appsync", *lines, start="GET /graphql HTTP/1.1"))
    assert (status, b"upgrade" in body.lower()) == (200, False)


def test_one_that_dies_with_the_request_in_its_hands_is_a_503() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()

    with scripted_service(script) as service, running_gateway(fallback_urls=(service.address,)) as port:
        status, _, body = request(
            port, head("ssm", "X-Amz-Target: AmazonSSM.GetParameter", "Content-Length: 2") + b"{}"
        )
    assert (status, json.loads(body)["__type"]) == (503, "ServiceUnavailable")


def test_bodies_of_any_length_flow_both_ways_while_they_come() -> None:
    """The emulator answers the beginning before it has the end: whoever held either back would wait for ever."""
    part = b"p" * MEGABYTE

    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(8):
            assert peer.read(len(part)) == part
            peer.send(b"%x\r\n%b\r\n" % (len(part), part))
        peer.send(b"0\r\n\r\n")

    with (
        scripted_service(script) as service,
        running_gateway(fallback_urls=(service.address,)) as port,
        connect(port) as peer,
    ):
        peer.send(head("lambda", f"Content-Length: {8 * MEGABYTE}"))
        peer.send(part)
        answered = peer.read_head()
        first = peer.read(int(peer.read_line(), 16))
        peer.read(2)
        sending = threading.Thread(target=lambda: [peer.send(part) for _ in range(7)])
        sending.start()
        rest = peer.read_chunked()
        sending.join(30)
    assert answered.startswith(b"HTTP/1.1 200")
    assert first + rest == part * 8


def test_an_answer_that_ends_with_its_connection_is_whole() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.0 201 Created\r\nServer: old\r\nX-Amz-Function-Error: Unhandled\r\n\r\n" + b"x" * 200_000)

    with scripted_service(script) as service, running_gateway(fallback_urls=(service.address,)) as port:
        status, headers, body = request(port, head("lambda"))
    assert (status, len(body)) == (201, 200_000)
    assert (headers["server"], headers["x-amz-function-error"]) == ("old", "unhandled")


def test_health_and_the_journal_show_it() -> None:
    gone = f"http://127.0.0.1:{dead_port()}"
    with (
        asgi_server(echo) as address,
        running_gateway(fallback_urls=(f"ssm={address}", f"events={gone}"), services=("sts",)) as port,
    ):
        request(port, head("ssm", "X-Amz-Target: AmazonSSM.GetParameter"))
        request(port, head("events", "X-Amz-Target: AWSEvents.PutEvents"))
        request(port, head("ssm", start="GET /some/path HTTP/1.1"))
        health = get(port, "/_ruststack/health")
        localstack = get(port, "/_localstack/health")["services"]
        told = get(port, "/_ruststack/requests")["requests"]
        of_events = get(port, "/_ruststack/requests?service=events&status=503")["requests"]
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/_ruststack/", timeout=30).read().decode()
        metrics = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30).read().decode()
    assert health["status"] == "ok"
    assert health["fallback"] == {
        "ssm": {"status": "running", "address": address},
        "events": {"status": "unavailable", "address": gone},
    }
    assert (localstack["ssm"], localstack["events"]) == ("running", "error")
    shown = [(entry["service"], entry["operation"], entry["status"]) for entry in told]
    assert shown == [
        ("ssm", "GetParameter", 200),
        ("events", "PutEvents", 503),
        ("ssm", "GET /some/path", 200),
    ]
    assert [entry["number"] for entry in of_events] == [2]
    assert of_events[0]["error"]["code"] == "ServiceUnavailable"
    assert f"running at {address}" in page
    assert 'ruststack_requests_total{service="fallback",status="503"} 1' in metrics


def test_a_strangers_page_may_not_ask_it_either() -> None:
    with asgi_server(echo) as address, running_gateway(fallback_urls=(address,)) as port:
        status, _, body = request(port, head("lambda", "Origin: https://stranger.example"))
    assert (status, b"AccessDenied" in body) == (403, True)


@pytest.mark.parametrize("mode", ["signatures", "enforce"])
def test_where_signatures_are_verified_nobody_else_passes(tmp_path: Path, mode: str) -> None:
    access = access_environment(tmp_path, mode)
    settings = {"auth": access["RUSTSTACK_AUTH"], "credentials": access["RUSTSTACK_CREDENTIALS"]}

    def script(peer: Peer) -> None:
        while True:
            length = int(peer.read_head().lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            assert len(peer.read(length)) == length
            peer.send(ok(b'{"Parameter":{"Name":"p","Value":"v"}}'))

    with (
        scripted_service(script) as service,
        running_gateway(fallback_urls=(service.address,), **settings) as port,
    ):
        callers = Callers(f"http://127.0.0.1:{port}", "ssm")
        named = callers.named("user")
        assert named.get_parameter(Name="p")["Parameter"]["Value"] == "v"
        large = {"Name": "p", "Value": "x" * 300_000, "Type": "String"}
        assert named.put_parameter(**large)["ResponseMetadata"]["HTTPStatusCode"] == 200
        for stranger, code in (
            (callers.client("AKIAUSER", "wrong"), "SignatureDoesNotMatch"),
            (callers.client("AKIANOBODY", "x"), "InvalidClientTokenId"),
            (callers.anonymous, "MissingAuthenticationToken"),
        ):
            with pytest.raises(ClientError) as caught:
                stranger.get_parameter(Name="p")
            assert caught.value.response["Error"]["Code"] == code
