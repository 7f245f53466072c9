from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

from awskit.service.operation import discover
from ruststack.operations_table import MODELS, implemented_operations
from tests.processes import ROOT


def table(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ruststack.operations_table", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_every_operation_of_every_model_is_listed_with_whether_it_is_implemented(tmp_path: Path) -> None:
    path = tmp_path / "operations.md"
    assert table(str(path)).returncode == 0
    lines = path.read_text().splitlines()
    assert "| SendMessage | yes |" in lines
    assert "| PutBucketInventoryConfiguration | yes |" in lines or "| PutBucketInventoryConfiguration | no |" in lines
    assert len([line for line in lines if line.startswith("## ")]) == len(MODELS)


def test_a_page_that_is_not_what_the_code_says_is_found(tmp_path: Path) -> None:
    path = tmp_path / "operations.md"
    assert table("--check", str(path)).returncode == 1
    table(str(path))
    assert table("--check", str(path)).returncode == 0
    path.write_text(path.read_text().replace("| SendMessage | yes |", "| SendMessage | no |"))
    stale = table("--check", str(path))
    assert stale.returncode == 1
    assert "make docs" in stale.stderr


def test_every_declared_operation_is_one_of_a_model() -> None:
    listed = {name for model, _, package in MODELS for name in implemented_operations(model, package)}
    declared = {name for _, _, package in MODELS for _, name in discover(import_module(package))}
    assert declared == listed
