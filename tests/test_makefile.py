"""`make run`: every variable counts, since it adds nothing that was not asked for."""

from __future__ import annotations

import subprocess

from tests.processes import ROOT, clean_environment


def command(*arguments: str, **environment: str) -> str:
    """What `make run` would run."""
    made = ["make", "--no-print-directory", "-n", "run", "RUN_STAMP=", *arguments]
    done = subprocess.run(
        made, env=clean_environment(**environment), cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_port_is_the_variables_unless_one_is_given() -> None:
    assert command(RUSTSTACK_PORT="4651") == "exec .venv/bin/python -m ruststack up"
    assert command(GATEWAY_LISTEN="0.0.0.0:4570") == "exec .venv/bin/python -m ruststack up"
    assert command("PORT=4570").split() == ["exec", ".venv/bin/python", "-m", "ruststack", "up", "--port", "4570"]
    assert command("ARGS=--services s3").endswith("ruststack up  --services s3")
