"""Every page that links lead to from the overview: it is there, has nothing inline, no form where none may be sent."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.console.screenshots import fill
from tests.processes import running_fleet

BASE = "/_ruststack/console/000000000000/us-east-1/"
_MOST = 200
_EACH_KIND = 3  # pages of one kind: their addresses differ in names and queries only


class Looked(HTMLParser):
    """What a page has: its links, its forms that post, and what is inline."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.posts: list[str] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag == "form" and given.get("method") == "post":
            self.posts.append(given.get("action") or "")
        self.inline += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)


def kind_of(url: str) -> str:
    """The page's kind: names and keys taken out."""
    path = urlsplit(url).path.removeprefix(BASE)
    parts = path.split("/")
    named = {"buckets", "tables", "queues", "topics", "requests", "messages", "subscriptions", "settings", "snapshots"}
    shown = [part if index == 0 or parts[index - 1] not in named else "*" for index, part in enumerate(parts)]
    return "/".join(shown) + "?" + ",".join(sorted(re.findall(r"(\w+)=", urlsplit(url).query)))


@pytest.mark.timeout(300)
def test_all_pages_of_a_readonly_console(tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"RUSTSTACK_CONSOLE": "readonly"}) as fleet:
        fill(fleet)
        seen: dict[str, int] = {}
        waiting, asked = [BASE], {BASE}
        with httpx.Client(base_url=fleet.url, timeout=60) as client:
            while waiting and len(asked) < _MOST:
                url = waiting.pop(0)
                answer = client.get(url, follow_redirects=True)
                assert answer.status_code == 200, f"{url} answers {answer.status_code}: {answer.text[-300:]}"
                page = Looked(answer.text)
                looks = urlsplit(url).path.endswith("/filters")  # whether a message would pass is a question
                assert looks or page.posts == [], f"{url}: in a readonly console nothing is posted"
                assert page.inline == [], url
                for link in page.links:
                    target = urljoin(url, link)
                    parts = urlsplit(target)
                    if parts.netloc or not parts.path.startswith(BASE) or target in asked:
                        continue
                    kind = kind_of(target)
                    seen[kind] = seen.get(kind, 0) + 1
                    if seen[kind] <= _EACH_KIND:
                        asked.add(target)
                        waiting.append(target)
        assert len(seen) > 30, sorted(seen)
