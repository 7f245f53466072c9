"""Snapshots, as a visitor uses them: saved, exported, loaded, deleted, imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.console.conftest import Visitor
from tests.processes import running_fleet


def test_a_snapshot_from_saving_to_importing(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    with running_fleet(tmp_path / "fleet", environment={"SERVICES": "sqs"}) as fleet:
        visitor = visit(fleet, "000000000000", accept_downloads=True)
        sqs = visitor.client("sqs")
        sqs.create_queue(QueueName="kept")
        page = visitor.go("snapshots")
        expect(page.get_by_text("Nothing has been kept yet.")).to_be_visible()
        command = f"ruststack snapshot save before-the-test --endpoint-url {fleet.url}"
        expect(page.get_by_text(command, exact=True)).to_be_visible()
        visitor.check("none")
        page.get_by_label("Name of the snapshot").fill("no good/")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("Name of the snapshot").fill("before")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("The snapshot before is saved.")).to_be_visible()
        visitor.check("one")
        with page.expect_download() as downloading:
            page.get_by_role("link", name="Export before").click()
        file = tmp_path / "before.tar"
        downloading.value.save_as(file)
        sqs.create_queue(QueueName="later")
        page.get_by_role("link", name="Load before").click()
        visitor.check("load")
        page.get_by_role("button", name="Load snapshot").click()
        expect(page.get_by_text("The snapshot before is loaded.")).to_be_visible()
        assert [url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]] == ["kept"]
        page.get_by_role("link", name="Delete before").click()
        page.get_by_role("button", name="Delete snapshot").click()
        expect(page.get_by_text("Nothing has been kept yet.")).to_be_visible()
        page.get_by_label("A file that was exported").set_input_files(file)
        page.get_by_label("Under the name").fill("again")
        page.get_by_role("button", name="Import").click()
        expect(page.get_by_text("The snapshot again is here now")).to_be_visible()
