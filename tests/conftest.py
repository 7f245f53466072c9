"""What every test may use: a running fleet and its clients, a service alone, databases of both kinds, unique names."""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from awskit.database.migrations import upgrade
from awskit.wire.model import load_model
from tests.certificates import Certified, certified
from tests.postgresql import PostgresqlServer
from tests.postgresql import postgresql_server as started_postgresql_server
from tests.processes import ROOT, Running, running_fleet
from tests.processes import running_service as started_service


def pytest_configure() -> None:
    """Let boto3 know the operations that the specs have beyond the pinned botocore's (`specs/*.newer.json`)."""
    folder = Path(tempfile.gettempdir()) / f"ruststack-tests-{os.getuid()}" / "botocore-data"
    for newer in (ROOT / "awskit" / "wire" / "specs").glob("*.newer.json"):
        name = newer.name.partition(".")[0]
        version = load_model(name).api_version
        path = folder / name / version / "service-2.sdk-extras.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps({"version": 1.0, "merge": json.loads(newer.read_bytes())}))
        new.replace(path)
    os.environ["AWS_DATA_PATH"] = str(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take long (they say so by their time-out) first, so that no worker is left alone with one."""
    items.sort(key=lambda item: -max((mark.args[0] for mark in item.iter_markers("timeout") if mark.args), default=0))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests have measured (`record_property("figure", ...)`), on whichever worker they ran."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    for report in reports:
        if getattr(report, "when", "") == "call":
            for name, value in report.user_properties:
                if name == "figure":
                    terminalreporter.write_line(value)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    """For servers of the tests that speak HTTPS."""
    return certified(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A fleet that all tests of this process share; they keep apart by `unique_name` or an account of their own."""
    with running_fleet(tmp_path_factory.mktemp("fleet")) as running:
        yield running


@pytest.fixture
def own_fleet(tmp_path: Path) -> Iterator[Running]:
    """A fleet of this test's own, to stop, restart, reset, kill or move the clock of."""
    with running_fleet(tmp_path / "fleet") as running:
        yield running


@pytest.fixture(scope="session")
def running_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Running]]:
    """`running_service("sqs")`: that service alone (`python -m services.sqs`), started once and shared."""
    with ExitStack() as stack:
        started: dict[str, Running] = {}

        def start(service: str) -> Running:
            if service not in started:
                folder = tmp_path_factory.mktemp(service)
                started[service] = stack.enter_context(started_service(service, folder))
            return started[service]

        yield start


@pytest.fixture
def unique_name() -> str:
    """A name that no other test uses; it is valid for buckets, tables, queues and topics."""
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
def account_id() -> str:
    """An account that no other test uses: pass it to `fleet.client("sqs", account_id=...)`."""
    return str(uuid.uuid4().int % 10**12).zfill(12)


def _client(service: str) -> Callable[..., Any]:
    @pytest.fixture(scope="session", name=f"{service}_client")
    def client(fleet: Running) -> Iterator[Any]:
        made = fleet.client(service)
        yield made
        made.close()

    return client


s3_client = _client("s3")
dynamodb_client = _client("dynamodb")
dynamodbstreams_client = _client("dynamodbstreams")
sqs_client = _client("sqs")
sns_client = _client("sns")
sts_client = _client("sts")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A real PostgreSQL, of this test process's own; the test is skipped where the machine has no server programs."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(started_postgresql_server())
        except FileNotFoundError as error:
            pytest.skip(str(error))
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database of this test's own. A leaked connection fails the test."""
    with postgresql_server.database() as name:
        yield postgresql_server.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database's URL: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_database_url(
    request: pytest.FixtureRequest, tmp_path: Path, database_templates: DatabaseTemplates
) -> Iterator[Callable[[str], str]]:
    """`migrated_database_url("sqs")`: a database of this test's own with that service's schema, on both kinds."""
    with ExitStack() as stack:

        def make(service: str) -> str:
            if request.param == "sqlite":
                path = tmp_path / f"{service}.db"
                path.write_bytes(database_templates.sqlite(service).read_bytes())
                return f"sqlite:///{path}"
            server: PostgresqlServer = request.getfixturevalue("postgresql_server")
            template = database_templates.postgresql(service, server)
            return server.url(stack.enter_context(server.database(template)))

        yield make


@pytest.fixture(scope="session")
def database_templates(tmp_path_factory: pytest.TempPathFactory) -> DatabaseTemplates:
    return DatabaseTemplates(tmp_path_factory.mktemp("templates"))


class DatabaseTemplates:
    """Databases with a service's schema and no rows, each migrated once in a test process and copied from then on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._in_server: set[str] = set()

    def sqlite(self, service: str) -> Path:
        path = self._folder / f"{service}.db"
        if not path.exists():
            upgrade(f"sqlite:///{path}", _migrations(service))
        return path

    def postgresql(self, service: str, server: PostgresqlServer) -> str:
        name = f"template_{service}"
        if name not in self._in_server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            upgrade(server.url(name), _migrations(service))
            self._in_server.add(name)
        return name


def _migrations(service: str) -> Path:
    return ROOT / "services" / service / "migrations"
