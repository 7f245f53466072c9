"""The client at `https://` addresses: whom it trusts, what it calls itself there, and that connections are kept."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import pytest

from awskit.http_client import AddressError, ConnectionLost, HttpClient, UpstreamUnavailable
from awskit.http_client.addresses import Address, TcpAddress, parse_addresses
from tests.certificates import Certified
from tests.gateway.servers import Peer, ScriptedService, ok, scripted_service

Serve = Callable[..., ScriptedService]


@pytest.fixture
async def client(certificate: Certified) -> AsyncIterator[HttpClient]:
    made = HttpClient(tls=certificate.trusting)
    yield made
    await made.close()


@pytest.fixture
def serve(certificate: Certified) -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(scripted_service(script, tls=certificate.server))


def answer_all(peer: Peer) -> None:
    """Answer every request with its own head and body."""
    while True:
        head = peer.read_head()
        length = next((line[16:] for line in head.split(b"\r\n") if line.startswith(b"content-length: ")), b"0")
        peer.send(ok(head + peer.read(int(length))))


async def test_requests_share_a_connection(client: HttpClient, serve: Serve) -> None:
    service = serve(answer_all)
    upstream = client.upstream(service.address)
    for _ in range(3):
        response = await upstream.request("POST", "/path?a=b", body=b"body")
        assert response.status == 200
        assert response.body.startswith(b"POST /path?a=b HTTP/1.1\r\n")
        assert b"host: " + service.address.removeprefix("https://").encode() in response.body
        assert response.body.endswith(b"\r\n\r\nbody")
    assert service.connections == 1
    answers = await asyncio.gather(*(upstream.request("GET", f"/{number}") for number in range(8)))
    assert [answer.body.split(b" ")[1] for answer in answers] == [b"/%d" % number for number in range(8)]


async def test_large_bodies_both_ways(client: HttpClient, serve: Serve) -> None:
    upstream = client.upstream(serve(answer_all).address)
    data = bytes(range(256)) * 20_000
    assert (await upstream.request("PUT", "/", body=data)).body.endswith(data)


async def test_what_the_certificate_does_not_vouch_for_is_not_asked(certificate: Certified, serve: Serve) -> None:
    service = serve(answer_all)
    strict = HttpClient(tls=ssl.create_default_context())
    with pytest.raises(UpstreamUnavailable, match=r"its certificate is not trusted: \w"):
        await strict.upstream(service.address).request("GET", "/")
    await strict.close()

    async def everywhere(address: Address) -> tuple[Address, ...]:
        assert isinstance(address, TcpAddress)
        return (TcpAddress("127.0.0.1", address.port, address.tls_name),)

    elsewhere = HttpClient(everywhere, tls=certificate.trusting)
    port = service.address.rpartition(":")[2]
    with pytest.raises(UpstreamUnavailable, match=r"not trusted: .*other\.example"):
        await elsewhere.upstream(f"https://other.example:{port}").request("GET", "/")
    named = await elsewhere.upstream(f"https://emulator.localhost.localstack.cloud:{port}").request("GET", "/")
    assert f"host: emulator.localhost.localstack.cloud:{port}".encode() in named.body
    await elsewhere.close()


async def test_an_answer_that_breaks_off_is_lost(client: HttpClient, serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart")

    with pytest.raises(ConnectionLost):
        await client.upstream(serve(script).address).request("POST", "/")


async def test_who_has_been_told_of_nobody_to_trust_takes_no_such_address() -> None:
    client = HttpClient()
    with pytest.raises(AddressError, match="is not an address"):
        client.upstream("https://localhost:1")
    await client.close()


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("https://emulator.example", "emulator.example"),
        ("https://emulator.example:8443/", "emulator.example:8443"),
        ("https://[::1]:8443", "[::1]:8443"),
        ("HTTPS://emulator.example:443", "emulator.example"),
    ],
)
def test_an_address_says_its_name(text: str, authority: str) -> None:
    (address,) = parse_addresses(text, tls=True)
    assert isinstance(address, TcpAddress)
    assert address.authority == authority
    assert str(address).startswith("https://")
