"""A fleet in the background, and the commands that find the fleets of this user."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT, clean_environment, free_port, running_fleet
from tests.ruststack.command import refusal, ruststack

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "RUSTSTACK_DATA_DIR": str(tmp_path / "data"),
        "RUSTSTACK_PORT": str(free_port()),
    }


@pytest.fixture
def command(environment: dict[str, str]) -> Iterator[Command]:
    """Runs a command with records, data and a port of this test's own; a fleet that is left is stopped."""

    def run(*arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
        return ruststack(*arguments, **{**environment, **given})

    yield run
    run("stop")


def test_it_runs_in_the_background_until_it_is_stopped(command: Command, environment: dict[str, str]) -> None:
    port = environment["RUSTSTACK_PORT"]
    started = command("up", "-d")
    assert started.returncode == 0, started
    assert f"  endpoint  http://localhost:{port}  (https:// as well)\n" in started.stdout
    assert f"  console   http://localhost:{port}/  (in a browser)\n" in started.stdout
    assert f"Ready. Its log: `ruststack logs -f --port {port}`" in started.stdout
    assert command("health").returncode == 0
    assert command("wait").stdout == f"ready: http://localhost:{port}\n"
    assert command("up", "-d").stdout.startswith(f"it runs already: http://localhost:{port}, pid ")
    status = command("status")
    assert status.returncode == 0
    assert f"fleet     http://localhost:{port}  ready\n" in status.stdout
    assert environment["RUSTSTACK_DATA_DIR"] in status.stdout
    assert command("stop").stdout == f"stopped: http://localhost:{port}\n"
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", int(port)), timeout=1).close()
    again = command("stop")
    assert (again.returncode, again.stdout) == (0, f"no fleet of yours runs on port {port}\n")
    assert command("status").returncode == 1
    assert command("logs").stdout.rstrip().endswith("Ready.")
    assert command("logs", "-n", "1").stdout == "Ready.\n"


def test_a_misspelt_variable_is_named_to_whoever_starts_it(command: Command) -> None:
    done = command("up", "-d", RUSTSTACK_AUHT="enforce")
    assert done.returncode == 0
    assert done.stderr.startswith("ruststack: RUSTSTACK_AUHT is no setting; did you mean RUSTSTACK_AUTH?\n")


def test_one_that_runs_already_is_not_taken_for_another(
    command: Command, environment: dict[str, str], tmp_path: Path
) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("queues: [{name: first}]")
    second.write_text("queues: [{name: second}]")
    assert command("up", "-d", RUSTSTACK_SEED=str(first)).returncode == 0
    runs, folder = f"it runs already: http://localhost:{environment['RUSTSTACK_PORT']}, pid ", tmp_path / "other"

    elsewhere = command("up", "-d", "--data-dir", str(folder))
    assert (elsewhere.returncode, elsewhere.stdout) == (2, "")
    assert elsewhere.stderr.startswith(f"ruststack: {runs}")
    assert f"its data is in {environment['RUSTSTACK_DATA_DIR']}, not in {folder}: " in elsewhere.stderr
    for options, text in {
        ("--services", "s3,sqs"): "its RUSTSTACK_SERVICES is s3,dynamodb,sqs,sns, not s3,sqs: ",
        ("--replicas", "sqs=2"): "its RUSTSTACK_REPLICAS is one of each, not sqs=2: ",
        ("--host", "0.0.0.0"): "its RUSTSTACK_HOST is localhost, not 0.0.0.0: ",
    }.items():
        otherwise = command("up", "-d", *options)
        assert (otherwise.returncode, otherwise.stdout) == (2, "")
        assert f"{text}`ruststack stop --port " in otherwise.stderr
    assert "its RUSTSTACK_JOURNAL is 2000, not 10: " in command("up", "-d", RUSTSTACK_JOURNAL="10").stderr
    said_otherwise = {"SERVICES": "sns,sqs,s3,dynamodb", "RUSTSTACK_AUTH": "off", "DEBUG": "0"}
    assert command("up", "-d", **said_otherwise, RUSTSTACK_SEED=str(first)).returncode == 0
    nowhere = command("up", "-d", PERSISTENCE="0")
    assert nowhere.returncode == 2
    assert "not in memory alone: " in nowhere.stderr
    seeded = command("up", "-d", RUSTSTACK_SEED=str(second))
    assert seeded.returncode == 2
    (how,) = re.findall("RUSTSTACK_SEED is not applied to it: `ruststack (.*)` does that", seeded.stderr)
    assert command(*how.split()).stdout == "queue second: create\n1 change made\n"

    again = command("up", "-d", RUSTSTACK_SEED=str(first))
    assert again.returncode == 0
    assert again.stdout.startswith(runs)
    assert f"RUSTSTACK_SEED is not applied again: `ruststack seed {first} --endpoint-url " in again.stdout
    same = command("up", "-d", "--data-dir", f"{tmp_path}/other/../data")
    assert (same.returncode, len(same.stdout.splitlines())) == (0, 1)


def test_the_log_is_followed_to_the_fleets_end(command: Command, environment: dict[str, str]) -> None:
    assert command("up", "-d").returncode == 0
    following = subprocess.Popen(
        [sys.executable, "-m", "ruststack", "logs", "-f"],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(**environment),
        cwd=ROOT,
    )
    killed = json.loads(_get(environment, "/_ruststack/health"))["services"]["sqs"]["pid"]
    os.kill(killed, signal.SIGKILL)
    time.sleep(0.5)
    command("stop")
    output, _ = following.communicate(timeout=20)
    assert "sqs has died (killed by SIGKILL)" in output


def test_a_fleet_that_cannot_start_says_why(command: Command, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = command("up", "-d", "--data-dir", str(tmp_path / "file"))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"ruststack: the data directory {tmp_path}/file cannot be")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command("up", "-d", RUSTSTACK_PORT=str(port), RUSTSTACK_HOST="127.0.0.1")
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use" in done.stderr


def test_it_is_found_whichever_port_it_has_taken(command: Command, tmp_path: Path) -> None:
    started = command("up", "-d", "--port", "0")
    assert started.returncode == 0, started
    port = started.stdout.split("http://localhost:")[1].split()[0]
    assert int(port) > 0
    assert command("health", RUSTSTACK_PORT=port).returncode == 0
    other = str(free_port())
    hint = f"no fleet of yours runs on port {other}; there is one with --port {port}\n"
    assert command("stop", "--port", other).stdout == hint
    hint, seed = f"; there is one with --endpoint-url http://localhost:{port}\n", tmp_path / "seed.yaml"
    seed.write_text("queues: [{name: jobs}]")
    asking = (("requests",), ("trace", "1"), ("wait", "--timeout", "0"), ("seed", str(seed)), ("env",), ("health",))
    for asked in asking:
        answer = command(*asked, RUSTSTACK_PORT=other)
        assert answer.stderr.endswith(hint), asked
        assert f"no fleet answers at http://localhost:{other}" in answer.stderr
        assert answer.returncode == {"wait": 1, "env": 0}.get(asked[0], 2)
    assert command("env", RUSTSTACK_PORT=port).stderr == ""
    assert command("stop", "--port", port).returncode == 0


def test_a_fleet_in_the_foreground_is_found_too(tmp_path: Path) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with running_fleet(tmp_path, environment=state) as fleet:
        port = ("--port", str(fleet.port))
        assert "it runs in the foreground" in ruststack("status", *port, **state).stdout
        assert refusal("logs", *port, **state).endswith("its log is where it was started")
        assert ruststack("stop", *port, **state).returncode == 0
        assert fleet.process is not None
        assert fleet.process.wait(10) == 0


def test_a_fleet_that_was_killed_is_not_said_to_run(command: Command, environment: dict[str, str]) -> None:
    assert command("up", "-d").returncode == 0
    record = next(Path(environment["XDG_STATE_HOME"]).rglob("*.json"))
    os.kill(json.loads(record.read_text())["pid"], signal.SIGKILL)
    for _ in range(100):
        if command("status").returncode == 1:
            break
    else:
        raise AssertionError(command("status").stdout)
    assert command("up", "-d").returncode == 0


def test_what_is_known_of_fleets_does_not_pile_up(
    command: Command, environment: dict[str, str], tmp_path: Path
) -> None:
    records = Path(environment["XDG_STATE_HOME"]) / "ruststack" / "fleets"
    assert command("up", "-d").returncode == 0
    (with_a_log,) = records.glob("*.json")
    assert command("stop").returncode == 0
    for number in (1, 2):
        with running_fleet(tmp_path / str(number), environment=environment) as fleet:
            assert {path.name for path in records.glob("*.json")} == {with_a_log.name, f"{fleet.port}.json"}
    assert command("logs").returncode == 0


def test_without_a_home_it_runs_all_the_same(tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"XDG_STATE_HOME": "/dev/null/no", "HOME": "/dev/null"}) as fleet:
        assert fleet.is_healthy()


@pytest.mark.parametrize("plain", ["", "1"], ids=["colours", "NO_COLOR"])
def test_a_terminal_is_shown_colours_and_that_something_goes_on(
    command: Command, environment: dict[str, str], plain: str
) -> None:
    controlling, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ruststack", "up", "-d"],
        stdout=terminal,
        stderr=terminal,
        env=clean_environment(**environment, TERM="xterm", NO_COLOR=plain),
        cwd=ROOT,
    )
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(controlling, 4096):
            shown += part
    except OSError:
        pass  # the terminal is closed
    finally:
        os.close(controlling)
    assert process.wait(60) == 0
    assert b"RustStack starts\r\x1b" in shown.replace(b"\x1b[0m", b"")
    assert (b"\x1b[32mhttp://localhost:" in shown) is (plain == "")
    assert b"\x1b" not in command("status").stdout.encode()


def test_wait_gives_up(command: Command, environment: dict[str, str]) -> None:
    done = command("wait", "--timeout", "0.1")
    assert done.returncode == 1
    assert f"not ready after 0.1 s: no fleet answers at http://localhost:{environment['RUSTSTACK_PORT']}" in done.stderr


def test_env_points_clients_at_the_fleet(command: Command, environment: dict[str, str]) -> None:
    shown = command("env", "--account", "111122223333", "--region", "eu-west-1")
    script = shown.stdout + "\nenv"
    seen = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, check=True).stdout.splitlines()
    assert {
        f"AWS_ENDPOINT_URL=http://127.0.0.1:{environment['RUSTSTACK_PORT']}",
        "AWS_ACCESS_KEY_ID=111122223333",
        "AWS_DEFAULT_REGION=eu-west-1",
    } <= set(seen)
    as_json = json.loads(command("env", "--format", "json").stdout)
    assert as_json["AWS_ACCESS_KEY_ID"] == "test"
    assert set(command("env", "--format", "dotenv").stdout.splitlines()) == {
        f"{name}={value}" for name, value in as_json.items()
    }
    assert refusal("env", "--account", "12") == "ruststack: an account has 12 digits, which '12' has not"


def _get(environment: dict[str, str], path: str) -> bytes:
    from urllib.request import urlopen

    with urlopen(f"http://localhost:{environment['RUSTSTACK_PORT']}{path}", timeout=5) as answer:
        return bytes(answer.read())
