"""Temporary credentials that need no place to be kept: all that they stand for is in their session token.

In: a `Session`. Out: its token, sealed with a key that follows from the secrets of the credentials file, so that every
process which reads the same file can open it; and its secret access key, which follows from the token by another key,
so that the token need not hold it. Raised: `UnreadableSession` for what this fleet has not sealed.

Tokens are valid across restarts, for as long as the access keys of the file are the same.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

import orjson

from awskit.policy import Document, parse

Kind = Literal["root", "user", "role", "federated"]

_SEAL = 32
_SECRET_CHARACTERS = 40
_LONGEST = 16 * 1024
_LONGEST_CONTENT = 64 * 1024


class UnreadableSession(ValueError):
    """The text is no token that was sealed here."""


@dataclass(frozen=True, slots=True)
class Session:
    """`of` is the ARN of the role, or the access key of the user or root user, whose permissions the session has.

    `policies` are texts of session policies, of which one has to allow what is done; `scopes` of further ones, each of
    which has to. Times are in seconds since the epoch.
    """

    access_key_id: str
    account_id: str
    arn: str
    user_id: str
    kind: Kind
    of: str
    issued_at: float
    expires_at: float
    policies: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    source_identity: str = ""

    def documents(self) -> tuple[Document, ...]:
        """The session policies, read."""
        return tuple(parse(text, needs_principal=False) for text in self.policies)

    def scope_documents(self) -> tuple[Document, ...]:
        """The scopes, read."""
        return tuple(parse(text, needs_principal=False) for text in self.scopes)


class Sessions:
    """Seals and opens; see the module."""

    def __init__(self, key: bytes) -> None:
        self._seal_key = _derived(key, b"session token")
        self._secret_key = _derived(key, b"session secret")
        self.fleet_secret = base64.b64encode(_derived(key, b"fleet")).decode()[:_SECRET_CHARACTERS]
        """The secret of `FLEET_KEY_ID`."""
        self.open = lru_cache(maxsize=1024)(self._open)

    @classmethod
    def of(cls, secrets: Iterable[tuple[str, str]]) -> Sessions:
        """By the access keys and secrets of a credentials file, in any order."""
        text = orjson.dumps(sorted(secrets))
        return cls(hashlib.sha256(b"ruststack access\n" + text).digest())

    def seal(self, session: Session) -> str:
        """The session's token."""
        content = zlib.compress(orjson.dumps(asdict(session)), 9)
        seal = hmac.new(self._seal_key, content, hashlib.sha256).digest()
        return base64.b64encode(seal + content).decode()

    def credentials_of(self, session: Session) -> dict[str, Any]:
        """What stands for the session: the members of AWS's `Credentials`."""
        token = self.seal(session)
        return {
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": self.secret_of(token),
            "SessionToken": token,
            "Expiration": session.expires_at,
        }

    def secret_of(self, token: str) -> str:
        """The secret access key that belongs to a token."""
        digest = hmac.new(self._secret_key, token.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()[:_SECRET_CHARACTERS]

    def _open(self, token: str) -> Session:
        """The session that a token stands for, over or not. Raises `UnreadableSession`."""
        if len(token) > _LONGEST:
            raise UnreadableSession
        try:
            sealed = base64.b64decode(token.encode("ascii"), validate=True)
        except (UnicodeEncodeError, binascii.Error):
            raise UnreadableSession from None
        seal, content = sealed[:_SEAL], sealed[_SEAL:]
        if not hmac.compare_digest(seal, hmac.new(self._seal_key, content, hashlib.sha256).digest()):
            raise UnreadableSession
        unpacker = zlib.decompressobj()
        given = orjson.loads(unpacker.decompress(content, _LONGEST_CONTENT))
        lists = {name: tuple(given.get(name, ())) for name in ("policies", "scopes")}
        return Session(**{**given, **lists})


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, purpose, hashlib.sha256).digest()
