"""`RUSTSTACK_CONSOLE=readonly`, over every route that there is: pages show, forms are not there, posts are refused."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from console.frame.addresses import BASE
from tests.console.every_page import addresses_of_pages, routes
from tests.console.test_every_page import Looked
from tests.processes import ACCOUNT_ID, REGION, running_fleet

_SCOPE = f"{BASE}/{ACCOUNT_ID}/{REGION}"
_FORM = re.compile(
    r"/(create-[a-z]+|delete|empty|purge|edit|send|publish|subscribe|load|abort|seed|settings/\{name\})$"
)
_LOOKS = "/sns/topics/{name}/filters"  # posts, and changes nothing


@pytest.mark.timeout(300)
def test_every_page_and_every_post(tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"RUSTSTACK_CONSOLE": "readonly"}) as fleet:
        addresses = addresses_of_pages(fleet)
        with httpx.Client(base_url=fleet.url, timeout=60) as client:
            for route, shown in addresses.items():
                answer = client.get(f"{_SCOPE}{shown.path}")
                posts = Looked(answer.text).posts
                if _FORM.search(route):
                    assert answer.status_code == 403, route
                    assert "RUSTSTACK_CONSOLE=readonly" in answer.text, route
                else:
                    assert answer.status_code == 200, route
                assert posts == ([""] if route == _LOOKS else []), route
            given = {"_token": client.cookies["ruststack-console-token"], "body": "{}"}
            assert len(routes("POST")) > 40
            for route in routes("POST"):
                path = addresses[route].path if route in addresses else re.sub(r"\{\w+\}", "hostile", route)
                answer = client.post(f"{_SCOPE}{path}", data=given)
                said = (answer.status_code, "RUSTSTACK_CONSOLE=readonly" in answer.text)
                assert said == ((200, False) if route == _LOOKS else (403, True)), route
        s3, sqs = fleet.client("s3"), fleet.client("sqs")
        assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["hostile"]
        assert len(sqs.list_queues()["QueueUrls"]) == 2
