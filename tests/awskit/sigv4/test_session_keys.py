"""Access key ids that say whose they are."""

from __future__ import annotations

import base64

import pytest

from awskit.sigv4.caller import account_of
from awskit.sigv4.session_keys import account_of_session_key, new_session_key_id


@pytest.mark.parametrize("account", ["000000000000", "000000000001", "111122223333", "999999999999"])
def test_the_account_can_be_read_of_the_key_as_of_one_of_awss(account: str) -> None:
    keys = {new_session_key_id(account) for _ in range(50)}
    assert len(keys) > 40
    for key in keys:
        assert account_of(key) == account
        first = int.from_bytes(base64.b32decode(key[4:])[:6], "big")
        assert f"{(first & 0x7FFFFFFFFF80) >> 7:012}" == account


@pytest.mark.parametrize(
    "key", ["ASIAIOSFODNN7EXAMPLE", "ASIAQ3EGSDSS7SCOBDGA", "ASIA", "AKIAIOSFODNN7EXAMPLE", "ASIA0000000000000001", ""]
)
def test_a_key_that_was_not_given_here_is_nobodys(key: str) -> None:
    assert account_of_session_key(key) is None
    assert account_of(key) == "000000000000"
