"""The accounts behind the access keys, as S3 names them: display names, e-mail addresses and canonical user ids."""

from __future__ import annotations

from awskit.access.process_access import Access
from services.s3.ownership.canonical_ids import canonical_id

_MOST_SEEN = 4096
_MOST_HOSTS = 32
_ATTEMPTS = 4


class Identities:
    """The accounts of the credentials file. `enforced`: who is in none is refused, or anonymous."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.enforced = access.verifies
        self._names: dict[str, str] = {}
        self._emails: dict[str, str] = {}
        for identity in access.identities.known.values():
            canonical = canonical_id(identity.account_id)
            self._names.setdefault(canonical, identity.name)
            if identity.email:
                self._emails.setdefault(identity.email.lower(), canonical)

    def secret_of(self, access_key_id: str) -> str | None:
        """The secret of an access key of the file."""
        return self.access.identities.secret_of(access_key_id)

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
