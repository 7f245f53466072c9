"""Where the fleet asks who asks, so does the console."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visitor
from tests.processes import running_fleet

CREDENTIALS = """
[default]
aws_access_key_id = AKIAROOTEXAMPLE00001
aws_secret_access_key = root-secret
aws_account_id = 111122223333
"""


@pytest.mark.parametrize("mode", ["enforce", "signatures"])
def test_a_key_with_its_secret_is_asked_for(visit: Callable[..., Visitor], tmp_path: Path, mode: str) -> None:
    (tmp_path / "credentials.ini").write_text(CREDENTIALS)
    environment = {"RUSTSTACK_AUTH": mode, "RUSTSTACK_CREDENTIALS": str(tmp_path / "credentials.ini")}
    with running_fleet(tmp_path / "fleet", environment=environment) as fleet:
        visitor = visit(fleet, "000000000000")
        page = visitor.go()
        expect(page).to_have_url(re.compile(r"/console/login\?to="))
        visitor.check()
        page.get_by_label("Access key id").fill("AKIAROOTEXAMPLE00001")
        page.get_by_label("Secret access key").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_contain_text("SignatureDoesNotMatch")
        page.get_by_label("Access key id").fill("AKIAROOTEXAMPLE00001")
        page.get_by_label("Secret access key").fill("root-secret")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        expect(page.get_by_label("Account")).to_have_value("111122223333")
        visitor.check()
        page.get_by_role("button", name="Log out").click()
        expect(page).to_have_url(re.compile("/console/login"))
        visitor.go()
        expect(page).to_have_url(re.compile("/console/login"))
