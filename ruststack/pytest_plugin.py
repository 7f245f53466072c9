"""Fixtures for tests of an application that uses AWS: see docs/testing.md.

pytest imports this in every project whose environment has RustStack, also where no test uses it. So it imports nothing
but pytest, and what a fixture needs is imported by the fixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from ruststack.testing.account import Account
    from ruststack.testing.clock import FleetClock
    from ruststack.testing.faults import AccountFaults
    from ruststack.testing.requests import AccountRequests
    from ruststack.testing.turns import Turn

_SETTINGS = "ruststack_settings"
_turn_key: pytest.StashKey[Turn] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ruststack")
    group.addoption(
        "--ruststack-endpoint",
        metavar="URL",
        help="use the fleet that answers there (of a container, say), instead of starting one",
    )
    parser.addini(
        _SETTINGS, "variables of the fleet that is started, such as SERVICES=s3,sqs, one a line", type="linelist"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Raises `pytest.UsageError` where the settings cannot be used."""
    if not hasattr(config, "workerinput"):
        _given_settings(config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """With xdist: a test that moves the clock, which all share, waits for the others, and they for it."""
    config = item.config
    names: list[str] = getattr(item, "fixturenames", [])
    if hasattr(config, "workerinput") and "aws_endpoint_url" in names:
        from ruststack.testing.turns import Turn

        turn = config.stash.get(_turn_key, None)
        if turn is None:
            turn = config.stash[_turn_key] = Turn(_shared_folder(config))
        turn.begin(alone="aws_clock" in names)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    turn = item.config.stash.get(_turn_key, None)
    if turn is not None:
        turn.end()


@pytest.fixture(scope="session")
def aws_endpoint_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the fleet of this test run answers: one for all of xdist's workers, on a free port, with nothing kept."""
    config = request.config
    given = config.getoption("--ruststack-endpoint")
    if given:
        yield str(given).rstrip("/")
        return
    from ruststack.refusal import Refused
    from ruststack.testing.shared_fleet import SharedFleet

    fleet = SharedFleet(_shared_folder(config), _given_settings(config))
    try:
        yield fleet.join().endpoint
    except Refused as error:
        pytest.fail(f"RustStack does not start: {error}", pytrace=False)
    finally:
        fleet.leave()


@pytest.fixture(scope="session")
def _aws_models() -> Any:
    """botocore's models, read once a worker; None where there is no botocore."""
    from ruststack.testing.account import model_loader

    try:
        return model_loader()
    except ImportError:
        return None


@pytest.fixture
def aws_account(aws_endpoint_url: str, _aws_models: Any) -> Iterator[Account]:
    """An account of this test's own: empty at first, and not seen by other tests."""
    from ruststack.testing.account import Account

    account = Account(aws_endpoint_url, models=_aws_models)
    yield account
    account.close()


@pytest.fixture
def aws_client(aws_account: Account) -> Callable[..., Any]:
    """`aws_client("sqs")`: a boto3 client for the test's account."""
    return aws_account.client


@pytest.fixture
def aws_resource(aws_account: Account) -> Callable[..., Any]:
    """`aws_resource("dynamodb")`: a boto3 resource for the test's account."""
    return aws_account.resource


@pytest.fixture
def aws_environment(aws_account: Account, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables by which the code under test finds the test's account: set in this process, too."""
    import os
    import sys

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    environment = {**aws_account.environment, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if "boto3" in sys.modules:  # whose default session has read its variables, perhaps
        monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    return environment


@pytest.fixture
def aws_clock(aws_endpoint_url: str) -> Iterator[FleetClock]:
    """The fleet's clock, which this test alone moves; put back at its end."""
    from ruststack.testing.clock import FleetClock

    clock = FleetClock(aws_endpoint_url)
    yield clock
    clock.reset()


@pytest.fixture
def aws_faults(aws_account: Account) -> Iterator[AccountFaults]:
    """Faults for what the test's account asks; they end with the test."""
    from ruststack.testing.faults import AccountFaults

    faults = AccountFaults(aws_account.endpoint_url, aws_account.id)
    yield faults
    faults.clear()


@pytest.fixture
def aws_requests(aws_account: Account) -> AccountRequests:
    """What the test's account has asked."""
    from ruststack.testing.requests import AccountRequests

    return AccountRequests(aws_account.endpoint_url, aws_account.id)


def _shared_folder(config: pytest.Config) -> Path:
    """A folder of this test run: one for all of xdist's workers on this machine."""
    base: Path = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    return (base.parent if hasattr(config, "workerinput") else base) / "ruststack"


def _given_settings(config: pytest.Config) -> dict[str, str]:
    lines: list[str] = config.getini(_SETTINGS)
    strange = [line for line in lines if "=" not in line]
    if strange:
        raise pytest.UsageError(f"{_SETTINGS}: {strange[0]!r} is not NAME=VALUE")
    given = dict(line.split("=", 1) for line in lines)
    if given:
        from ruststack.configuration import nearest_setting

        for name in given:
            meant = nearest_setting(name)
            if meant is None and name.startswith("RUSTSTACK_"):
                raise pytest.UsageError(f"{_SETTINGS}: there is no {name}; `ruststack config` lists what there is")
            if meant not in (None, name):
                raise pytest.UsageError(f"{_SETTINGS}: there is no {name}; did you mean {meant}?")
    return given
