"""The documents name files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_PATH = re.compile(r"`((?:awskit|console|gateway|services|ruststack|tests|benchmarks|docs)/[\w./-]+)`")
_PROGRAM = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)  # Go's generics look like links
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    text = document.read_text()
    named = [ROOT / found for found in _PATH.findall(text)]
    linked = [document.parent / found for found in _LINK.findall(_PROGRAM.sub("", text))]
    assert [str(path) for path in (*named, *linked) if not path.exists()] == []
