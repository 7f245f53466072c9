"""Each wheel of a running fleet has its reason written down, and is imported by what runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNNING = ("awskit", "console", "gateway", "ruststack", "services")
MODULES = {"backports.zstd": "backports", "python-multipart": "python_multipart", "pyyaml": "yaml"}
NAMED = {"uvloop"}  # to uvicorn, which imports it


def imported() -> set[str]:
    """The packages of others that the code of a fleet imports anywhere."""
    found = set()
    for path in (path for folder in RUNNING for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found


def test_every_wheel_has_its_reason_and_no_other_is_there() -> None:
    pinned = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    rows = re.findall(r"^\| ([\w.-]+) \|[^|]*\| (.+) \|$", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE)
    assert [name for name, _ in rows if name != "wheel"] == sorted(pinned)


def test_what_is_asked_for_is_imported() -> None:
    lines = (ROOT / "requirements.in").read_text().splitlines()
    named = [line for line in lines if line and not line.startswith("#")]
    modules = imported()
    assert [name for name in named if MODULES.get(name, name) not in modules and name not in NAMED] == []
