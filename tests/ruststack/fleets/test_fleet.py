"""`ruststack up` as a person sees it: what it prints, what it refuses, how it stops, and LocalStack's habits."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.processes import ROOT, Running, clean_environment, free_port, running_fleet, running_service
from tests.ruststack.command import refusal, ruststack
from tests.waiting import PATIENCE


def up(folder: Path, *arguments: str) -> tuple[str, ...]:
    return ("up", "--host", "127.0.0.1", "--port", str(free_port()), "--data-dir", str(folder), *arguments)


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refusal("up", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(tmp_path))
    assert line == f"ruststack: port {port} on 127.0.0.1 is in use: stop what uses it, or choose another with --port"


def test_a_data_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert refusal(*up(file)).startswith(f"ruststack: the data directory {file} cannot be written to: ")
    assert refusal(*up(file / "below")).startswith(f"ruststack: the data directory {file}/below cannot be written to: ")


def test_a_data_directory_in_use_is_refused(own_fleet: Running) -> None:
    line = refusal(*up(own_fleet.data_dir))
    assert line == f"ruststack: the data directory {own_fleet.data_dir} is in use by another fleet; see --data-dir"


def test_an_unknown_service_is_refused(tmp_path: Path) -> None:
    line = "ruststack: unknown service 'sqz': there are s3, dynamodb, sqs, sns"
    assert refusal(*up(tmp_path, "--services", "s3,sqz")) == line
    assert refusal(*up(tmp_path), RUSTSTACK_SERVICES="sqz") == line


def test_of_localstacks_services_those_that_are_here_are_started(tmp_path: Path) -> None:
    environment = {"SERVICES": "SQS:4576, lambda,s3", "RUSTSTACK_JORNAL": "10"}
    with running_fleet(tmp_path, environment=environment) as fleet:
        assert set(fleet.service_pids()) == {"sqs", "s3"}
        wait_for_line(fleet, "Ready.")
        assert "SERVICES names lambda, which RustStack does not have: it is left out" in fleet.log.read_text()
        assert "RUSTSTACK_JORNAL is no setting; did you mean RUSTSTACK_JOURNAL?" in fleet.log.read_text()


def test_a_value_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    line = refusal("up", "--data-dir", str(tmp_path), RUSTSTACK_PORT="http")
    assert line == "ruststack: RUSTSTACK_PORT: 'http' is not a valid int"
    out_of_range = "ruststack: RUSTSTACK_PORT: 99999 is not within 0 and 65535"
    assert refusal("up", "--data-dir", str(tmp_path), RUSTSTACK_PORT="99999") == out_of_range
    assert refusal("up", "--data-dir", str(tmp_path), "--port", "99999") == out_of_range
    line = refusal(*up(tmp_path), RUSTSTACK_LOG_LEVEL="foo")
    assert line == "ruststack: RUSTSTACK_LOG_LEVEL: 'foo' is none of DEBUG, INFO, WARNING, ERROR, CRITICAL"
    line = refusal(*up(tmp_path), RUSTSTACK_FALLBACK_URL="lamda=http://127.0.0.1:1")
    assert line == "ruststack: RUSTSTACK_FALLBACK_URL: AWS has no service 'lamda'; did you mean lambda?"
    line = refusal(*up(tmp_path), RUSTSTACK_FALLBACK_URL="ssm=http://127.0.0.1:1,lambda")
    assert line == "ruststack: RUSTSTACK_FALLBACK_URL: 'lambda' has no address: say lambda=http://host:port"
    bundle = {"RUSTSTACK_FALLBACK_URL": "https://127.0.0.1:1", "RUSTSTACK_FALLBACK_CA_BUNDLE": str(tmp_path / "no.pem")}
    assert refusal(*up(tmp_path), **bundle).startswith("ruststack: RUSTSTACK_FALLBACK_CA_BUNDLE: ")
    assert not any(tmp_path.iterdir())


def test_a_database_url_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    done = ruststack(*up(tmp_path), RUSTSTACK_SQS_DATABASE_URL="postgresql+pg8000://user@host/db")
    assert done.returncode == 2
    assert re.search(r"needs a driver that is not here .*psycopg", done.stderr)
    assert "Traceback" not in done.stderr


def test_a_database_from_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "sqs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    before = path.read_bytes()
    done = ruststack(*up(tmp_path))
    assert done.returncode == 2
    assert re.search(r"the database \S*sqs\.db is at schema 9999, written by a newer RustStack", done.stderr)
    assert path.read_bytes() == before


def listening_inodes(port: int, pids: list[int]) -> set[str]:
    """The sockets' inodes that these processes have open, of TCP's on `port` and of any console."""
    wanted: set[str] = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and int(columns[1].rpartition(":")[2], 16) == port:
                wanted.add(columns[9])
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        columns = line.split()
        if columns[-1].endswith("console.sock") and int(columns[3], 16) & 0x10000:  # it listens
            wanted.add(columns[6])
    found: set[str] = set()
    for descriptor in [entry for pid in pids for entry in Path(f"/proc/{pid}/fd").iterdir()]:
        with contextlib.suppress(FileNotFoundError):  # it is closed meanwhile
            found.add(str(descriptor.readlink()).removeprefix("socket:[").rstrip("]"))
    return found & wanted


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's /proc")
def test_services_do_not_hold_what_others_listen_on(own_fleet: Running) -> None:
    port = urlsplit(own_fleet.url).port
    assert port is not None
    assert len(listening_inodes(port, [own_fleet.pid])) == 2  # the supervisor keeps them: one of TCP, the console's
    assert listening_inodes(port, list(own_fleet.service_pids().values())) == set()


def test_ready_is_said_once_health_is_well(own_fleet: Running) -> None:
    health = own_fleet.get("/_ruststack/health")
    assert health["status"] == "ok"
    assert {name: entry["status"] for name, entry in health["services"].items()} == dict.fromkeys(
        ("s3", "dynamodb", "sqs", "sns"), "running"
    )
    assert wait_for_line(own_fleet, "Ready.") == "Ready."


def wait_for_line(fleet: Running, pattern: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while not (found := re.search(f"^{pattern}$", fleet.log.read_text(), re.MULTILINE)):
        assert time.monotonic() < deadline, fleet.log.read_text()
        time.sleep(0.01)
    return found[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with running_fleet(tmp_path) as fleet:
        wait_for_line(fleet, "Ready.")
        assert fleet.process is not None
        fleet.process.send_signal(number)
        assert fleet.process.wait(10) == 0
        text = fleet.log.read_text()
        assert "Traceback" not in text
        assert "has died" not in text
        for name in ("s3", "dynamodb", "sqs", "sns"):
            assert (fleet.data_dir / f"{name}.db").exists()
            assert not (fleet.data_dir / f"{name}.db-wal").exists(), "the database was closed"


def test_a_request_in_flight_ends_before_the_fleet_does(tmp_path: Path) -> None:
    with running_fleet(tmp_path) as fleet:
        s3 = fleet.client("s3")
        s3.create_bucket(Bucket="bucket")
        with socket.create_connection(("127.0.0.1", fleet.port), timeout=10) as connection:
            head = b"PUT /bucket/key HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n"
            connection.sendall(head + b"x" * 100_000)
            fleet.get("/_ruststack/health")
            assert fleet.process is not None
            fleet.process.send_signal(signal.SIGTERM)
            time.sleep(0.6)  # longer than the gateway's head start, so that the service has been told too
            connection.sendall(b"x" * 100_000)
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
        assert fleet.process.wait(15) == 0
        fleet.start()
        assert fleet.client("s3").head_object(Bucket="bucket", Key="key")["ContentLength"] == 200_000
        s3.close()


def test_only_the_services_asked_for_are_started(tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"SERVICES": "sqs"}) as fleet:
        assert set(fleet.service_pids()) == {"sqs"}
        sqs, sns = fleet.client("sqs"), fleet.client("sns")
        sqs.create_queue(QueueName="queue")
        with pytest.raises(sns.exceptions.ClientError) as refused:
            sns.list_topics()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500
        assert "sns" in refused.value.response["Error"]["Message"].lower()
        assert [path.name for path in fleet.data_dir.glob("*.db")] == ["sqs.db"]
        for client in (sqs, sns):
            client.close()


def test_a_service_with_an_address_is_used_where_it_is(tmp_path: Path) -> None:
    with running_service("sqs", tmp_path / "sqs") as service:
        environment = {"RUSTSTACK_SQS_URL": service.url}
        with running_fleet(tmp_path / "fleet", environment=environment) as fleet:
            assert fleet.service_pids()["sqs"] == service.pid
            assert not (fleet.data_dir / "sqs.db").exists()


def test_without_persistence_nothing_is_kept_and_nothing_there_is_touched(tmp_path: Path) -> None:
    with running_fleet(tmp_path) as fleet:
        fleet.client("sqs").create_queue(QueueName="kept")
        fleet.stop()
        before = {path.name: path.read_bytes() for path in fleet.data_dir.glob("*.db")}
        fleet.environment["PERSISTENCE"] = "0"
        fleet.start()
        sqs = fleet.client("sqs")
        assert "QueueUrls" not in sqs.list_queues()
        sqs.create_queue(QueueName="gone")
        fleet.restart()
        assert "QueueUrls" not in sqs.list_queues()
        assert {path.name: path.read_bytes() for path in fleet.data_dir.glob("*.db")} == before


def test_init_scripts_are_run_and_their_states_shown(tmp_path: Path) -> None:
    scripts = {
        "boot.d/one.sh": "echo booted",
        "ready.d/1-queue.py": "import os; print('at', os.environ['AWS_ENDPOINT_URL'])",
        "ready.d/2-fails.sh": "exit 3",
        "ready.d/3-last.sh": "echo last",
        "ready.d/queue.py": "import queue; queue.Queue()",
        "ready.d/notes.txt": "not a script",
        "shutdown.d/bye.sh": "echo bye",
    }
    for name, text in scripts.items():
        path = tmp_path / "init" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with running_fleet(tmp_path, environment={"RUSTSTACK_INIT_DIR": str(tmp_path / "init")}) as fleet:
        wait_for_line(fleet, "Ready.")
        state = fleet.get("/_localstack/init")
        fleet.stop()
        text = fleet.log.read_text()
    assert text.index("init     | booted") < text.index("init     | at http://127.0.0.1:") < text.index("Ready.")
    assert re.search(r"2-fails\.sh failed: exit status 3", text)
    assert "init     | bye" in text
    ready = {found["name"]: found["state"] for found in state["scripts"] if found["stage"] == "READY"}
    assert ready["1-queue.py"] == "SUCCESSFUL"
    assert ready["2-fails.sh"] == "ERROR"
    assert ready["queue.py"] == "SUCCESSFUL"
    assert set(ready) == {"1-queue.py", "2-fails.sh", "3-last.sh", "queue.py"}
    assert state["completed"]["BOOT"] is True
    assert state["completed"]["SHUTDOWN"] is False


def test_ready_waits_for_the_scripts_and_health_does_not(tmp_path: Path) -> None:
    script = tmp_path / "init" / "ready.d" / "waits.sh"
    script.parent.mkdir(parents=True)
    script.write_text(f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done")
    with running_fleet(tmp_path, environment={"RUSTSTACK_INIT_DIR": str(tmp_path / "init")}) as fleet:
        with pytest.raises(urllib.error.HTTPError) as refused:
            fleet.get("/_ruststack/ready")
        assert refused.value.code == 503
        refused.value.close()
        assert "Ready." not in fleet.log.read_text()
        endpoint = ("--endpoint-url", fleet.url)
        late = ruststack("wait", "--timeout", "0.2", *endpoint)
        assert (late.returncode, late.stderr) == (
            1,
            "ruststack: not ready after 0.2 s: the init script waits.sh runs\n",
        )
        (tmp_path / "go").touch()
        assert ruststack("wait", *endpoint).returncode == 0
        assert fleet.get("/_ruststack/ready")["ready"] is True
        wait_for_line(fleet, "Ready.")


def test_wait_fails_where_a_script_has(tmp_path: Path) -> None:
    script = tmp_path / "init" / "ready.d" / "fails.sh"
    script.parent.mkdir(parents=True)
    script.write_text("exit 1")
    with running_fleet(tmp_path, environment={"RUSTSTACK_INIT_DIR": str(tmp_path / "init")}) as fleet:
        done = ruststack("wait", "--endpoint-url", fleet.url)
    assert (done.returncode, done.stderr) == (
        1,
        f"ruststack: {fleet.url} answers, but init scripts failed: fails.sh\n",
    )


def test_a_script_that_never_ends_does_not_keep_the_fleet_from_stopping(tmp_path: Path) -> None:
    script = tmp_path / "init" / "ready.d" / "forever.sh"
    script.parent.mkdir(parents=True)
    script.write_text("echo begun; sleep 600; echo ended")
    with running_fleet(tmp_path, environment={"RUSTSTACK_INIT_DIR": str(tmp_path / "init")}) as fleet:
        wait_for_line(fleet, r"init     \| begun")
        assert fleet.stop(timeout=8) == 0
        assert "ended" not in fleet.log.read_text().replace("fleet    | init script", "")


def test_scripts_that_are_to_be_run_once_are_not_run_again_on_the_same_data(tmp_path: Path) -> None:
    for name, text in {"1-once.sh": "echo once", "2-fails.sh": "echo tried; exit 1"}.items():
        path = tmp_path / "init" / "ready.d" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environment = {"RUSTSTACK_INIT_DIR": "init", "RUSTSTACK_INIT_ONCE": "1"}
    with running_fleet(tmp_path, environment=environment, start=False) as fleet:
        fleet.environment["RUSTSTACK_INIT_DIR"] = os.path.relpath(tmp_path / "init", ROOT)  # relative, too
        for _ in range(2):
            fleet.start()
            assert ruststack("wait", "--endpoint-url", fleet.url).returncode == 1
            fleet.stop()
        text = fleet.log.read_text()
        assert text.count("init     | once") == 1
        assert text.count("init     | tried") == 2
        fleet.start()
        fleet.post("/_ruststack/reset?service=sqs")
        fleet.restart()
        assert fleet.log.read_text().count("init     | once") == 1
        fleet.post("/_ruststack/reset")
        fleet.restart()
        assert ruststack("wait", "--endpoint-url", fleet.url).returncode == 1
        assert fleet.log.read_text().count("init     | once") == 2, "what they had made is gone"


def test_a_service_that_somebody_else_stops_is_not_said_to_have_died(own_fleet: Running) -> None:
    pid = own_fleet.service_pids()["sqs"]
    os.kill(pid, signal.SIGINT)
    wait_for_line(own_fleet, r"fleet    \| sqs was stopped, not by this fleet \(exit status 0\); it is started again.*")


def test_every_line_of_the_log_has_its_process_in_front(own_fleet: Running) -> None:
    own_fleet.environment["DEBUG"] = "1"
    own_fleet.restart()
    own_fleet.client("sqs").list_queues()
    own_fleet.stop()
    lines = own_fleet.log.read_text().splitlines()
    assert any(line.startswith("sqs      | ") and "ListQueues" in line for line in lines)
    ours = re.compile(r"(Ready\.$|RustStack |  |$|(fleet|gateway|s3|dynamodb|sqs|sns|migrate) +\| )")
    assert [line for line in lines if not ours.match(line)] == []


def test_config_shows_every_setting_with_its_origin() -> None:
    done = ruststack("config", SERVICES="s3", RUSTSTACK_PORT="5000")
    assert done.returncode == 0
    lines = {line.split()[0]: line.split()[1:3] for line in done.stdout.splitlines()[1:] if line[0] != " "}
    assert lines["RUSTSTACK_PORT"] == ["5000", "RUSTSTACK_PORT"]
    assert lines["SERVICES"] == ["s3", "SERVICES"]
    folder, origin = lines["RUSTSTACK_DATA_DIR"]
    assert (Path(folder).is_absolute(), origin) == (True, "default")
    assert "RUSTSTACK_SQS_DATABASE_URL" in lines


def test_health_reset_and_clock_are_commands(own_fleet: Running) -> None:
    endpoint = ("--endpoint-url", own_fleet.url)
    shown = ruststack("health", *endpoint)
    assert shown.returncode == 0
    assert [line.split()[:2] for line in shown.stdout.splitlines()] == [
        [name, "running"] for name in own_fleet.service_pids()
    ]
    sqs = own_fleet.client("sqs")
    sqs.create_queue(QueueName="queue")
    assert ruststack("reset", "--service", "sqs", *endpoint).returncode == 0
    assert "QueueUrls" not in sqs.list_queues()
    assert ruststack("clock", "advance", "60", *endpoint).stdout == "60 s forward\n"
    assert "Z (60 s ahead of this machine's)" in ruststack("clock", *endpoint).stdout
    assert ruststack("clock", "set", "2030-01-01", *endpoint).stdout.startswith("2030-01-01T00:00:0")
    assert "s behind this machine's" in ruststack("clock", "set", "2020-01-01T12:00:00+01:00", *endpoint).stdout
    assert "from the year 2000 to 2199" in refusal("clock", "set", "9999-01-01", *endpoint)
    assert " " not in ruststack("clock", "reset", *endpoint).stdout
    assert own_fleet.get("/_ruststack/clock")["offset"] == 0
    own_fleet.stop()
    assert "no fleet answers at" in refusal("health", *endpoint)


def test_migrate_makes_the_databases(tmp_path: Path) -> None:
    done = ruststack("migrate", "--services", "sqs,sns", "--data-dir", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "at the newest schema: sqs, sns\n")
    assert {path.name for path in tmp_path.glob("*.db")} == {"sqs.db", "sns.db"}


def test_a_new_database_is_no_matter_for_the_log(tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"PERSISTENCE": "0"}) as fleet:
        wait_for_line(fleet, "Ready.")
        text = fleet.log.read_text()
    assert "alembic" not in text
    assert "nothing is kept" in text


def test_the_lines_to_paste_work(tmp_path: Path) -> None:
    with running_fleet(tmp_path, "--host", "localhost") as fleet:
        wait_for_line(fleet, "Ready.")
        text = fleet.log.read_text()
        assert f"endpoint  http://localhost:{fleet.port}" in text
        assert f"data      {fleet.data_dir}" in text
        assert "account   000000000000" in text
        lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
        assert len(lines) == 3
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-ec", "\n".join(lines)],
            env=clean_environment(PATH=path),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "hello"), done


def test_localstacks_health_is_answered(fleet: Running) -> None:
    health = fleet.get("/_localstack/health")
    assert {health["services"][name] for name in ("s3", "dynamodb", "sqs", "sns")} == {"running"}
