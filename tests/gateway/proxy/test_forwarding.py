"""What a service is told of the client: by the gateway, whatever the client says itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from awskit.settings import SettingsError
from tests.gateway.servers import asgi_server, echo, request, running_gateway

FORGED = b"X-Forwarded-For: 10.1.2.3\r\nX-FORWARDED-FOR: 10.1.2.4\r\nX-Forwarded-Proto: https\r\n"


def told(port: int, headers: bytes = b"") -> list[bytes]:
    status, _, body = request(port, b"GET /b HTTP/1.1\r\nHost: h\r\n%b\r\n" % headers)
    assert status == 200
    return [line for line in body.split(b"\n") if line.startswith(b"x-forwarded-")]


@pytest.mark.parametrize("uds", [False, True])
def test_the_gateways_word_takes_the_place_of_the_clients(uds: bool, tmp_path: Path) -> None:
    with asgi_server(echo, uds=tmp_path / "s" if uds else None) as service, running_gateway(s3_url=service) as port:
        for headers in (b"", FORGED, FORGED):
            assert told(port, headers) == [b"x-forwarded-for: 127.0.0.1"]


def test_a_trusted_proxys_word_is_passed_on() -> None:
    with asgi_server(echo) as service, running_gateway(s3_url=service, trusted_proxies=("127.0.0.1",)) as port:
        assert told(port) == [b"x-forwarded-for: 127.0.0.1"]
        assert told(port, FORGED) == [b"x-forwarded-for: 10.1.2.4", b"x-forwarded-proto: https"]
        assert told(port) == [b"x-forwarded-for: 127.0.0.1"]


def test_what_is_no_proxy_is_refused_at_the_start() -> None:
    with (
        pytest.raises(SettingsError, match="RUSTSTACK_TRUSTED_PROXIES: 'proxy' does not appear"),
        running_gateway(trusted_proxies=("proxy",)),
    ):
        pass
