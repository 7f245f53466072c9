"""Another revision of this repository, checked out for as long as something is measured beside it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import ROOT


def commit_of(revision: str) -> str:
    """The commit that a revision names. Raises `CalledProcessError` where it names none."""
    command = ["git", "rev-parse", "--verify", f"{revision}^{{commit}}"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def checked_out(commit: str, folder: str) -> Iterator[Path]:
    """Its tree, below `folder`."""
    tree = Path(folder) / "base"
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(tree), commit], cwd=ROOT, check=True)
    try:
        yield tree
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)
