from __future__ import annotations

import re

import pytest

from awskit.settings import SettingsError
from ruststack.settings import enabled_services, listen_addresses, load_fleet_settings
from tests.ruststack.command import ruststack


def services(**environ: str) -> tuple[str, ...]:
    return enabled_services(environ)


def addresses(**environ: str) -> list[tuple[str, int]]:
    return listen_addresses(load_fleet_settings(environ), environ)


def test_all_services_are_enabled_unless_some_are_named() -> None:
    assert services() == ("s3", "dynamodb", "sqs", "sns")
    assert services(SERVICES="") == ("s3", "dynamodb", "sqs", "sns")


@pytest.mark.parametrize(
    ("named", "enabled"),
    [
        ("sqs", ("sqs",)),
        ("sns, SQS,sqs", ("sqs", "sns")),
        ("dynamodbstreams", ("dynamodb",)),
        ("s3,sts,iam", ("s3",)),
        ("sts", ()),
    ],
)
def test_named_services_are_enabled_once_and_in_a_fixed_order(named: str, enabled: tuple[str, ...]) -> None:
    assert services(SERVICES=named) == enabled


def test_own_variable_wins_over_localstacks() -> None:
    assert services(SERVICES="s3", RUSTSTACK_SERVICES="sns") == ("sns",)


def test_unknown_service_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="unknown service 'sqz': there are s3, dynamodb, sqs, sns"):
        load_fleet_settings({"RUSTSTACK_SERVICES": "s3,sqz"})


@pytest.mark.parametrize(
    ("listen", "expected"),
    [
        ("0.0.0.0:4566", [("0.0.0.0", 4566)]),
        (":4567", [("0.0.0.0", 4567)]),
        ("4568", [("0.0.0.0", 4568)]),
        ("127.0.0.1", [("127.0.0.1", 4566)]),
        ("[::1]:4569", [("::1", 4569)]),
        ("0.0.0.0:4566,127.0.0.1:443", [("0.0.0.0", 4566), ("127.0.0.1", 443)]),
    ],
)
def test_gateway_listen_takes_localstacks_forms(listen: str, expected: list[tuple[str, int]]) -> None:
    assert addresses(GATEWAY_LISTEN=listen) == expected


def test_default_address_is_localhost_4566() -> None:
    assert addresses() == [("localhost", 4566)]


def test_own_host_and_port_win_over_gateway_listen() -> None:
    assert addresses(GATEWAY_LISTEN="0.0.0.0:4566", RUSTSTACK_PORT="5000") == [("0.0.0.0", 5000)]
    assert addresses(GATEWAY_LISTEN="0.0.0.0:4567,[::]:4567", RUSTSTACK_HOST="127.0.0.1") == [("127.0.0.1", 4567)]
    assert addresses(RUSTSTACK_PORT="5000") == [("localhost", 5000)]


@pytest.mark.parametrize("listen", ["localhost:http", "localhost:70000"])
def test_an_address_that_is_none_is_refused(listen: str) -> None:
    with pytest.raises(SettingsError, match="is not HOST:PORT"):
        load_fleet_settings({"GATEWAY_LISTEN": listen})


def test_config_shows_no_address_that_a_fleet_does_not_use() -> None:
    def rows(**environment: str) -> dict[str, list[str]]:
        lines = ruststack("config", **environment).stdout.splitlines()
        return {line.split()[0]: line.split() for line in lines if line.strip()}

    own = rows()
    for name in ("RUSTSTACK_S3_URL", "RUSTSTACK_SNS_URL", "RUSTSTACK_CONSOLE_PORT", "RUSTSTACK_GATEWAY_URL"):
        assert own[name][1] == "fleet"
    given = rows(RUSTSTACK_SQS_URL="http://127.0.0.1:9999")
    assert given["RUSTSTACK_SQS_URL"][1:3] == ["http://127.0.0.1:9999", "RUSTSTACK_SQS_URL"]


def test_config_shows_what_each_is_for_and_its_other_names() -> None:
    done = ruststack("config", DEBUG="1", PERSISTENCE="0")
    assert done.returncode == 0
    text = " ".join(done.stdout.split())
    assert "needs ruststack[otel]" in text
    for name, alias, value in (("RUSTSTACK_DEBUG", "DEBUG", "1"), ("RUSTSTACK_PERSISTENCE", "PERSISTENCE", "0")):
        assert re.search(rf"\b{name} {value} {alias} [^()]*\(also {alias}\)", text)
