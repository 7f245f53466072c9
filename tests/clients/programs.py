"""Programs of other languages, run against a fleet: what they need, and what they say."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest

from tests.processes import REGION, Running, clean_environment

HERE = Path(__file__).parent
NICE = ["nice", "-n", "10"]  # what builds, beside tests that run


DIRECTORY_BUCKET = ["s3express.create_bucket", "s3express.append", "s3express.rename", "s3express.delete_bucket"]
"""Further steps, of the languages whose SDKs know S3 Express One Zone."""


def needs(*programs: str) -> None:
    """Skip the test where one of them is not on this machine."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not on this machine: {', '.join(missing)}")


def of_fleet(fleet: Running, **given: str) -> dict[str, str]:
    """The environment by which SDKs find the fleet."""
    return clean_environment(
        AWS_ENDPOINT_URL=fleet.url,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        **given,
    )


def run(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None, timeout: float = 1400
) -> str:
    """Its standard output. AssertionError, with all that it said, where it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=dict(environment or clean_environment()),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def build(command: Sequence[str | Path], folder: Path, timeout: float = 1500, **environment: str) -> None:
    """Run what fetches and builds. Where that cannot be done the test is skipped, and says why."""
    try:
        run([*NICE, *command], folder, clean_environment(**environment), timeout)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"cannot be built here: {str(error)[-800:]}")


def steps(without: Collection[str] = ()) -> list[str]:
    """The names of all steps in `steps.txt`, in order, but those that a language is `without`."""
    lines = (HERE / "steps.txt").read_text().splitlines()
    names = [line.partition(":")[0] for line in lines if not line.startswith("#")]
    assert set(without) <= set(names)
    return [name for name in names if name not in without]
