"""Whose address it is, behind proxies that are trusted and before clients that are not."""

from __future__ import annotations

import pytest

from awskit.http.proxies import Proxies, plain_address

TRUSTED = ("10.0.0.0/8", "fd00::/8", "192.0.2.1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("8.8.8.8", None, "8.8.8.8"),
        ("8.8.8.8", "10.1.1.1", "8.8.8.8"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "8.8.8.8", "8.8.8.8"),
        ("10.0.0.1", "8.8.8.8, 192.0.2.1", "8.8.8.8"),
        ("10.0.0.1", "9.9.9.9, 8.8.8.8 ,192.0.2.1", "8.8.8.8"),
        ("10.0.0.1", "10.0.0.9, 10.0.0.8", "10.0.0.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "8.8.8.8, unknown", "10.0.0.1"),
        ("10.0.0.1", "8.8.8.8:1234", "8.8.8.8"),
        ("10.0.0.1", "[2001:db8::1]:80", "2001:db8::1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "8.8.8.8", "8.8.8.8"),
        ("10.0.0.1", "8.8.8.8," * 10_000, "10.0.0.1"),
        ("10.0.0.1", "8" * 100_000, "10.0.0.1"),
        ("10.0.0.1", ",".join(["10.0.0.2"] * 10_000), "10.0.0.2"),
    ],
)
def test_the_clients_address(peer: str, forwarded: str | None, client: str) -> None:
    assert Proxies(TRUSTED).client(plain_address(peer), forwarded) == client
    assert Proxies().client(peer, forwarded) == peer


@pytest.mark.parametrize(
    ("peer", "forwarded", "scheme"),
    [
        ("10.0.0.1", "https", "https"),
        ("10.0.0.1", "HTTPS", "https"),
        ("10.0.0.1", "https, http", "http"),
        ("10.0.0.1", "gopher", "http"),
        ("10.0.0.1", None, "http"),
        ("8.8.8.8", "https", "http"),
    ],
)
def test_the_clients_scheme(peer: str, forwarded: str | None, scheme: str) -> None:
    assert Proxies(TRUSTED).scheme(peer, forwarded) == scheme


def test_addresses_as_they_are_shown() -> None:
    assert plain_address("::ffff:127.0.0.1") == "127.0.0.1"
    assert plain_address("fe80::1%eth0") == "fe80::1"


@pytest.mark.parametrize("text", ["localhost", "10.0.0.0/33", "", "10.0.0.1:80"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear"):
        Proxies((text,))
