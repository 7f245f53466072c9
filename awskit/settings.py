"""Settings: frozen dataclasses whose fields name their environment variables.

A process reads its settings once, at start, with `load`; nothing reads the environment later. pydantic is not used
here on purpose: it costs every service process 12 MB of resident memory (`benchmarks/README.md`).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

SettingsT = TypeVar("SettingsT")

PORTS = range(65_536)
JOURNAL_SIZES = range(1_000_001)
CONSOLE_MODES = ("", "1", "0", "READONLY")
CONSOLE_HELP = "1: there is a console in the browser; readonly: one that changes nothing; 0: there is none"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


class SettingsError(ValueError):
    """A variable's value cannot be used; the text is one line for the person who set it."""


def setting(
    default: Any, *names: str, help: str, choices: tuple[str, ...] = (), within: Sequence[int] | None = None
) -> Any:
    """A dataclass field read from the first of the environment variables `names` that is set.

    `choices` are all that it may be, whatever its case; a number is to be in `within`.
    """
    metadata = {"names": names, "help": help, "choices": choices, "within": within}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a setting's value comes from: the variable's name, or "default"."""

    name: str
    value: Any
    origin: str
    help: str
    aliases: tuple[str, ...] = ()
    """Other variables that it is read from, where `name` is not set."""


def load(cls: type[SettingsT], environ: Mapping[str, str] | None = None, **given: Any) -> SettingsT:
    """Read `cls` from the environment; `given` values (the command line's) win. Raises `SettingsError`."""
    source = os.environ if environ is None else environ
    values = {name: value for name, (value, _) in _resolve(cls, source).items()}
    values.update({name: value for name, value in given.items() if value is not None})
    return cls(**values)


def describe(cls: type[Any], environ: Mapping[str, str] | None = None) -> Iterator[Origin]:
    """Each setting of `cls` with its value and origin, for `ruststack config`."""
    source = os.environ if environ is None else environ
    resolved = _resolve(cls, source)
    for field in dataclasses.fields(cls):
        value, origin = resolved[field.name]
        name, *aliases = field.metadata["names"]
        yield Origin(name, value, origin, field.metadata["help"], tuple(aliases))


def _resolve(cls: type[Any], environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    hints = get_type_hints(cls)
    resolved: dict[str, tuple[Any, str]] = {}
    for field in dataclasses.fields(cls):
        names: tuple[str, ...] = field.metadata.get("names", ())
        resolved[field.name] = (field.default, "default")
        for name in names:
            if name in environ:
                value = _convert(name, environ[name], hints[field.name])
                _check(name, environ[name], value, field.metadata)
                resolved[field.name] = (value, name)
                break
    return resolved


def _convert(name: str, text: str, kind: Any) -> Any:
    if get_origin(kind) is UnionType:
        kind = next(member for member in get_args(kind) if member is not NoneType)
        if not text:
            return None
    try:
        if kind is bool:
            return _boolean(text)
        if get_origin(kind) is tuple:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        return Path(text) if kind is Path else kind(text)
    except ValueError as error:
        raise SettingsError(f"{name}: {text!r} is not a valid {kind.__name__}") from error


def _check(name: str, text: str, value: Any, metadata: Mapping[str, Any]) -> None:
    choices, within = metadata.get("choices"), metadata.get("within")
    if choices and text.upper() not in choices:
        raise SettingsError(f"{name}: {text!r} is none of {', '.join(choices)}")
    if within is not None and value not in within:
        raise SettingsError(f"{name}: {text} is not within {within[0]} and {within[-1]}")


def _boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError(text)


WATCHDOG_HELP = "seconds after which a process whose event loop is deaf ends, to be started anew; 0: never"


@dataclass(frozen=True)
class EdgeSettings:
    """Who is let in, beside this machine's own pages and names (`awskit.http.browsers`), and who stands in between."""

    extra_origins: tuple[str, ...] = setting(
        (),
        "EXTRA_CORS_ALLOWED_ORIGINS",
        help="origins whose pages may ask for anything, beside this machine's: https://app.test,https://*.app.test",
    )
    every_origin: bool = setting(
        False, "DISABLE_CORS_CHECKS", help="1: every page may ask for anything, under any host name"
    )
    further_hosts: tuple[str, ...] = setting(
        (), "RUSTSTACK_ALLOWED_HOSTS", help="host names with a dot under which clients may call: aws.test,*.svc.test"
    )
    own_hosts: tuple[str, ...] = setting(
        (), "LOCALSTACK_HOST", help="host name (and port) under which clients reach the fleet"
    )
    own_names: tuple[str, ...] = setting(
        (), "RUSTSTACK_HOSTNAME", help="the same, before LOCALSTACK_HOST where both are set"
    )

    trusted_proxies: tuple[str, ...] = setting(
        (),
        "RUSTSTACK_TRUSTED_PROXIES",
        help="addresses and networks whose X-Forwarded-For and -Proto are believed: 10.0.0.1,172.16.0.0/12",
    )

    auth: str = setting(
        "",
        "RUSTSTACK_AUTH",
        help="off; signatures: verify them; enforce: permissions, too; soft: log what enforce would refuse",
    )
    credentials: str = setting(
        "", "RUSTSTACK_CREDENTIALS", help="credentials file (INI) of the identities and roles that are let in"
    )

    fallback_urls: tuple[str, ...] = setting(
        (),
        "RUSTSTACK_FALLBACK_URL",
        help="other emulators, for what is none of our services: http://host:4566, or lambda=http://a:3001,*=http://b",
    )
    fallback_ca_bundle: str = setting(
        "", "RUSTSTACK_FALLBACK_CA_BUNDLE", help="PEM file of authorities that vouch for other emulators' https://"
    )
    fallback_verify: bool = setting(
        True, "RUSTSTACK_FALLBACK_VERIFY", help="0: other emulators' certificates are not verified"
    )
    journal: int = setting(
        2000,
        "RUSTSTACK_JOURNAL",
        help="requests that each service remembers for `ruststack requests`; 0: none",
        within=JOURNAL_SIZES,
    )

    @property
    def accepted_hosts(self) -> tuple[str, ...]:
        """The host names that are accepted beside the usual ones."""
        return (*self.further_hosts, *self.own_hosts, *self.own_names)


@dataclass(frozen=True)
class ServiceSettings(EdgeSettings):
    """What every service reads. A service adds its own in `services/<name>/settings.py` by subclassing this."""

    data_dir: Path = setting(Path("data"), "RUSTSTACK_DATA_DIR", help="folder of the databases and objects")
    persistence: bool = setting(
        True, "RUSTSTACK_PERSISTENCE", "PERSISTENCE", help="0: nothing outlives the process that holds it"
    )
    fleet: str = setting(
        "", "RUSTSTACK_FLEET", help="the name of the fleet that a service started alone belongs to, with its replicas"
    )
    synchronous: str = setting(
        "NORMAL", "RUSTSTACK_SYNCHRONOUS", help="SQLite's synchronous: NORMAL or FULL", choices=("NORMAL", "FULL")
    )
    log_level: str = setting("INFO", "RUSTSTACK_LOG_LEVEL", help="DEBUG, INFO, WARNING or ERROR", choices=LOG_LEVELS)
    debug: bool = setting(False, "RUSTSTACK_DEBUG", "DEBUG", help="1: log every request, in a line")
    watchdog_seconds: float = setting(10.0, "RUSTSTACK_WATCHDOG_SECONDS", help=WATCHDOG_HELP)
    s3_url: str = setting("http://127.0.0.1:9001", "RUSTSTACK_S3_URL", help="address(es) of the S3 service")
    dynamodb_url: str = setting(
        "http://127.0.0.1:9004", "RUSTSTACK_DYNAMODB_URL", help="address(es) of the DynamoDB service"
    )
    sqs_url: str = setting("http://127.0.0.1:9002", "RUSTSTACK_SQS_URL", help="address(es) of the SQS service")
    sns_url: str = setting("http://127.0.0.1:9003", "RUSTSTACK_SNS_URL", help="address(es) of the SNS service")
