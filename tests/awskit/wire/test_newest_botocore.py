"""docs/operations.md and the newest botocore that there is: what AWS has added since the specs were made.

What is missing is said and fails nothing: it is no change of ours. `make lock UPGRADE=--upgrade` and `make specs` bring
it, or `awskit/wire/specs/<name>.newer.json`.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awskit.wire import generate
from tests.clients.cache import kept_folder
from tests.processes import ROOT

_ROW = re.compile(r"\| (\w+) \| (?:yes|no) \|")


def newest() -> tuple[str, dict[str, set[str]]]:
    """Its version, and the operations of each service that we have."""
    with kept_folder("botocore") as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check"]
        done = subprocess.run(
            [*command, "--dest", str(folder), "--only-binary", ":all:", "botocore"],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"the package index cannot be asked: {done.stderr[-200:]}")
        wheels = sorted(folder.glob("botocore-*.whl"), key=lambda wheel: wheel.stat().st_mtime)
        for former in wheels[:-1]:
            former.unlink()
        return wheels[-1].name.split("-")[1], operations_of(wheels[-1])


def operations_of(wheel: Path) -> dict[str, set[str]]:
    with zipfile.ZipFile(wheel) as archive:
        found: dict[str, set[str]] = {}
        for name in generate.SERVICES:
            is_model = re.compile(rf"botocore/data/{name}/[^/]+/service-2\.json(\.gz)?").fullmatch
            models = [path for path in archive.namelist() if is_model(path)]
            content = archive.read(max(models))
            model: Any = json.loads(gzip.decompress(content) if max(models).endswith(".gz") else content)
            left_out = generate.REPLACED.get(name, ())
            found[name] = set(model["operations"]).difference(left_out)
    return found


def test_every_operation_of_the_newest_botocore_is_listed(record_property: Callable[[str, str], None]) -> None:
    version, operations = newest()
    listed = set(_ROW.findall((ROOT / "docs" / "operations.md").read_text()))
    missing = sorted(f"{name}:{operation}" for name, found in operations.items() for operation in found - listed)
    total = sum(map(len, operations.values()))
    assert total > 200
    if missing:
        pytest.skip(f"botocore {version} has operations that docs/operations.md has not: {', '.join(missing)}")
    record_property("figure", f"docs/operations.md has all {total} operations of botocore {version}")
