"""What every command has in common: help, and mistakes that are answered in a line, never with a traceback."""

from __future__ import annotations

import pkgutil
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from ruststack import commands
from tests.processes import ROOT, Running, clean_environment
from tests.ruststack.command import refusal, ruststack

NAMES = sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))


def test_help_lists_every_command_with_what_it_does() -> None:
    done = ruststack("--help", COLUMNS="200")
    assert done.returncode == 0
    listed = {line.split()[1]: line.split()[2:-1] for line in done.stdout.splitlines() if line.count("│") == 2}
    for name in NAMES:
        assert listed[name], name


@pytest.mark.parametrize("name", NAMES)
def test_a_command_has_help(name: str) -> None:
    done = ruststack(name, "--help")
    assert done.returncode == 0
    assert f"Usage: ruststack {name}" in done.stdout
    assert "completion" not in done.stdout


def test_a_command_that_is_not_there_is_answered_with_one_that_is() -> None:
    assert refusal("heath") == "ruststack: no such command: heath; did you mean health?"
    assert refusal("frobnicate") == "ruststack: no such command: frobnicate; `ruststack --help` lists them"


def test_mistakes_are_answered_in_a_line() -> None:
    assert refusal("reset", "--account", "12") == "ruststack: an account has 12 digits, which '12' has not"
    assert refusal("clock", "advance", "--", "-5") == "ruststack: advance takes seconds, forward, not -5"
    assert refusal("health", "--endpoint-url", "localhost") == (
        "ruststack: 'localhost' is not an address such as http://localhost:4566"
    )
    for no_endpoint in ("http://", "http://[::1", "http://localhost:4566/path"):
        assert "is not an address such as" in refusal("health", "--endpoint-url", no_endpoint)
    assert refusal("health", "--endpoint-url", "http://localhost:99999").endswith("has no valid port")
    assert refusal("env", "--format", "ini") == "ruststack: 'ini' is none of sh, fish, dotenv, json"


def test_what_answers_and_is_no_fleet_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, ThreadPoolExecutor() as pool:

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 mail.example.com ESMTP\r\n")

        pool.submit(answer)
        line = refusal("health", "--endpoint-url", f"http://127.0.0.1:{other.getsockname()[1]}")
    assert "what answers there does not speak HTTP" in line  # and where other fleets are, if there are any


@pytest.mark.parametrize(("status", "said"), [(404, "404, text/html"), (200, "200, text/html")])
def test_a_page_that_answers_is_no_fleet(status: int, said: str) -> None:
    page = b"<html><body><h1>It works!</h1>\n</body></html>"

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as other:
        serving = Thread(target=other.serve_forever)
        serving.start()
        try:
            where = ("--endpoint-url", f"http://127.0.0.1:{other.server_port}")
            text = f"no fleet answers at {where[1]}: what is there is none (it answered {said})"
            assert text in refusal("health", *where)
            waited = ruststack("wait", "--timeout", "0.2", *where)
            assert (waited.returncode, waited.stdout) == (1, "")
            (line,) = waited.stderr.splitlines()
            assert line.startswith(f"ruststack: not ready after 0.2 s: {text}")
        finally:
            other.shutdown()
            serving.join()


def test_a_service_that_is_not_there_is_named_by_the_fleet(fleet: Running) -> None:
    line = refusal("reset", "--service", "lambda", "--endpoint-url", fleet.url)
    assert line.endswith("answered 400: no such service: lambda; there are s3, dynamodb, sqs, sns")


QUICK = [["--version"], ["health"], ["wait", "--timeout", "0"], ["status"], ["env"], ["stop"], ["clock"], ["logs"]]
HEAVY = {"pydantic", "rich", "httpx", "http.client", "fastapi", "sqlalchemy", "cryptography", "ssl", "asyncio"}


@pytest.mark.parametrize("arguments", QUICK, ids=lambda words: words[0])
def test_what_only_asks_imports_nothing_heavy(arguments: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "ruststack", *arguments]
    environment = clean_environment(RUSTSTACK_PORT="9")
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=30, check=False)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "typer" in imported
    assert imported & HEAVY == set()


def cpu_seconds(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, *arguments]
    subprocess.run(
        command, capture_output=True, env=clean_environment(RUSTSTACK_PORT="9"), cwd=ROOT, timeout=30, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_what_only_asks_costs_little_more_than_typer(record_property: Callable[[str, object], None]) -> None:
    # side by side, and the least of each: what else runs on the machine slows both
    pairs = [(cpu_seconds("-m", "ruststack", "health"), cpu_seconds("-c", "import typer.main")) for _ in range(7)]
    health, typer = (min(seconds) for seconds in zip(*pairs, strict=True))
    record_property("figure", f"CPU of `ruststack health`, seconds: {health:.3f}, of its parser's import {typer:.3f}")
    assert health < 3 * typer
