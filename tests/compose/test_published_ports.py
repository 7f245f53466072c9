"""What compose.yaml and the README's example publish: one port, for this machine alone unless more is asked for."""

from __future__ import annotations

import re

import yaml

from tests.processes import ROOT


def test_compose_publishes_one_port_on_loopback() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"gateway": ["${RUSTSTACK_PUBLISH:-127.0.0.1}:${RUSTSTACK_PORT:-4566}:4566"]}


def test_no_client_of_the_gateway_is_believed_to_be_a_proxy() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    trusted = {name: service["environment"]["RUSTSTACK_TRUSTED_PROXIES"] for name, service in services.items()}
    for name in ("gateway", "seed"):
        assert trusted.pop(name) == "${RUSTSTACK_TRUSTED_PROXIES:-}"
    assert all("172.16.0.0/12" in networks for networks in trusted.values())
    for service in services.values():
        assert "EXTRA_CORS_ALLOWED_ORIGINS" in service["environment"]


def test_the_readmes_example_publishes_on_loopback() -> None:
    ports = re.findall(r"ports: (\[.*\])", (ROOT / "README.md").read_text())
    assert ports
    assert all(port.startswith('["127.0.0.1:') for port in ports)
