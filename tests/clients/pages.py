"""The pages of `docs/clients`, run as they stand there.

On a page, a paragraph that ends with a file's name (`` `app.py`: ``) is followed by that file, whole; blocks of `sh`
are what a reader types, in order, in one shell; a block of `text` is what has been printed then. Only the port is
another: the fleet of the tests does not listen on 4566.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.cache import kept_folder, put_files
from tests.clients.programs import run
from tests.processes import ROOT, Running, clean_environment

PAGES = ROOT / "docs" / "clients"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # Maven's last word, whether it is asked for or not
_FILE = re.compile(r"`([\w./-]+)`:$")


@dataclass
class Page:
    """What is on a page: files by name, what is typed, and what is printed then."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    printed: str = ""


def read_page(name: str, section: str = "") -> Page:
    """The page of this name, or what is below one of its headings."""
    page = Page(f"{name}-{section}".strip("-").lower())
    whole = (PAGES / f"{name}.md").read_text()
    for before, language, text in _blocks(whole.partition(f"\n## {section}\n")[2] if section else whole):
        if file := _FILE.search(before):
            page.files[file[1]] = text
        elif language == "sh":
            page.typed.append(text)
        elif language == "text":
            page.printed += text
            if section:
                break
    return page


def _blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """(the last line of text before it, its language, what is in it) for each fenced block."""
    before, language = "", ""
    within: list[str] | None = None
    for line in text.splitlines(keepends=True):
        if line.startswith("```"):
            if within is None:
                language, within = line[3:].strip(), []
            else:
                yield before, language, "".join(within)
                before, within = "", None
        elif within is not None:
            within.append(line)
        elif line.strip():
            before = line.strip()


def run_page(page: Page, fleet: Running | None, timeout: float = 1400, **environment: str) -> str:
    """Type what the page says, in a folder that is kept for its packages; what it printed comes back."""
    with kept_folder(f"page-{page.name}", "".join(page.typed)) as folder:
        return type_page(page, folder, fleet, timeout, **environment)


def type_page(page: Page, folder: Path, fleet: Running | None, timeout: float = 1400, **environment: str) -> str:
    """Put the page's files into the folder and type there what it says; what it printed comes back."""
    put_files(folder, {name: _at_port(text, fleet) for name, text in page.files.items()})
    script = _at_port("set -eu\n" + "\n".join(page.typed), fleet)
    return _COLOUR.sub("", run(["bash", "-c", script], folder, _environment(**environment), timeout))


def _environment(**given: str) -> dict[str, str]:
    """A user's: no AWS variables, and a quiet npm and pip."""
    quiet = {
        "NPM_CONFIG_FUND": "false",
        "NPM_CONFIG_AUDIT": "false",
        "NPM_CONFIG_LOGLEVEL": "error",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        "NPM_CONFIG_PREFER_OFFLINE": "true",
        "PIP_QUIET": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    return clean_environment(**quiet, **given)


def _at_port(text: str, fleet: Running | None) -> str:
    return text if fleet is None else re.sub(r"\b4566\b", str(fleet.port), text)
