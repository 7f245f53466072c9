"""`RUSTSTACK_AUTH` as the fleet reads it: refused in one line where it cannot be, and told at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from awskit.settings import SettingsError
from ruststack.banner import ready
from ruststack.settings import access_mode, load_fleet_settings
from tests.access import access_environment


@pytest.mark.parametrize(
    "environ",
    [
        {"RUSTSTACK_AUTH": "enforced"},
        {"RUSTSTACK_AUTH": "soft"},
        {"RUSTSTACK_AUTH": "enforce", "RUSTSTACK_CREDENTIALS": "/nowhere"},
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"RUSTSTACK_(AUTH|CREDENTIALS)"):
        load_fleet_settings(environ)


def test_the_banner_says_which_credentials_do(tmp_path: Path) -> None:
    assert access_mode({}) == access_mode({"RUSTSTACK_AUTH": "off"}) == "off"
    mode = access_mode(access_environment(tmp_path))
    text = ready("http://localhost:4566", None, ("s3",), colours=False, auth=mode)
    assert "those of RUSTSTACK_CREDENTIALS (RUSTSTACK_AUTH=enforce)" in text
    assert "AWS_ACCESS_KEY_ID" not in text
    assert "AWS_ACCESS_KEY_ID=test" in ready("http://localhost:4566", None, ("s3",), colours=False)
