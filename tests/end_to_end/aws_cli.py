"""The AWS CLI as a user runs it, against one endpoint."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.processes import REGION, clean_environment


class AwsCli:
    """Runs `aws ...`; a command that fails raises CliError with what it said."""

    def __init__(self, endpoint: str) -> None:
        # The variable AWS_ENDPOINT_URL would do, but not for version 1's SQS commands.
        self._program = [sys.executable, "-m", "awscli", "--endpoint-url", endpoint]
        self._environment = clean_environment(
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            AWS_DEFAULT_REGION=REGION,
            AWS_MAX_ATTEMPTS="1",
        )

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """The command's standard output."""
        done = subprocess.run(
            [*self._program, *arguments],
            input=stdin,
            capture_output=True,
            env=self._environment,
            timeout=90,
            check=False,
        )
        if done.returncode != 0:
            raise CliError(f"aws {' '.join(arguments)}: {done.stderr.decode().strip()}")
        return done.stdout

    def text(self, *arguments: str) -> str:
        return self.run(*arguments).decode()

    def json(self, *arguments: str) -> Any:
        """The command's answer, read as JSON; {} where it has none."""
        out = self.run(*arguments, "--output", "json")
        return json.loads(out) if out.strip() else {}


class CliError(Exception):
    """`aws` exited with a failure."""
