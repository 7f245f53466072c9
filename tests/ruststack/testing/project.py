"""A user's project with tests of its own, run by pytest with the plugin."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from tests.processes import ROOT, clean_environment

_SUMMARY = re.compile(r"(\d+) (passed|failed|error)")


@dataclass
class Outcome:
    """How a run of pytest ended."""

    status: int
    output: str

    @property
    def counts(self) -> dict[str, int]:
        """`{"passed": 3}`"""
        return {kind: int(number) for number, kind in _SUMMARY.findall(self.output.splitlines()[-1])}


@dataclass
class Project:
    """Its folder. Warnings are errors in it, so that the plugin's own show."""

    folder: Path

    def add(self, name: str, source: str) -> None:
        """A file of it."""
        (self.folder / name).write_text(dedent(source))

    def command(self, *arguments: str) -> list[str]:
        """That of a run."""
        plugin = ["-p", "xdist.plugin", "-p", "ruststack.pytest_plugin", "-p", "no:cacheprovider"]
        return [sys.executable, "-m", "pytest", *plugin, "-W", "error", "-q", "--tb=short", *arguments]

    def environment(self, **given: str) -> dict[str, str]:
        # No others: the plugin is not to be found by its entry point as well, where the checkout has been built.
        return clean_environment(PYTHONPATH=str(ROOT), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", **given)

    def run(self, *arguments: str, **environment: str) -> Outcome:
        """Run its tests."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        return Outcome(done.returncode, done.stdout + done.stderr)
