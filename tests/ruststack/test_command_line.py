"""What every command has in common: help, and mistakes that are answered in a line, never with a traceback."""

from __future__ import annotations

import pkgutil

import pytest

from ruststack import commands
from tests.processes import Running
from tests.ruststack.command import refusal, ruststack

NAMES = sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))


def test_help_lists_every_command_with_what_it_does() -> None:
    done = ruststack("--help", COLUMNS="200")
    assert done.returncode == 0
    listed = {line.split()[1]: line.split()[2:-1] for line in done.stdout.splitlines() if line.count("│") == 2}
    for name in NAMES:
        assert listed[name], name


@pytest.mark.parametrize("name", NAMES)
def test_a_command_has_help(name: str) -> None:
    done = ruststack(name, "--help")
    assert done.returncode == 0
    assert f"Usage: ruststack {name}" in done.stdout
    assert "completion" not in done.stdout


def test_a_command_that_is_not_there_is_answered_with_one_that_is() -> None:
    assert refusal("heath") == "ruststack: no such command: heath; did you mean health?"
    assert refusal("frobnicate") == "ruststack: no such command: frobnicate; `ruststack --help` lists them"


def test_mistakes_are_answered_in_a_line() -> None:
    assert refusal("reset", "--account", "12") == "ruststack: an account has 12 digits, which '12' has not"
    assert refusal("clock", "advance", "--", "-5") == "ruststack: advance takes seconds, forward, not -5"
    assert refusal("health", "--endpoint-url", "localhost") == (
        "ruststack: 'localhost' is not an address such as http://localhost:4566"
    )
    assert refusal("health", "--endpoint-url", "http://localhost:99999").endswith("has no valid port")


def test_a_service_that_is_not_there_is_named_by_the_fleet(fleet: Running) -> None:
    line = refusal("reset", "--service", "lambda", "--endpoint-url", fleet.url)
    assert line.endswith("answered 400: no such service: lambda; there are s3, dynamodb, sqs, sns")
