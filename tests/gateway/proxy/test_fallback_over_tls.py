"""Other emulators that speak HTTPS: what passes, and whose certificate is taken."""

from __future__ import annotations

import json
import threading
import urllib.request
from pathlib import Path

import pytest

from awskit.settings import SettingsError
from tests.certificates import Certified
from tests.gateway.proxy.test_fallback import MEGABYTE, head
from tests.gateway.servers import Peer, connect, ok, request, running_gateway, scripted_service


def test_requests_pass_by_one_connection_unchanged(certificate: Certified) -> None:
    def script(peer: Peer) -> None:
        while True:
            peer.send(ok(peer.read_head() + peer.read(4)))

    with (
        scripted_service(script, tls=certificate.server) as service,
        running_gateway(
            services=("sts",),
            fallback_urls=(f"lambda={service.address}",),
            fallback_ca_bundle=str(certificate.authority),
        ) as port,
    ):
        for number in range(3):
            line = f"POST /a%2Fb?{number} HTTP/1.1"
            status, _, body = request(port, head("lambda", "Content-Length: 4", start=line) + b"body")
            asked = body.decode().split("\r\n")
            assert (status, asked[0], asked[1].lower(), asked[-1]) == (200, line, "host: localhost:4566", "body")
        assert service.connections == 1
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ruststack/health", timeout=30) as answer:
            health = json.loads(answer.read())
    assert health["fallback"] == {"lambda": {"status": "running", "address": service.address}}


def test_bodies_of_any_length_flow_both_ways_while_they_come(certificate: Certified) -> None:
    part = b"p" * MEGABYTE

    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(8):
            assert peer.read(len(part)) == part
            peer.send(b"%x\r\n%b\r\n" % (len(part), part))
        peer.send(b"0\r\n\r\n")

    with (
        scripted_service(script, tls=certificate.server) as service,
        running_gateway(fallback_urls=(service.address,), fallback_ca_bundle=str(certificate.authority)) as port,
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


def test_an_unknown_certificate_is_taken_only_where_none_is_verified(certificate: Certified) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(ok())

    with scripted_service(script, tls=certificate.server) as service:
        with running_gateway(fallback_urls=(service.address,)) as port:
            status, _, body = request(port, head("lambda"))
        assert (status, b"ServiceUnavailable" in body) == (503, True)
        with running_gateway(fallback_urls=(service.address,), fallback_verify=False) as port:
            assert request(port, head("lambda"))[0] == 200


def test_a_server_that_speaks_no_tls_is_a_503() -> None:
    def script(peer: Peer) -> None:
        peer.socket.recv(1)
        peer.send(ok())

    with scripted_service(script) as service:
        url = service.address.replace("http:", "https:")
        with running_gateway(fallback_urls=(url,), fallback_verify=False) as port:
            assert request(port, head("lambda"))[0] == 503


def test_a_bundle_that_cannot_be_used_is_refused_at_start(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for bundle in (str(empty), str(tmp_path / "none.pem")):
        with (
            pytest.raises(SettingsError, match=r"RUSTSTACK_FALLBACK_CA_BUNDLE: .*cannot be used"),
            running_gateway(fallback_urls=("https://127.0.0.1:1",), fallback_ca_bundle=bundle),
        ):
            pass
