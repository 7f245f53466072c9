"""What is let in, and what the console's pages may do in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.processes import Running, running_fleet

BASE = "/_ruststack/console"
PAGE = f"{BASE}/000000000000/us-east-1/"


def test_pages_run_their_own_script_and_nothing_else(fleet: Running) -> None:
    answer = httpx.get(f"{fleet.url}{PAGE}s3/create-bucket", timeout=60)  # which shows nothing of other tests
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "'self'" not in re.findall("script-src[^;]*", policy)[0], "a bucket's objects have the same origin"
    nonce = re.findall("script-src 'nonce-([^']+)'", policy)[0]
    assert set(re.findall(r'<script[^>]*nonce="([^"]*)"', answer.text)) == {nonce}
    assert not re.search(r"<script(?![^>]*nonce)|<style|\son\w+=|\sstyle=", answer.text)
    assert nonce not in httpx.get(fleet.url + PAGE, timeout=60).text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example.com"},
        {"Origin": "https://example.com"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_strangers_see_nothing(fleet: Running, headers: dict[str, str]) -> None:
    assert httpx.get(fleet.url + PAGE, headers=headers, timeout=60).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost:3000"},  # may ask the services for anything, but is no page of the console
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
)
def test_a_post_from_elsewhere_is_refused(fleet: Running, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=fleet.url, timeout=60) as client:
        client.get(PAGE)
        token = client.cookies["ruststack-console-token"]
        given = {"_token": token} if headers else {"_token": "A" * 43}
        assert client.post(f"{BASE}/logout", data=given, headers=headers).status_code == 403
        assert client.post(f"{BASE}/logout", data={"_token": token}).status_code == 303


def test_a_post_without_the_cookie_is_refused(fleet: Running) -> None:
    token = httpx.get(fleet.url + PAGE, timeout=60).cookies["ruststack-console-token"]
    assert httpx.post(f"{fleet.url}{BASE}/logout", data={"_token": token}, timeout=60).status_code == 403


def test_cookies_are_of_no_use_to_scripts_and_other_sites(fleet: Running) -> None:
    for cookie in httpx.get(fleet.url + PAGE, timeout=60).headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert f"Path={BASE}" in cookie


def test_a_form_has_to_say_how_large_it_is(fleet: Running) -> None:
    def body() -> Iterator[bytes]:
        yield b"_token=x"

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert httpx.post(f"{fleet.url}{BASE}/logout", content=body(), headers=headers, timeout=60).status_code == 413


@pytest.mark.parametrize("to", ["https://example.com/", "//example.com", f"{BASE}/..\\..", "/_ruststack/reset"])
def test_nobody_is_led_elsewhere(fleet: Running, to: str) -> None:
    asked = {"account": "0" * 12, "region": "us-east-1", "to": to}
    answer = httpx.get(f"{fleet.url}{BASE}/scope", params=asked, timeout=60)
    assert answer.headers["location"] in (PAGE, f"{PAGE}..%5C..")


def test_a_readonly_console_takes_no_post(tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"RUSTSTACK_CONSOLE": "readonly"}) as fleet:
        with httpx.Client(base_url=fleet.url, timeout=60) as client:
            assert "Read-only" in client.get(PAGE).text
            token = client.cookies["ruststack-console-token"]
            answer = client.post(f"{PAGE}sqs/queues", data={"_token": token})
        assert (answer.status_code, "readonly" in answer.text) == (403, True)


@pytest.mark.parametrize(
    ("path", "content_type", "status"),
    [
        ("/nowhere", "text/plain", 404),
        ("/nowhere", "multipart/form-data", 404),
        ("/000000000000/us-east-1/nowhere", "multipart/form-data; boundary=b", 404),
        ("/logout", "multipart/form-data", 400),
        ("/logout", "text/plain", 403),
    ],
)
@pytest.mark.parametrize("body", [b"", b"--b\r\nnonsense", b"\xff" * 100])
def test_what_no_page_sends_is_no_failure(
    fleet: Running, path: str, content_type: str, status: int, body: bytes
) -> None:
    """A refusal that has to be shown without a page, since that takes a visitor's token."""
    log = len(fleet.log.read_text())
    headers = {"content-type": content_type}
    answer = httpx.post(f"{fleet.url}{BASE}{path}", content=body, headers=headers, timeout=60)
    assert answer.status_code == status
    assert "Traceback" not in fleet.log.read_text()[log:]
