"""Sealed session tokens: opened by whoever has the same credentials file, and by nobody else."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from awskit.access.identities import ExpiredSession, Identities, Identity, UnknownIdentity
from awskit.access.sessions import Session, Sessions, UnreadableSession

SECRETS = (("AKIA1", "one"), ("AKIA2", "two"))
SESSION = Session(
    "ASIA1", "111111111111", "arn:aws:iam::111111111111:root", "111111111111", "root", "AKIA1", 100.0, 200.0
)
ROOT = Identity("shop", "AKIA1", "one", "111111111111", "arn:aws:iam::111111111111:root", "111111111111")


def test_every_process_with_the_same_secrets_opens_a_token() -> None:
    token = Sessions.of(SECRETS).seal(SESSION)
    other = Sessions.of(reversed(SECRETS))
    assert other.open(token) == SESSION
    assert other.secret_of(token) == Sessions.of(SECRETS).secret_of(token)
    assert len(other.secret_of(token)) == 40
    with pytest.raises(UnreadableSession):
        Sessions.of((*SECRETS, ("AKIA3", "three"))).open(token)


@pytest.mark.parametrize("spoil", [lambda sealed: sealed[:-1], lambda sealed: b"\0" + sealed[1:], lambda sealed: b""])
def test_a_token_that_was_altered_is_none(spoil: object) -> None:
    assert callable(spoil)
    sealed = base64.b64decode(Sessions.of(SECRETS).seal(SESSION))
    with pytest.raises(UnreadableSession):
        Sessions.of(SECRETS).open(base64.b64encode(spoil(sealed)).decode())


@pytest.mark.parametrize("text", ["x", "\u00e9", "QUJD", "A" * 20_000])
def test_what_is_no_token(text: str) -> None:
    with pytest.raises(UnreadableSession):
        Sessions.of(SECRETS).open(text)


def test_a_session_ends_and_is_of_its_own_access_key() -> None:
    identities = Identities.of([ROOT], ())
    token = identities.sessions.seal(SESSION)
    found = identities.find("ASIA1", token, 150.0)
    assert (found.account_id, found.secret_access_key) == ("111111111111", identities.sessions.secret_of(token))
    with pytest.raises(UnknownIdentity):
        identities.find("ASIA2", token, 150.0)
    with pytest.raises(ExpiredSession):
        identities.find("ASIA1", token, 200.0)
    with pytest.raises(UnknownIdentity):
        identities.find("ASIA1", None, 150.0)


def test_the_session_of_who_is_gone_is_none() -> None:
    sessions = Identities.of([ROOT], ()).sessions
    of_a_role = replace(SESSION, kind="role", of="arn:aws:iam::111111111111:role/gone")
    with pytest.raises(UnknownIdentity):
        Identities.of([ROOT], ()).find("ASIA1", sessions.seal(of_a_role), 150.0)
