"""The commands. `up` turns this process into the fleet's supervisor; the others ask a running fleet, or read settings.

A command that cannot do its work says why in one line on stderr and exits with 2.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from awskit import __version__
from awskit.settings import SettingsError
from ruststack.packages import default_data_dir, python_command

EXIT_REFUSED = 2
# glibc's malloc: one arena however many threads. The buffers of large bodies, up to 512 KB each, are used again:
# mapping them anew each time costs more than what is done with them.
_ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "1048576"}
app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="RustStack: S3, DynamoDB, SQS and SNS on one machine."
)
clock_app = typer.Typer(no_args_is_help=True, help="The clock of a running fleet.")
app.add_typer(clock_app, name="clock")

Endpoint = Annotated[str, typer.Option(help="The running fleet (default http://localhost:RUSTSTACK_PORT).")]
Services = Annotated[str | None, typer.Option(help="Only these, separated by commas: s3, dynamodb, sqs, sns.")]
DataDir = Annotated[Path | None, typer.Option(help="Folder of the databases and objects (default ./data).")]


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"ruststack {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say it.")] = False,
) -> None:
    pass


@app.command()
def up(
    services: Services = None,
    port: Annotated[int | None, typer.Option(help="The gateway's port (default 4566).")] = None,
    host: Annotated[str | None, typer.Option(help="The gateway's address (default localhost).")] = None,
    data_dir: DataDir = None,
) -> None:
    """Run the fleet here, in the foreground. Every option is a variable too: see `ruststack config`."""
    _set_environment(SERVICES=services, PORT=port, HOST=host, DATA_DIR=data_dir)
    for name, value in _ALLOCATOR.items():
        os.environ.setdefault(name, value)
    # A fresh interpreter: the supervisor is what the services are forked from, and is to be small.
    os.environ.setdefault("RUSTSTACK_DATA_DIR", str(default_data_dir(os.environ)))
    os.execv(sys.executable, python_command("ruststack.fleet"))


@app.command()
def config() -> None:
    """Every setting, its value, and where the value comes from."""
    from rich.console import Console
    from rich.table import Table

    from ruststack.configuration import all_settings

    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "origin", "meaning"):
        table.add_column(heading, overflow="fold")
    with _refusals():
        for setting in all_settings(os.environ):
            table.add_row(setting.name, _shown(setting.value), setting.origin, setting.help)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


@app.command()
def migrate(services: Services = None, data_dir: DataDir = None) -> None:
    """Bring the services' databases to this version's schema, as `up` does before it starts them."""
    from awskit.service_process import StartError
    from ruststack.service_packages import migrate_databases
    from ruststack.settings import enabled_services

    _set_environment(SERVICES=services, DATA_DIR=data_dir)
    with _refusals():
        names = enabled_services(os.environ)
        try:
            migrate_databases(names, os.environ)
        except StartError as error:
            _refuse(str(error))
    print(f"at the newest schema: {', '.join(names)}")


@app.command()
def reset(
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    account: Annotated[str | None, typer.Option(help="Only this account (12 digits).")] = None,
    endpoint_url: Endpoint = "",
) -> None:
    """Empty the state of a running fleet."""
    given = {"service": service, "account": account}
    _ask("POST", endpoint_url, "/_ruststack/reset", {name: value for name, value in given.items() if value})
    print("emptied")


@app.command()
@app.command(name="status", hidden=True)
def health(endpoint_url: Endpoint = "") -> None:
    """How a running fleet is; exits with 1 where a service of it is down."""
    answer = _ask("GET", endpoint_url, "/_ruststack/health", {}, accepted=(200, 503))
    for name, entry in answer["services"].items():
        pid = f"  pid {entry['pid']}" if "pid" in entry else ""
        print(f"{name:<10}{entry['status']}{pid}")
    if answer["status"] != "ok":
        raise typer.Exit(1)


@clock_app.command()
def advance(seconds: Annotated[float, typer.Argument(help="Seconds, forward.")], endpoint_url: Endpoint = "") -> None:
    """Move the clock of every service forward: time-outs, retention and TTL come due."""
    _ask("POST", endpoint_url, "/_ruststack/clock", {"advance": str(seconds)})
    print(f"{seconds:g} s forward")


def _ask(
    method: str, endpoint: str, path: str, parameters: dict[str, str], accepted: tuple[int, ...] = (200,)
) -> dict[str, Any]:
    import httpx

    from ruststack.settings import load_fleet_settings

    with _refusals():
        url = endpoint or f"http://localhost:{load_fleet_settings(os.environ).port}"
    try:
        answer = httpx.request(method, url.rstrip("/") + path, params=parameters, timeout=30)
    except httpx.HTTPError as error:
        _refuse(f"no fleet answers at {url}: {error}")
    if answer.status_code not in accepted:
        _refuse(f"{url}{path} answered {answer.status_code}: {answer.text.strip()}")
    content: dict[str, Any] = answer.json() if answer.content else {}
    return content


def _set_environment(**given: object) -> None:
    for name, value in given.items():
        if value is not None:
            os.environ[f"RUSTSTACK_{name}"] = str(value)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except SettingsError as error:
        _refuse(str(error))


def _refuse(reason: str) -> NoReturn:
    print(f"ruststack: {reason}", file=sys.stderr)
    raise typer.Exit(EXIT_REFUSED)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value)
