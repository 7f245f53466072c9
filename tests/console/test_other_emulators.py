"""What stands in for services that the fleet does not have: shown with its state, and what was passed to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import expect

from tests.console.conftest import Visitor
from tests.gateway.servers import dead_port
from tests.processes import ACCOUNT_ID, running_fleet
from tests.stand_in import accepted, stand_in


def test_other_emulators_and_what_was_passed_to_them(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    gone = f"http://127.0.0.1:{dead_port()}"
    with stand_in(accepted()) as other:
        urls = f"cloudwatch={gone},*={other.url}"
        with running_fleet(tmp_path, environment={"RUSTSTACK_FALLBACK_URL": urls}) as fleet:
            visitor = visit(fleet, ACCOUNT_ID)
            page = visitor.go()
            others = page.locator("#standbys")
            expect(others.locator("tr", has_text=f"all others{other.url}").filter(has_text="reachable")).to_be_visible()
            expect(others.locator("tr", has_text=f"cloudwatch{gone}").filter(has_text="away")).to_be_visible()
            visitor.check()
            fleet.client("ssm").describe_parameters()
            with pytest.raises(ClientError):
                fleet.client("cloudwatch").list_metrics()
            others.get_by_role("link", name="requests for monitoring").click()
            expect(page.get_by_label("Service")).to_have_value("monitoring")
            row = page.locator("tbody tr", has_text="ListMetrics")
            expect(row).to_contain_text("503")
            page.get_by_role("link", name="Clear").click()
            passed = page.locator("tbody tr", has_text="DescribeParameters")
            expect(passed).to_contain_text("ssm")
            visitor.check()
            passed.get_by_role("link").first.click()
            expect(page.locator("dl.facts > div", has_text="Passed to")).to_contain_text(other.url)
            expect(page.get_by_text("As a command")).to_have_count(0)
            visitor.check()
            page.get_by_role("link", name="Overview").click()
            other.close()
            expect(others.locator("tr", has_text=f"all others{other.url}").filter(has_text="away")).to_be_visible()
