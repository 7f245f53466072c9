"""The JavaScript SDK v3 against a running fleet, with an HTTP endpoint in Node that checks signatures."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT, Running, clean_environment

JAVASCRIPT = Path(__file__).with_name("javascript")


@pytest.fixture(scope="module")
def javascript() -> Path:
    """A folder with the scripts and their packages, installed once and kept below `.cache`."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("node and npm are not on this machine")
    package = (JAVASCRIPT / "package.json").read_bytes()
    folder = ROOT / ".cache" / f"javascript-sns-{hashlib.sha256(package).hexdigest()[:12]}"
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.{os.getpid()}")
        making.mkdir(parents=True)
        (making / "package.json").write_bytes(package)
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        done = subprocess.run(command, cwd=making, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode != 0:
            shutil.rmtree(making)
            pytest.skip(f"npm install failed: {done.stderr[-500:]}")
        making.rename(folder)
    for script in JAVASCRIPT.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def test_javascript(fleet: Running, javascript: Path, unique_name: str) -> None:
    done = subprocess.run(
        ["node", "sdk.mjs", fleet.url, unique_name],
        cwd=javascript,
        capture_output=True,
        text=True,
        timeout=90,
        env=clean_environment(),
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stdout + done.stderr
