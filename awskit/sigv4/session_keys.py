"""Access key ids of temporary credentials, which say whose they are.

In: an account. Out: `ASIA` and 16 characters, from which the account can be read again, as AWS's own hold theirs. A
mark tells them from AWS's: a key that somebody has from AWS is the default account's, not the one that it has there.

80 bits, in base 32: the account's number (40 bits, where AWS has them), a mark that follows from what else is in the
key (20), and chance (19).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets

_PREFIX = "ASIA"
_LENGTH = 20
_CHANCE_BITS = 19
_MARK_BITS = 20
_ACCOUNT_BITS = 40


def new_session_key_id(account_id: str) -> str:
    """A key for the account of that number."""
    account, chance = int(account_id), secrets.randbits(_CHANCE_BITS)
    number = (account << _MARK_BITS | _mark(account, chance)) << _CHANCE_BITS | chance
    return _PREFIX + base64.b32encode(number.to_bytes(10, "big")).decode("ascii")


def account_of_session_key(access_key_id: str) -> str | None:
    """The account that `new_session_key_id` was given; None for every other key."""
    if len(access_key_id) != _LENGTH or not access_key_id.startswith(_PREFIX):
        return None
    try:
        number = int.from_bytes(base64.b32decode(access_key_id[len(_PREFIX) :]), "big")
    except (binascii.Error, ValueError):
        return None
    chance = number & (1 << _CHANCE_BITS) - 1
    mark = number >> _CHANCE_BITS & (1 << _MARK_BITS) - 1
    account = number >> _CHANCE_BITS + _MARK_BITS
    if account >= 1 << _ACCOUNT_BITS or account >= 10**12 or mark != _mark(account, chance):
        return None
    return f"{account:012}"


def _mark(account: int, chance: int) -> int:
    digest = hashlib.sha256(b"ruststack session key %d %d" % (account, chance)).digest()
    return int.from_bytes(digest[:4], "big") >> 32 - _MARK_BITS
