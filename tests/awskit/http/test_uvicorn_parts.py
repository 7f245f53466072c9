"""What a server process does not carry in its memory."""

from __future__ import annotations

import subprocess
import sys

from tests.processes import ROOT, clean_environment


def modules_after(statement: str) -> set[str]:
    command = [sys.executable, "-c", f"import sys; {statement}; print(*sys.modules)"]
    ended = subprocess.run(command, env=clean_environment(), cwd=ROOT, capture_output=True, text=True, check=True)
    return set(ended.stdout.split())


def test_a_server_process_has_no_command_line_of_uvicorns() -> None:
    assert modules_after("import awskit.http.server").isdisjoint({"uvicorn.main", "click", "multiprocessing"})


def test_whoever_wants_it_gets_it() -> None:
    assert "uvicorn.main" in modules_after("import awskit.http.server, uvicorn.main; assert uvicorn.main.Config")


def test_a_gateway_starts_without_what_is_asked_for_seldom() -> None:
    seldom = {"fastapi", "pydantic", "starlette", "sqlalchemy", "awskit.wire.aws_query", "gateway.local_services"}
    assert modules_after("import gateway.__main__").isdisjoint(seldom)
