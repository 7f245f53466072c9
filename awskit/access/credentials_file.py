"""The credentials file: an INI file with a section for each access key, in the form of AWS's own, and for each role.

    [shop]                                      an account's root user: it may do everything in its account
    aws_access_key_id = AKIA...
    aws_secret_access_key = ...
    aws_account_id = 111111111111
    email = shop@example.com

    [alice]                                     an IAM user: it may do what its policies allow
    aws_access_key_id = AKIA...
    aws_secret_access_key = ...
    aws_account_id = 111111111111
    user = alice
    policy = {"Version": "2012-10-17", "Statement": [...]}
    policy_files = readers.json, writers.json
    permissions_boundary = {...}

    [role deploy]                               a role, for AssumeRole
    aws_account_id = 111111111111
    trust_policy = {...}
    policy = {...}

    [ruststack]                                 what sessions are sealed with, beside the secrets above
    secret = ...

Raised: `SettingsError` where the file cannot be used, with the section that is to blame.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import re
from pathlib import Path

from awskit.access.identities import FLEET_KEY_ID, Identities, Identity, NamedPolicy, Role
from awskit.policy import Document, PolicySyntaxError, parse
from awskit.resources.arns import DEFAULT_PARTITION, Arn
from awskit.settings import SettingsError
from awskit.sigv4.caller import DEFAULT_ACCOUNT_ID, account_of

_ROLE = "role "
_FLEET = "ruststack"
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_PATH = re.compile(r"/(?:[!-~]{1,510}/)?", re.ASCII)


def load_identities(path: str) -> Identities:
    """The identities and roles of the file at `path`; none where it is empty."""
    if not path:
        return Identities.of((), ())
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(Path(path).read_text(encoding="utf-8"), source=path)
    except (OSError, configparser.Error, UnicodeDecodeError) as error:
        raise SettingsError(f"RUSTSTACK_CREDENTIALS: {error}") from error
    fleet_secret = parser.get(_FLEET, "secret", fallback="")
    sections = [_Section(path, name, parser[name]) for name in parser.sections() if name != _FLEET]
    identities = [section.identity() for section in sections if not section.is_role]
    keys = [identity.access_key_id for identity in identities]
    for key in keys:
        if keys.count(key) > 1 or key == FLEET_KEY_ID:
            raise SettingsError(f"RUSTSTACK_CREDENTIALS: the access key {key} of {path} cannot be used twice")
    return Identities.of(identities, [section.role() for section in sections if section.is_role], fleet_secret)


def unique_id(prefix: str, name: str) -> str:
    """An id as IAM makes them (AROA..., AIDA...), always the same one for the same name."""
    digest = base64.b32encode(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest())
    return prefix + digest.decode()[:17]


class _Section:
    def __init__(self, path: str, name: str, content: configparser.SectionProxy) -> None:
        self._path = path
        self._name = name
        self._content = content
        self.is_role = name.startswith(_ROLE)

    def identity(self) -> Identity:
        key, secret = self._content.get("aws_access_key_id"), self._content.get("aws_secret_access_key")
        if not key or not secret:
            raise self._wrong("has no aws_access_key_id and aws_secret_access_key")
        account, email = self._account(key), self._content.get("email")
        user = self._content.get("user")
        if user is None:
            for name in ("policy", "policy_files", "permissions_boundary"):
                if name in self._content:
                    raise self._wrong(f"has a {name}, which an account's root cannot have: add `user = NAME`")
            arn = str(Arn(DEFAULT_PARTITION, "iam", "", account, "root"))
            return Identity(self._name, key, secret, account, arn, account, email=email)
        arn = self._arn(account, "user", user)
        return Identity(
            self._name,
            key,
            secret,
            account,
            arn,
            unique_id("AIDA", arn),
            "user",
            user_name=user,
            email=email,
            policies=self._policies(f"user {user}"),
            boundary=self._boundary(f"user {user}"),
        )

    def role(self) -> Role:
        name = self._name.removeprefix(_ROLE).strip()
        account = self._account("")
        arn = self._arn(account, "role", name)
        trust = self._document("trust_policy", self._content.get("trust_policy"), needs_principal=True)
        policies, boundary = self._policies(f"role {name}"), self._boundary(f"role {name}")
        return Role(name, account, arn, unique_id("AROA", arn), trust, policies, boundary)

    def _arn(self, account: str, kind: str, name: str) -> str:
        path = self._content.get("path", "/")
        if not _NAME.fullmatch(name):
            raise self._wrong(f"names no {kind}: {name!r}")
        if not _PATH.fullmatch(path):
            raise self._wrong(f"has a path that is none: {path!r}")
        return str(Arn(DEFAULT_PARTITION, "iam", "", account, f"{kind}{path}{name}"))

    def _account(self, key: str) -> str:
        account = self._content.get("aws_account_id") or account_of(key) or DEFAULT_ACCOUNT_ID
        if not _ACCOUNT.fullmatch(account):
            raise self._wrong(f"has an aws_account_id that is none: {account!r}")
        return account

    def _policies(self, owner: str) -> tuple[NamedPolicy, ...]:
        texts = [("policy", self._content.get("policy"))]
        for name in (self._content.get("policy_files") or "").split(","):
            if name.strip():
                texts.append((name.strip(), self._read(name.strip())))
        found = [(name, self._document(name, text)) for name, text in texts]
        return tuple(NamedPolicy(f"{name} of {owner}", document) for name, document in found if document is not None)

    def _boundary(self, owner: str) -> NamedPolicy | None:
        document = self._document("permissions_boundary", self._content.get("permissions_boundary"))
        return None if document is None else NamedPolicy(f"permissions_boundary of {owner}", document)

    def _read(self, name: str) -> str:
        try:
            return (Path(self._path).parent / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise self._wrong(f"names a policy that cannot be read: {error}") from error

    def _document(self, name: str, text: str | None, *, needs_principal: bool = False) -> Document | None:
        if text is None:
            return None
        try:
            return parse(text, needs_principal=needs_principal, needs_resource=not needs_principal)
        except PolicySyntaxError as error:
            raise self._wrong(f"has a {name} that is no policy: {error}") from error

    def _wrong(self, what: str) -> SettingsError:
        return SettingsError(f"RUSTSTACK_CREDENTIALS: [{self._name}] of {self._path} {what}")
