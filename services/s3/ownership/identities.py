"""The identities that `RUSTSTACK_AUTH=enforce` knows, from a credentials file, a section each.

    [alice]
    aws_access_key_id = AKIA...
    aws_secret_access_key = ...
    aws_account_id = 111111111111
    email = alice@example.com

Raised: `SettingsError` where the file cannot be used.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from awskit.settings import SettingsError
from awskit.sigv4.caller import DEFAULT_ACCOUNT_ID, account_of
from services.s3.ownership.canonical_ids import canonical_id

_MOST_SEEN = 4096
_MOST_HOSTS = 32
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Identity:
    """One access key. `name` is its section's, and the display name of its account."""

    name: str
    access_key_id: str
    secret_access_key: str
    account_id: str
    email: str | None = None


class Identities:
    """The known identities; none, and nothing `enforced`, where no authorisation is asked for."""

    def __init__(self, known: Iterable[Identity] = (), *, enforced: bool = False) -> None:
        self.enforced = enforced
        self._by_key = {identity.access_key_id: identity for identity in known}
        self._names: dict[str, str] = {}
        self._emails: dict[str, str] = {}
        for identity in self._by_key.values():
            canonical = canonical_id(identity.account_id)
            self._names.setdefault(canonical, identity.name)
            if identity.email:
                self._emails.setdefault(identity.email.lower(), canonical)

    def find(self, access_key_id: str) -> Identity | None:
        """The identity of an access key."""
        return self._by_key.get(access_key_id)

    def display_name(self, canonical: str) -> str | None:
        """The display name of a canonical user id, where it has one."""
        return self._names.get(canonical)

    def by_email(self, email: str) -> str | None:
        """The canonical user id of an e-mail address."""
        return self._emails.get(email.lower())

    def is_known(self, canonical: str) -> bool:
        """Whether a canonical user id is one of a known account's."""
        return canonical in self._names


class SeenSigners:
    """What the requests so far tell of access keys that no credentials file has: their secrets, and hosts called."""

    def __init__(self) -> None:
        self._failures: dict[tuple[str, str], int] = {}
        self._secrets: dict[str, str] = {}
        self.hosts: list[str] = []

    def wants(self, access_key_id: str, host: str) -> bool:
        """Whether a request of this key to this host may tell something new."""
        failures = self._failures
        seen = failures.get((access_key_id, host))
        return len(failures) < _MOST_SEEN if seen is None else seen < _ATTEMPTS

    def secret_of(self, access_key_id: str) -> str | None:
        """The secret with which the key has been seen to sign."""
        return self._secrets.get(access_key_id)

    def proved(self, access_key_id: str, host: str, secret: str) -> None:
        """A request to `host` was signed with `secret`."""
        self._failures[access_key_id, host] = _ATTEMPTS
        self._secrets[access_key_id] = secret
        if host not in self.hosts and len(self.hosts) < _MOST_HOSTS:
            self.hosts.append(host)

    def failed(self, access_key_id: str, host: str) -> None:
        """A request to `host` was signed with none of the secrets that are guessed."""
        self._failures[access_key_id, host] = self._failures.get((access_key_id, host), 0) + 1


def load_identities(auth: str, path: str) -> Identities:
    """The identities of the file at `path`, enforced where `auth` says so."""
    if auth not in ("", "enforce"):
        raise SettingsError(f"RUSTSTACK_AUTH: {auth!r} is neither empty nor enforce")
    enforced = auth == "enforce"
    if not path:
        if enforced:
            raise SettingsError("RUSTSTACK_AUTH=enforce needs RUSTSTACK_CREDENTIALS, a credentials file")
        return Identities()
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(Path(path).read_text(encoding="utf-8"), source=path)
    except (OSError, configparser.Error) as error:
        raise SettingsError(f"RUSTSTACK_CREDENTIALS: {error}") from error
    return Identities((_identity(path, name, parser[name]) for name in parser.sections()), enforced=enforced)


def _identity(path: str, name: str, section: configparser.SectionProxy) -> Identity:
    access_key_id = section.get("aws_access_key_id")
    secret = section.get("aws_secret_access_key")
    if not access_key_id or not secret:
        raise SettingsError(f"RUSTSTACK_CREDENTIALS: [{name}] of {path} has no aws_access_key_id and secret")
    account_id = section.get("aws_account_id") or account_of(access_key_id) or DEFAULT_ACCOUNT_ID
    return Identity(name, access_key_id, secret, account_id, section.get("email"))
