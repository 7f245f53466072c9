"""Who may ask: the root users, users and roles of a credentials file, their sessions, and the fleet's own services.

In: an access key and, of a session, its token. Out: an `Identity`. Raised: `ExpiredSession`, `UnknownIdentity`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from awskit.access.sessions import Session, Sessions, UnreadableSession
from awskit.policy import Document, Principal

Kind = Literal["root", "user", "role", "federated", "service"]

FLEET_KEY_ID = "RUSTSTACKFLEET000000"
"""The access key by which the fleet's own processes ask each other."""

_MOST_SESSIONS = 4096


class UnknownIdentity(Exception):
    """No identity has this access key, or the session's token is not one of this fleet's."""


class ExpiredSession(UnknownIdentity):
    """The session is over."""


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy, and where it is to be found: `policy of user alice`."""

    name: str
    document: Document


@dataclass(frozen=True, slots=True)
class Identity:
    """One access key with its secret. `name` is what its section is called.

    `policies` allow what it may do; of an account's root they are not asked. `boundary` and `session_policies`, where
    they are not None, bound what the policies allow; so does each of `scopes`. `source_arn` and `source_account` are of
    a service that acts for a resource.
    """

    name: str
    access_key_id: str
    secret_access_key: str
    account_id: str
    arn: str
    user_id: str
    kind: Kind = "root"
    user_name: str | None = None
    role_arn: str | None = None
    email: str | None = None
    policies: tuple[NamedPolicy, ...] = ()
    boundary: NamedPolicy | None = None
    session_policies: tuple[NamedPolicy, ...] | None = None
    scopes: tuple[NamedPolicy, ...] = ()
    session_token: str | None = None
    service: str | None = None
    source_arn: str | None = None
    source_account: str | None = None

    def principal(self, canonical_user_id: str | None = None) -> Principal:
        """The identity in the policy language's terms."""
        if self.service is not None:
            return Principal(service=self.service)
        return Principal(self.account_id, self.arn, canonical_user_id, self.user_name, role_arn=self.role_arn)


@dataclass(frozen=True, slots=True)
class Role:
    """A role: `trust` says who may assume it."""

    name: str
    account_id: str
    arn: str
    role_id: str
    trust: Document | None = None
    policies: tuple[NamedPolicy, ...] = ()
    boundary: NamedPolicy | None = None


@dataclass(slots=True)
class Identities:
    """What a credentials file says, and what follows from it."""

    known: Mapping[str, Identity]
    roles: Mapping[str, Role]
    sessions: Sessions
    _read: dict[str, Identity] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Iterable[Identity], roles: Iterable[Role], fleet_secret: str = "") -> Identities:
        """Those of one file; `fleet_secret` is what nobody of them knows."""
        by_key = {identity.access_key_id: identity for identity in known}
        secrets = [(identity.access_key_id, identity.secret_access_key) for identity in by_key.values()]
        return cls(by_key, {role.arn: role for role in roles}, Sessions.of([*secrets, ("", fleet_secret)]))

    def find(self, access_key_id: str, session_token: str | None, now: float) -> Identity:
        """The identity that signs with this key. Raises `UnknownIdentity`, `ExpiredSession`."""
        if session_token:
            return self._of_session(access_key_id, session_token, now)
        identity = self.known.get(access_key_id)
        if identity is not None:
            return identity
        if access_key_id == FLEET_KEY_ID:
            return self._fleet()
        raise UnknownIdentity(access_key_id)

    def secret_of(self, access_key_id: str) -> str | None:
        """The secret of a key of the file."""
        identity = self.known.get(access_key_id)
        return None if identity is None else identity.secret_access_key

    def _fleet(self) -> Identity:
        secret = self.sessions.fleet_secret
        return Identity("fleet", FLEET_KEY_ID, secret, "", "", "", "service", service="")

    def _of_session(self, access_key_id: str, token: str, now: float) -> Identity:
        found = self._read.get(token)
        if found is None:
            try:
                session = self.sessions.open(token)
            except UnreadableSession:
                raise UnknownIdentity(access_key_id) from None
            found = self._identity(session, token)
            if len(self._read) >= _MOST_SESSIONS:
                self._read.clear()
            self._read[token] = found
        if found.access_key_id != access_key_id:
            raise UnknownIdentity(access_key_id)
        if self.sessions.open(token).expires_at <= now:
            self._read.pop(token, None)
            raise ExpiredSession(access_key_id)
        return found

    def _identity(self, session: Session, token: str) -> Identity:
        base = self._base(session)
        bounds = session.policies
        session_policies = None
        if bounds or session.kind == "federated":
            session_policies = tuple(
                NamedPolicy(f"session policy {number}", document)
                for number, document in enumerate(session.documents(), 1)
            )
        return replace(
            base,
            access_key_id=session.access_key_id,
            secret_access_key=self.sessions.secret_of(token),
            arn=session.arn,
            user_id=session.user_id,
            kind=session.kind,
            session_policies=session_policies,
            scopes=tuple(
                NamedPolicy(f"scope-down policy {number}", document)
                for number, document in enumerate(session.scope_documents(), 1)
            ),
            session_token=token,
        )

    def _base(self, session: Session) -> Identity:
        """Whose permissions the session has. Raises `UnknownIdentity` where they are gone."""
        if session.kind == "role":
            role = self.roles.get(session.of)
            if role is None:
                raise UnknownIdentity(session.of)
            return Identity(
                role.name,
                "",
                "",
                role.account_id,
                role.arn,
                role.role_id,
                "role",
                role_arn=role.arn,
                policies=role.policies,
                boundary=role.boundary,
            )
        found = self.known.get(session.of)
        if found is None:
            raise UnknownIdentity(session.of)
        return found
