"""The container engine of this machine, and the image that is built of this checkout."""

from __future__ import annotations

import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.processes import ROOT


def docker(*arguments: str, timeout: float = 600) -> str:
    """`docker ...`'s output; AssertionError with what it said where it fails."""
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, timeout=timeout, cwd=ROOT, check=False
    )
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def unusable() -> str | None:
    """Why there is no container engine here; None where there is one."""
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"no container engine: {error}"
    return None if done.returncode == 0 else f"no container engine: {done.stderr.strip().splitlines()[-1:]}"


def compose_command() -> list[str]:
    """`docker compose`, or the older program."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]


@contextmanager
def built_image(extra: str = "") -> Iterator[str]:
    """The image under a name of the caller's own, with `extra`; the test is skipped where there is no engine."""
    if (reason := unusable()) is not None:
        pytest.skip(reason)
    name = f"ruststack-test-{uuid.uuid4().hex[:8]}"
    docker("build", "--network", "host", "-q", "--build-arg", f"EXTRA={extra}", "-t", name, ".")
    try:
        yield name
    finally:
        docker("image", "rm", "-f", name)


def wait_until_healthy(container: str) -> None:
    """AssertionError, with its log, where it is not within five minutes."""
    deadline = time.monotonic() + 300
    while (state := docker("inspect", "--format", "{{.State.Health.Status}}", container)) != "healthy":
        assert time.monotonic() < deadline, f"{state}\n{docker('logs', container)}"
        time.sleep(0.2)
