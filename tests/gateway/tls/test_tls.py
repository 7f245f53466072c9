"""HTTPS on the port of HTTP: the first byte tells."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import ssl
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from botocore.config import Config

from tests.processes import Running, running_fleet
from tests.ruststack.command import ruststack


@pytest.fixture(scope="module")
def authority(fleet: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of what clients are to trust, as the fleet gives it out."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    connection = http.client.HTTPConnection("127.0.0.1", fleet.port, timeout=10)
    connection.request("GET", "/_ruststack/ca.pem")
    path.write_bytes(connection.getresponse().read())
    connection.close()
    return path


@contextmanager
def connected(fleet: Running, authority: Path, name: str) -> Iterator[ssl.SSLSocket]:
    """A TLS connection whose certificate has been checked to be one for `name`."""
    context = ssl.create_default_context(cafile=str(authority))
    with (
        socket.create_connection(("127.0.0.1", fleet.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        yield secure


def status_of(secure: ssl.SSLSocket, name: str) -> bytes:
    secure.sendall(b"GET /_ruststack/health HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % name.encode())
    answer = b""
    while part := secure.recv(65536):
        answer += part
    return answer.split(b" ")[1]


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "127.0.0.1",
        "localhost.localstack.cloud",
        "sqs.us-east-1.localhost.localstack.cloud",
        "some-bucket.s3.localhost.localstack.cloud",
        "some-bucket.s3.eu-west-1.localhost.localstack.cloud",
        "bucket.localhost",
        "aws",  # a container's name
        socket.gethostname(),
    ],
)
def test_the_certificate_is_for_the_name_that_is_called(fleet: Running, authority: Path, name: str) -> None:
    with connected(fleet, authority, name) as secure:
        assert secure.selected_alpn_protocol() is None
        assert status_of(secure, name) == b"200"


def test_a_name_that_anybody_could_point_here_has_no_certificate(fleet: Running, authority: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError), connected(fleet, authority, "evil.example.com"):
        pass


def test_many_requests_and_large_bodies_go_by_one_connection(fleet: Running, authority: Path, unique_name: str) -> None:
    url = fleet.url.replace("http:", "https:")
    s3 = fleet.client("s3", endpoint_url=url, verify=str(authority), config=Config(max_pool_connections=1))
    s3.create_bucket(Bucket=unique_name)
    body = os.urandom(20_000_000)
    s3.put_object(Bucket=unique_name, Key="large", Body=body)
    assert s3.get_object(Bucket=unique_name, Key="large")["Body"].read() == body
    for number in range(50):
        s3.put_object(Bucket=unique_name, Key=f"{number}", Body=b"x" * number)
    assert s3.head_object(Bucket=unique_name, Key="49")["ContentLength"] == 49
    s3.close()


def test_queue_urls_have_the_scheme_that_was_called(fleet: Running, authority: Path, unique_name: str) -> None:
    url = fleet.url.replace("http:", "https:")
    with_tls, without = fleet.client("sqs", endpoint_url=url, verify=str(authority)), fleet.client("sqs")
    assert with_tls.create_queue(QueueName=unique_name)["QueueUrl"].startswith(f"{url}/")
    assert without.get_queue_url(QueueName=unique_name)["QueueUrl"].startswith(f"{fleet.url}/")
    assert with_tls.get_queue_url(QueueName=unique_name)["QueueUrl"].startswith(f"{url}/")
    for client in (with_tls, without):
        client.close()


def test_a_queue_of_sqss_own_host_has_the_url_that_terraform_imports(
    fleet: Running, authority: Path, unique_name: str
) -> None:
    """Provider 6 takes no other, neither for its imports nor for their blocks."""
    name = "sqs.us-east-1.localhost.localstack.cloud"
    body = json.dumps({"QueueName": unique_name}).encode()
    lines = (
        "POST / HTTP/1.1",
        f"Host: {name}:{fleet.port}",
        "X-Amz-Target: AmazonSQS.CreateQueue",
        "Content-Type: application/x-amz-json-1.0",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    with connected(fleet, authority, name) as secure:
        secure.sendall("\r\n".join((*lines, "", "")).encode() + body)
        answer = b"".join(iter(lambda: secure.recv(65536), b""))
    url = json.loads(answer.partition(b"\r\n\r\n")[2])["QueueUrl"]
    assert re.fullmatch(rf"https://sqs\.us-east-1\.[^/]+/\d{{12}}/{unique_name}", url)
    assert fleet.client("sqs").get_queue_url(QueueName=unique_name)["QueueUrl"].endswith(f"/{unique_name}")


def test_a_handshake_in_pieces_is_put_together(fleet: Running, authority: Path) -> None:
    context = ssl.create_default_context(cafile=str(authority))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", fleet.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in range(0, len(hello := outgoing.read()), 100):
                    connection.sendall(hello[byte : byte + 100])
                incoming.write(connection.recv(65536))
        assert tls.version() == "TLSv1.3"


@pytest.mark.parametrize("data", [b"\x16", b"\x16\x03\x01\x00\x05nonsense" * 20, b"\x16\x03\x01" + b"\xff" * 70_000])
def test_what_begins_like_tls_and_is_not_ends_the_connection(fleet: Running, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", fleet.port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        try:
            while connection.recv(65536):
                pass
        except ConnectionResetError:
            pass
    assert fleet.is_healthy()


def test_tls_within_a_plain_connection_is_no_http(fleet: Running) -> None:
    with socket.create_connection(("127.0.0.1", fleet.port), timeout=10) as connection:
        connection.sendall(b"GET /_ruststack/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"\x16\x03\x01\x00\x05hello")
        assert connection.recv(65536).startswith(b"HTTP/1.1 400")


def test_a_client_that_leaves_in_the_middle_of_an_answer_is_let_go(
    fleet: Running, authority: Path, unique_name: str
) -> None:
    s3 = fleet.client("s3")
    s3.create_bucket(Bucket=unique_name)
    s3.put_object(Bucket=unique_name, Key="large", Body=bytes(20_000_000))
    s3.close()
    with connected(fleet, authority, "localhost") as secure:
        secure.sendall(b"GET /%b/large HTTP/1.1\r\nHost: localhost\r\n\r\n" % unique_name.encode())
        assert secure.recv(65536).startswith(b"HTTP/1.1 200")
    assert fleet.is_healthy()


def test_the_authority_is_kept_and_nobody_else_reads_its_key(tmp_path: Path) -> None:
    environment = {"RUSTSTACK_TLS_DIR": str(tmp_path / "tls"), "RUSTSTACK_SERVICES": "sqs"}
    with running_fleet(tmp_path, environment=environment) as fleet:
        assert not (tmp_path / "tls").exists(), "it is made at first use"
        given = dict(environment, RUSTSTACK_PORT=str(fleet.port), RUSTSTACK_HOST="127.0.0.1")
        shown = dict(
            line.removeprefix("export ").split("=", 1)
            for line in ruststack("env", "--tls", **given).stdout.split("\n")
            if line
        )
        authority = Path(shown["AWS_CA_BUNDLE"])
        assert authority == Path(shown["NODE_EXTRA_CA_CERTS"]) == tmp_path / "tls" / "authority.pem"
        assert shown["AWS_ENDPOINT_URL"] == f"https://127.0.0.1:{fleet.port}"
        before = authority.read_bytes()
        assert stat.S_IMODE((tmp_path / "tls" / "authority.key").stat().st_mode) == 0o600
        fleet.restart()
        with connected(fleet, authority, "localhost") as secure:
            assert status_of(secure, "localhost") == b"200"
        assert authority.read_bytes() == before
        assert ruststack("health", "--endpoint-url", shown["AWS_ENDPOINT_URL"], **given).returncode == 0


def test_a_fleet_that_stops_ends_its_tls_connections(tmp_path: Path, authority: Path) -> None:
    def stop() -> float:
        with running_fleet(tmp_path, "--services", "sqs") as fleet, connected(fleet, authority, "localhost") as secure:
            secure.sendall(b"GET /_ruststack/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert secure.recv(65536).startswith(b"HTTP/1.1 200")
            started = time.monotonic()
            assert fleet.stop() == 0
            seconds = time.monotonic() - started
            assert secure.recv(1) == b""
            return seconds

    # It gives requests five seconds to end. A busy machine may take longer for all of it, but not each time.
    assert any(stop() < 5 for _ in range(4))
