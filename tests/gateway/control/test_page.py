"""What a browser is shown at the endpoint, where SDKs get what they ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.processes import Running, running_fleet

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Sec-Fetch-Site": "none"}


@pytest.fixture(scope="module")
def without_console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_fleet(tmp_path_factory.mktemp("fleet"), environment={"RUSTSTACK_CONSOLE": "0"}) as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/_ruststack", "/_ruststack/", "/_ruststack/console"])
def test_a_browser_is_led_to_the_console(fleet: Running, path: str) -> None:
    answer = httpx.get(fleet.url + path, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (302, "/_ruststack/console/")


@pytest.mark.parametrize("path", ["/", "/_ruststack"])
def test_without_a_console_a_browser_is_led_to_the_page(without_console: Running, path: str) -> None:
    answer = httpx.get(without_console.url + path, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (302, "/_ruststack/")
    assert httpx.get(f"{without_console.url}/_ruststack/console/", headers=BROWSER).status_code == 404


def test_the_page_says_how_the_fleet_is_and_its_links_lead_somewhere(without_console: Running) -> None:
    fleet = without_console
    answer = httpx.get(f"{fleet.url}/_ruststack/", headers=BROWSER)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f"AWS_ENDPOINT_URL={fleet.url}" in answer.text
    for name in ("s3", "dynamodb", "sqs", "sns"):
        assert re.search(rf"<td>{name}<td[^>]*>running", answer.text)
    links = re.findall(r'href="([^"]+)"', answer.text)
    assert len(links) > 3
    for link in links:
        assert httpx.get(fleet.url + link, headers=BROWSER).status_code == 200, link


@pytest.mark.parametrize(
    "changed",
    [
        {"Accept": "*/*"},
        {"Accept": "application/json"},
        {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request"},
    ],
)
def test_what_is_no_browser_lists_buckets(fleet: Running, changed: dict[str, str]) -> None:
    answer = httpx.get(fleet.url, headers={**BROWSER, **changed})
    assert answer.status_code == 200
    assert "ListAllMyBucketsResult" in answer.text


def test_a_buckets_own_root_is_the_buckets(fleet: Running, unique_name: str) -> None:
    s3 = fleet.client("s3")
    s3.create_bucket(Bucket=unique_name)
    s3.close()
    headers = {**BROWSER, "Host": f"{unique_name}.s3.localhost.localstack.cloud:{fleet.port}"}
    assert f"<Name>{unique_name}</Name>" in httpx.get(fleet.url, headers=headers).text
