"""The programs in `javascript/`, each in one file with the SDKs in it, made once and kept below `.cache`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT

_JAVASCRIPT = Path(__file__).with_name("javascript")


def bundle(entry: str, *options: str) -> Path:
    """The bundle of `entry` (`browser.mjs`) by esbuild's `options`; the test is skipped where it cannot be made."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("node and npm are not on this machine")
    sources = [_JAVASCRIPT / name for name in ("package.json", entry)]
    digest = hashlib.sha256(b"".join([*(source.read_bytes() for source in sources), *map(str.encode, options)]))
    folder = ROOT / ".cache" / f"javascript-{entry.partition('.')[0]}-{digest.hexdigest()[:12]}"
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.{os.getpid()}")
        making.mkdir(parents=True)
        for source in sources:
            shutil.copy(source, making)
        for command in (
            ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
            ["node_modules/.bin/esbuild", entry, "--bundle", "--outfile=bundle.js", "--log-level=error", *options],
        ):
            done = subprocess.run(command, cwd=making, capture_output=True, text=True, timeout=150, check=False)
            if done.returncode != 0:
                shutil.rmtree(making)
                pytest.skip(f"{command[0]} failed: {done.stderr[-500:]}")
        shutil.rmtree(making / "node_modules")
        making.rename(folder)
    return folder / "bundle.js"
