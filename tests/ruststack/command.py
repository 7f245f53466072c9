"""The command line, run as a person runs it."""

from __future__ import annotations

import subprocess
import sys

from tests.processes import ROOT, clean_environment


def ruststack(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "ruststack", *arguments]
    environ = clean_environment(**environment)
    return subprocess.run(command, capture_output=True, text=True, env=environ, cwd=ROOT, timeout=180, check=False)


def refusal(*arguments: str, **environment: str) -> str:
    """The one line that a command gives on stderr when it cannot do its work."""
    done = ruststack(*arguments, **environment)
    assert done.returncode == 2, done
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line
