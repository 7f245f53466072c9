"""The credentials file: what it may say, and in which words it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from awskit.access.credentials_file import load_identities
from awskit.access.modes import parse_mode
from awskit.settings import SettingsError

ALLOW_ALL = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
FILE = f"""
[shop]
aws_access_key_id = AKIASHOP
aws_secret_access_key = s%cret
aws_account_id = 111111111111

[alice]
aws_access_key_id = AKIAALICE
aws_secret_access_key = alice
aws_account_id = 111111111111
user = alice
path = /team/
policy = {ALLOW_ALL}
policy_files = more.json
permissions_boundary =
  {ALLOW_ALL}

[role deploy]
aws_account_id = 111111111111
trust_policy = {{"Statement": {{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {{"AWS": "*"}}}}}}
"""


def test_root_users_users_and_roles(tmp_path: Path) -> None:
    (tmp_path / "more.json").write_text(ALLOW_ALL)
    (tmp_path / "credentials").write_text(FILE)
    found = load_identities(str(tmp_path / "credentials"))
    shop, alice = found.known["AKIASHOP"], found.known["AKIAALICE"]
    assert (shop.kind, shop.secret_access_key, shop.arn) == ("root", "s%cret", "arn:aws:iam::111111111111:root")
    assert (alice.kind, alice.arn) == ("user", "arn:aws:iam::111111111111:user/team/alice")
    assert [policy.name for policy in alice.policies] == ["policy of user alice", "more.json of user alice"]
    assert alice.boundary is not None
    assert list(found.roles) == ["arn:aws:iam::111111111111:role/deploy"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[a]\naws_access_key_id = A", "[a] of"),
        ("[a]\naws_access_key_id = A\naws_secret_access_key = s\naws_account_id = 1", "aws_account_id that is none"),
        (f"[a]\naws_access_key_id = A\naws_secret_access_key = s\npolicy = {ALLOW_ALL}", "add `user = NAME`"),
        ("[a]\naws_access_key_id = A\naws_secret_access_key = s\nuser = a\npolicy = {}", "policy that is no policy"),
        ("[a]\naws_access_key_id = A\naws_secret_access_key = s\nuser = a\npolicy_files = no.json", "cannot be read"),
        ("[a]\naws_access_key_id = A\naws_secret_access_key = s\nuser = a b", "names no user"),
        ("[a]\naws_access_key_id = A\naws_secret_access_key = s\n[b]\naws_access_key_id = A\naws_secret_access_key = s",
         "cannot be used twice"),
        ("[role a/b]\naws_account_id = 111111111111", "names no role"),
        ("no section", "RUSTSTACK_CREDENTIALS"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "credentials").write_text(content)
    with pytest.raises(SettingsError) as caught:
        load_identities(str(tmp_path / "credentials"))
    assert words in str(caught.value)


def test_modes() -> None:
    assert parse_mode("", "") == parse_mode("off", "") == "off"
    assert parse_mode(" Enforce ", "file") == "enforce"
    for auth, credentials in (("enforced", "file"), ("signatures", ""), ("soft", "")):
        with pytest.raises(SettingsError):
            parse_mode(auth, credentials)
