"""The control interface: health, metrics, reset, clock, LocalStack's paths; and the gateway as a process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.gateway.servers import (
    Peer,
    answering,
    asgi_server,
    connect,
    dead_port,
    ok,
    request,
    running_gateway,
    scripted_service,
)
from tests.processes import ROOT, clean_environment, free_port
from tests.waiting import wait_until


class Service:
    """A service as far as the gateway's control interface knows one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[str] = []
        self.status = 200

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        query = scope["query_string"].decode()
        path = scope["raw_path"].decode()
        self.asked.append(f"{scope['method']} {path}" + (f"?{query}" if query else ""))
        content: dict[str, Any] = {"service": self.name}
        if path.endswith("/health"):
            content |= {"status": "running", "pid": 1234}
        elif path.endswith("/metrics"):
            content |= {"requests": [{"operation": "PutItem", "status": 200, "count": 3, "seconds": 0.25}]}
        body = json.dumps(content).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Stack:
    """A gateway and its services."""

    def __init__(self, port: int, services: dict[str, Service]) -> None:
        self.port = port
        self.services = services

    def ask(self, method: str, target: str) -> tuple[int, Any]:
        status, headers, body = request(self.port, f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return status, json.loads(body) if headers.get("content-type") == "application/json" else body.decode()


Start = Callable[..., Stack]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start("s3", "sqs")`: those are running; `settings` go to the gateway."""
    with ExitStack() as stack:

        def begin(*running: str, **settings: Any) -> Stack:
            services = {name: Service(name) for name in running}
            for name, service in services.items():
                settings[f"{name}_url"] = stack.enter_context(asgi_server(service))
            return Stack(stack.enter_context(running_gateway(**settings)), services)

        yield begin


RESET_TAKES_NO_BODY = "/_ruststack/reset takes no body: its parameters are in the query"
ALL = ("s3", "dynamodb", "sqs", "sns")


def test_health(start: Start) -> None:
    status, content = start(*ALL).ask("GET", "/_ruststack/health")
    assert status == 200
    assert content["status"] == "ok"
    assert content["version"]
    assert content["services"] == {name: {"status": "running", "pid": 1234} for name in ALL}


def test_health_while_a_service_is_down(start: Start) -> None:
    stack = start("s3", "dynamodb", "sqs")
    status, content = stack.ask("GET", "/_ruststack/health")
    assert status == 503
    assert content["status"] == "unavailable"
    assert content["services"]["sns"] == {"status": "unavailable"}
    assert content["services"]["s3"]["status"] == "running"
    status, content = stack.ask("GET", "/_localstack/health")
    assert status == 200
    assert content["services"]["sns"] == "error"


def test_health_is_of_the_enabled_services_alone(start: Start) -> None:
    stack = start("s3", "sqs", services=("s3", "sqs"))
    status, content = stack.ask("GET", "/_ruststack/health")
    assert status == 200
    assert set(content["services"]) == {"s3", "sqs"}
    _, content = stack.ask("GET", "/_localstack/health")
    assert content["services"] == {
        "dynamodb": "disabled",
        "dynamodbstreams": "disabled",
        "iam": "running",
        "s3": "running",
        "sns": "disabled",
        "sqs": "running",
        "sts": "running",
    }
    assert content["edition"]
    assert content["version"]


def test_health_of_several_instances(start: Start) -> None:
    nowhere = f"http://127.0.0.1:{dead_port()}"
    with asgi_server(Service("sqs")) as address:
        stack = start("s3", services=("s3", "sqs"), sqs_url=f"{address},{nowhere}")
        status, content = stack.ask("GET", "/_ruststack/health")
    assert status == 200
    sqs = content["services"]["sqs"]
    assert sqs["status"] == "running"
    assert sqs["instances"] == {address: {"status": "running", "pid": 1234}, nowhere: {"status": "unavailable"}}


def test_health_asked_with_head_and_wrongly(start: Start) -> None:
    stack = start(*ALL)
    with connect(stack.port) as peer:
        peer.send(b"HEAD /_ruststack/health HTTP/1.1\r\nHost: h\r\n\r\n")
        assert peer.read_answer(headless=True)[0] == 200
    assert stack.ask("POST", "/_ruststack/health")[0] == 405


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/_ruststack/reset", dict.fromkeys(ALL, "POST /_ruststack/reset")),
        ("/_ruststack/reset?service=sqs", {"sqs": "POST /_ruststack/reset"}),
        (
            "/_ruststack/reset?account=111122223333",
            dict.fromkeys(ALL, "POST /_ruststack/reset?account=111122223333"),
        ),
        (
            "/_ruststack/reset?service=s3&account=111122223333",
            {"s3": "POST /_ruststack/reset?account=111122223333"},
        ),
        ("/_localstack/state/reset", dict.fromkeys(ALL, "POST /_ruststack/reset")),
        ("/_localstack/state/sns/reset", {"sns": "POST /_ruststack/reset"}),
    ],
)
def test_reset(start: Start, target: str, expected: dict[str, str]) -> None:
    stack = start(*ALL)
    assert stack.ask("POST", target)[0] == 200
    assert {name: service.asked[0] for name, service in stack.services.items() if service.asked} == expected


def test_reset_that_cannot_be(start: Start) -> None:
    stack = start("s3", "dynamodb", "sqs")
    assert stack.ask("POST", "/_ruststack/reset?service=lambda")[0] == 400
    assert stack.ask("GET", "/_ruststack/reset")[0] == 405
    assert [service.asked for service in stack.services.values()] == [[], [], []]
    status, content = stack.ask("POST", "/_ruststack/reset")
    assert status == 503
    assert "sns at http://127.0.0.1:1 does not answer" in content["message"]
    stack.services["s3"].status = 500
    status, content = stack.ask("POST", "/_ruststack/reset?service=s3")
    assert status == 503
    assert "answered 500" in content["message"]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (
            "POST /_ruststack/reset?service=dynamo",
            "no such service: dynamo; did you mean dynamodb? there are s3, dynamodb, sqs, sns",
        ),
        ("POST /_ruststack/reset?account=7", "an account has 12 digits, which '7' has not"),
        ("POST /_ruststack/reset?acount=111122223333", "there is no parameter 'acount'; did you mean account?"),
        ("POST /_ruststack/reset?service=sqs&service=s3", "service is given twice"),
        ("DELETE /_ruststack/faults?id=1&id=2", "id is given twice"),
        ("POST /_ruststack/faults", "the body is a rule as JSON, which this is not: "),
        ("GET /_ruststack/storage?x=1", "there is no parameter 'x'; there are none"),
        ("POST /_ruststack/clock?advanse=5", "there is no parameter 'advanse'; did you mean advance?"),
        ("GET /_ruststack/clock?advance=5", "a GET of the clock takes no parameters: POST moves it"),
        ("DELETE /_ruststack/faults?rule=1", "there is no parameter 'rule'; there are id"),
        ("POST /_ruststack/faults?dry_run=maybe", "dry_run is 1 or 0, not 'maybe'"),
        ("GET /_ruststack/requests?limit=abc", "limit is a number from 0 to 100000, not 'abc'"),
        ("GET /_ruststack/requests?limit=-1", "limit is a number from 0 to 100000, not '-1'"),
        ("GET /_ruststack/requests?follow=x", "follow is 1 or 0, not 'x'"),
        ("GET /_ruststack/requests?service=xx", "no such service: xx; there are s3, dynamodb, sqs, sns"),
        ("GET /_ruststack/requests?account=12", "an account has 12 digits, or is a pattern of them, which '12' is not"),
        ("GET /_ruststack/requests?operaton=x", "there is no parameter 'operaton'; did you mean operation?"),
        ("GET /_ruststack/requests?since=nan", "since is a number, not 'nan'"),
        ("GET /_ruststack/trace/abc?limit=1", "there is no parameter 'limit'; there are none"),
        ("GET /_ruststack/trail?after=abc", "after is what was reached, not 'abc'"),
        ("POST /_ruststack/snapshots", "name has to be given"),
        ("POST /_ruststack/snapshots?name=a&acount=1", "there is no parameter 'acount'; did you mean account?"),
        ("POST /_ruststack/snapshots/a/load?account=1", "an account has 12 digits, which '1' has not"),
    ],
)
def test_what_a_path_does_not_take_is_refused_in_a_line(start: Start, asked: str, text: str) -> None:
    stack = start(*ALL)
    status, content = stack.ask(*asked.split(" "))
    assert (status, list(content)) == (400, ["message"])
    assert content["message"].startswith(text)
    assert not any("POST" in one for service in stack.services.values() for one in service.asked)


def test_a_body_where_none_is_read_is_refused(start: Start) -> None:
    stack = start(*ALL)
    head = b"POST /_ruststack/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 26\r\n\r\n"
    status, _, body = request(stack.port, head + b'{"account":"111122223333"}')
    assert (status, json.loads(body)["message"]) == (400, RESET_TAKES_NO_BODY)
    assert [service.asked for service in stack.services.values()] == [[], [], [], []]


def test_clock(start: Start) -> None:
    stack = start(*ALL)
    status, content = stack.ask("GET", "/_ruststack/clock")
    assert status == 200
    assert content["offset"] == 0
    assert abs(content["now"] - time.time()) < 5
    status, content = stack.ask("POST", "/_ruststack/clock?advance=90.5")
    assert status == 200
    assert content["offset"] == 90.5
    assert abs(content["now"] - time.time() - 90.5) < 5
    assert {service.asked[-1] for service in stack.services.values()} == {"POST /_ruststack/clock?offset=90.5"}


def test_the_clock_goes_to_a_time_and_back(start: Start) -> None:
    stack = start(*ALL)
    moment = 1_893_456_000.0
    for text in ("2030-01-01T00:00:00Z", "1893456000"):
        status, content = stack.ask("POST", f"/_ruststack/clock?set={text}")
        assert status == 200
        assert abs(content["now"] - moment) < 5
    assert stack.ask("POST", "/_ruststack/clock?set=2001-01-01")[1]["offset"] < 0
    assert stack.ask("POST", "/_ruststack/clock?offset=0")[1]["offset"] == 0
    assert {service.asked[-1] for service in stack.services.values()} == {"POST /_ruststack/clock?offset=0.0"}


def test_a_reset_of_everything_puts_the_clock_back(start: Start) -> None:
    stack = start(*ALL)
    for kept in ("?service=sqs", "?account=111122223333"):
        stack.ask("POST", "/_ruststack/clock?offset=60")
        stack.ask("POST", f"/_ruststack/reset{kept}")
        assert stack.ask("GET", "/_ruststack/clock")[1]["offset"] == 60
    stack.ask("POST", "/_ruststack/reset")
    assert stack.ask("GET", "/_ruststack/clock")[1]["offset"] == 0
    assert {service.asked[-2] for service in stack.services.values()} == {"POST /_ruststack/clock?offset=0.0"}


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "?advance=-1",
        "?advance=soon",
        "?advance=inf",
        "?advance=nan",
        "?advance=2.6e11",
        "?advance=1e400",
        "?advance=" + "9" * 5000,
        "?set=yesterday",
        "?set=2200-01-02",
        "?set=1969-01-01",
        "?set=" + "9" * 5000,
        "?offset=-2.6e11",
        "?offset=1&advance=1",
    ],
)
def test_a_clock_that_cannot_be(start: Start, wrong: str) -> None:
    stack = start(*ALL)
    status, content = stack.ask("POST", f"/_ruststack/clock{wrong}")
    assert status == 400
    assert 0 < len(content["message"]) < 200
    assert not any("POST" in asked for service in stack.services.values() for asked in service.asked)


def test_the_clock_moves_the_expiry_of_credentials(start: Start) -> None:
    stack = start(*ALL)
    stack.ask("POST", "/_ruststack/clock?advance=1000000000")
    _, text = stack.ask("GET", "/?Action=GetSessionToken&Version=2011-06-15")
    assert "<Expiration>2056-" in text or "<Expiration>2057-" in text or "<Expiration>2058-" in text


def test_metrics(start: Start) -> None:
    stack = start(*ALL)
    for _ in range(3):
        stack.ask("GET", "/bucket/key")
    stack.ask("GET", "/?Action=GetCallerIdentity")
    stack.ask("GET", "/?Action=DescribeVpcs&Version=2016-11-15")
    status, headers, body = request(stack.port, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert status == 200
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = body.decode().splitlines()
    assert 'ruststack_requests_total{service="s3",status="200"} 3' in lines
    assert 'ruststack_requests_total{service="sts",status="200"} 1' in lines
    assert 'ruststack_requests_total{service="other",status="400"} 1' in lines
    assert 'ruststack_request_duration_seconds_bucket{service="s3",le="+Inf"} 3' in lines
    assert 'ruststack_request_duration_seconds_count{service="s3"} 3' in lines
    assert 'ruststack_operations_total{service="dynamodb",operation="PutItem",status="200"} 3' in lines
    assert 'ruststack_operation_seconds_total{service="sqs",operation="PutItem",status="200"} 0.250000' in lines
    assert_exposition(lines)


def assert_exposition(lines: list[str]) -> None:
    """Prometheus's own parser takes it."""
    from prometheus_client.parser import text_string_to_metric_families

    families = {family.name: family for family in text_string_to_metric_families("\n".join(lines) + "\n")}
    assert families["ruststack_request_duration_seconds"].type == "histogram"
    assert families["ruststack_requests"].type == "counter"
    assert families["ruststack_operations"].type == "counter"


def test_a_bucket_may_be_called_metrics(start: Start) -> None:
    stack = start(*ALL)
    for head in (
        b"GET /metrics?list-type=2 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: AWS AKID:sig\r\n\r\n",
        b"GET /metrics/key HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ):
        assert request(stack.port, head)[0] == 200
    assert len(stack.services["s3"].asked) == 3


def test_localstack_info_and_init(start: Start, tmp_path: Path) -> None:
    stack = start(*ALL)
    status, content = stack.ask("GET", "/_localstack/info")
    assert status == 200
    assert content["version"]
    status, content = stack.ask("GET", "/_localstack/init")
    assert content == {"completed": {"BOOT": True, "START": True, "READY": True, "SHUTDOWN": False}, "scripts": []}
    state = tmp_path / "init.json"
    written = {
        "completed": {"BOOT": True, "START": True, "READY": False, "SHUTDOWN": False},
        "scripts": [{"stage": "READY", "name": "a.sh", "state": "RUNNING"}],
    }
    state.write_text(json.dumps(written))
    stack = start(*ALL, init_state=str(state))
    assert stack.ask("GET", "/_localstack/init") == (200, written)
    assert stack.ask("GET", "/_localstack/init/ready") == (
        200,
        {"completed": False, "scripts": written["scripts"]},
    )
    assert stack.ask("GET", "/_localstack/init/later")[0] == 404


def test_an_unknown_control_path(start: Start) -> None:
    stack = start(*ALL)
    nothing = {"message": "no such path: /_ruststack/requets; did you mean requests?"}
    assert stack.ask("GET", "/_ruststack/requets") == (404, nothing)
    slash = {"message": "no such path: /_ruststack/health/; did you mean health?"}
    assert stack.ask("GET", "/_ruststack/health/") == (404, slash)
    assert stack.ask("GET", "/_ruststack/xyz")[1]["message"].startswith("no such path: /_ruststack/xyz; docs/")
    assert stack.ask("GET", "/_localstack/nothing")[0] == 404
    faults = {"message": "/_ruststack/faults takes GET and POST and DELETE, not PUT"}
    assert stack.ask("PUT", "/_ruststack/faults") == (405, faults)
    assert [service.asked for service in stack.services.values()] == [[], [], [], []]


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"RUSTSTACK_SERVICES": "s3,lambda"}, "unknown service 'lambda'"),
        ({"RUSTSTACK_S3_URL": "https://s3"}, "'https://s3' is not an address"),
        ({"RUSTSTACK_PORT": "high"}, "RUSTSTACK_PORT: 'high' is not a valid int"),
    ],
)
def test_settings_that_cannot_be_used(environment: dict[str, str], complaint: str) -> None:
    command = [sys.executable, "-m", "gateway"]
    ended = subprocess.run(
        command, env=clean_environment(**environment), cwd=ROOT, capture_output=True, text=True, timeout=20
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("ruststack gateway: ")
    assert complaint in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_the_process_stays_small_and_ends_when_told(tmp_path: Path) -> None:
    with ExitStack() as stack:
        service = Service("s3")
        address = stack.enter_context(asgi_server(service))
        port = free_port()
        environment = clean_environment(SERVICES="s3,lambda", RUSTSTACK_S3_URL=address)
        command = [sys.executable, "-m", "gateway", "--port", str(port), "--host", "127.0.0.1"]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            wait_until(lambda: _is_healthy(port))
            assert process.stdout is not None
            assert process.stdout.readline() == b"Ready.\n"
            for _ in range(200):
                assert request(port, b"GET /bucket/key HTTP/1.1\r\nHost: h\r\n\r\n")[0] == 200
            request(port, b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n")
            resident = psutil.Process(process.pid).memory_info().rss
            assert resident < 45 * 1024 * 1024
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=10)
        assert process.returncode == 0
        (line,) = errors.splitlines()
        assert line.endswith(b"SERVICES names lambda, which RustStack does not have: it is left out")


def _is_healthy(port: int) -> bool:
    try:
        return request(port, b"GET /_ruststack/health HTTP/1.1\r\nHost: h\r\n\r\n")[0] == 200
    except OSError:
        return False


def test_health_after_health_takes_the_same_connections() -> None:
    with scripted_service(answering(ok(b'{"status": "running", "pid": 1}'))) as service:
        urls = dict.fromkeys(("s3_url", "dynamodb_url", "sqs_url", "sns_url"), service.address)
        with running_gateway(**urls) as port:
            for _ in range(100):
                assert request(port, b"GET /_ruststack/health HTTP/1.1\r\nHost: h\r\n\r\n")[0] == 200
            assert service.connections <= 4  # one for each service


def test_health_survives_a_connection_that_the_service_has_closed() -> None:
    def once(peer: Peer) -> None:
        peer.read_head()
        peer.send(ok(b'{"status": "running"}'))

    with scripted_service(once) as service, running_gateway(services=("s3",), s3_url=service.address) as port:
        for _ in range(20):
            assert request(port, b"GET /_ruststack/health HTTP/1.1\r\nHost: h\r\n\r\n")[0] == 200
