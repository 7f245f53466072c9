"""compose.yaml and the image on a real engine: built, brought up, used with the AWS CLI, restarted, removed."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.compose.hands_on import look_into
from tests.containers import built_image, compose_command, docker, wait_until_healthy
from tests.end_to_end import scenario
from tests.end_to_end.aws_cli import AwsCli
from tests.processes import ROOT, clean_environment, free_port
from tests.waiting import wait_until

pytestmark = [pytest.mark.timeout(1800)]
_BASE = "python:3.13-slim"
_MOST_MEGABYTES = 90
_FALLBACK_IMAGE = "ruststack-test-fallback"
POSTGRES_IMAGE = "ruststack-test-postgresql"


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    with built_image() as name:
        yield name


@dataclass
class Stack:
    """compose.yaml, and `files` over it, up under a project name and a port of its own."""

    project: str
    port: int
    image: str
    files: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def compose(self, *arguments: str, **variables: str) -> str:
        """`docker compose ...`, with such variables of the environment: `RUSTSTACK_CONSOLE="0"`."""
        images = {
            "RUSTSTACK_IMAGE": self.image,
            "RUSTSTACK_POSTGRESQL_IMAGE": self.image,
            "FALLBACK_IMAGE": _FALLBACK_IMAGE,
            "POSTGRES_IMAGE": POSTGRES_IMAGE,
        }
        environment = clean_environment(RUSTSTACK_PORT=str(self.port), **images, **variables)
        files = [part for file in ("compose.yaml", *self.files) for part in ("-f", file)]
        command = [*compose_command(), *files, "-p", self.project, *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def container(self, service: str) -> str:
        return self.compose("ps", "-q", service).strip()


@pytest.fixture(scope="module")
def stack(image: str) -> Iterator[Stack]:
    made = Stack(f"ruststack-{uuid.uuid4().hex[:8]}", free_port(), image)
    try:
        made.compose("up", "-d", "--no-build")
        wait_until_healthy(made.container("gateway"))
        yield made
    finally:
        made.compose("down", "-v", "--remove-orphans")


def test_the_first_day_through_the_gateways_container(stack: Stack, tmp_path: Path) -> None:
    cli = AwsCli(stack.url)
    scenario.make_objects(cli)
    digest = scenario.make_large_object(cli, tmp_path)
    scenario.make_table(cli)
    scenario.make_queues_and_topics(cli, stack.url)
    scenario.expect_queues_and_topics(cli, stack.url, "before the restart")

    stack.compose("restart")
    wait_until_healthy(stack.container("gateway"))

    scenario.expect_objects(cli, stack.url)
    scenario.expect_large_object(cli, tmp_path, digest)
    scenario.expect_table(cli)
    scenario.expect_queues_and_topics(cli, stack.url, "after the restart")
    scenario.expect_kept_message(cli, stack.url)


def test_it_is_looked_into_and_broken_on_purpose(stack: Stack) -> None:
    gateway = stack.container("gateway")
    look_into(stack.url, lambda *words: docker("exec", gateway, "ruststack", *words), "222233334444")
    assert docker("exec", gateway, "ruststack", "wait", "--timeout", "5") == "ready: http://localhost:4566"


def test_only_the_gateways_port_is_published_and_each_service_has_a_volume_of_its_own(stack: Stack) -> None:
    volumes = set()
    for service in ("gateway", "s3", "dynamodb", "sqs", "sns"):
        (found,) = json.loads(docker("inspect", stack.container(service)))
        published = {
            (port, host["HostIp"]) for port, hosts in found["NetworkSettings"]["Ports"].items() for host in hosts or ()
        }
        assert published == ({("4566/tcp", "127.0.0.1")} if service == "gateway" else set())
        assert found["Config"]["User"] == "ruststack"
        if service != "gateway":
            (mount,) = found["Mounts"]
            volumes.add(mount["Name"])
    assert len(volumes) == 4


def test_a_service_that_was_replaced_is_found_again(stack: Stack) -> None:
    # A new container has a new address behind the same host name.
    stack.compose("up", "-d", "--no-build", "--no-deps", "--force-recreate", "sqs")
    wait_until_healthy(stack.container("sqs"))
    cli = AwsCli(stack.url)
    cli.run("sqs", "create-queue", "--queue-name", "after-its-replacement")


def test_the_consoles_container_shows_changes_is_read_only_or_is_not_there(stack: Stack) -> None:
    base = "/_ruststack/console/000000000000/us-east-1/"
    wait_until_healthy(stack.container("console"))
    with httpx.Client(base_url=stack.url, timeout=60) as client:
        page = client.get("/", headers={"accept": "text/html"}, follow_redirects=True)
        assert page.url.path == base
        assert page.text.count(">running</span>") == 4
        given = {"_token": client.cookies["ruststack-console-token"], "name": "of-the-console"}
        made = client.post(f"{base}sqs/create-queue", data=given, headers={"origin": stack.url})
        assert made.status_code == 303, made.text
        assert "of-the-console" in AwsCli(stack.url).text("sqs", "list-queues")
        assert "of-the-console" in client.get(f"{base}sqs/queues").text

        stack.compose("up", "-d", "--no-build", "--no-deps", "console", RUSTSTACK_CONSOLE="readonly")
        wait_until_healthy(stack.container("console"))
        assert "of-the-console" in client.get(f"{base}sqs/queues").text
        assert client.get(f"{base}sqs/create-queue").status_code == 403
        assert client.post(f"{base}sqs/create-queue", data=given, headers={"origin": stack.url}).status_code == 403

        stack.compose("up", "-d", "--no-build", "--no-deps", "gateway", RUSTSTACK_CONSOLE="0")
        wait_until_healthy(stack.container("gateway"))
        assert client.get(f"{base}sqs/queues").status_code == 404
        assert "running" in client.get("/", headers={"accept": "text/html"}, follow_redirects=True).text
        stack.compose("up", "-d", "--no-build", "--no-deps", "gateway", "console")
        wait_until_healthy(stack.container("gateway"))


def test_the_image_alone_is_the_whole_fleet(image: str, tmp_path: Path) -> None:
    name, port = f"ruststack-{uuid.uuid4().hex[:8]}", free_port()
    scripts = tmp_path / "ready.d"
    scripts.mkdir()
    script = scripts / "bucket.sh"
    script.write_text("#!/bin/bash\nsleep 3\nawslocal s3 mb s3://made-at-start\n")
    script.chmod(0o755)
    (scripts / "queue.py").write_text("import boto3\nboto3.client('sqs').create_queue(QueueName='made-at-start')\n")
    tmp_path.chmod(0o755)
    mounted = f"{scripts}:/etc/localstack/init/ready.d:ro"
    docker("run", "-d", "--name", name, "-p", f"127.0.0.1:{port}:4566", "-v", mounted, image)
    try:
        wait_until_healthy(name)
        cli = AwsCli(f"http://localhost:{port}")
        scenario.make_objects(cli)
        scenario.expect_objects(cli, f"http://localhost:{port}")
        # healthy means that the scripts have been run
        assert "made-at-start" in cli.text("s3", "ls"), docker("logs", name)
        assert "made-at-start" in cli.text("sqs", "list-queues"), docker("logs", name)
        assert docker("exec", name, "ruststack", "wait", "--timeout", "1") == "ready: http://localhost:4566"
        assert "  ready" in docker("exec", name, "ruststack", "status")
        url = f"http://localhost:{port}"
        look_into(url, lambda *words: docker("exec", name, "ruststack", *words), "111122223333")
        started = time.monotonic()
        docker("stop", name)
        assert time.monotonic() - started < 10
        assert docker("inspect", "--format", "{{.State.ExitCode}}", name) == "0"
        assert "Ready." in docker("logs", name).splitlines()
    finally:
        docker("rm", "-f", "-v", name)


def test_a_seed_is_in_once_a_container_is_healthy_and_its_snapshot_is_taken_by_a_stack(
    stack: Stack, image: str, tmp_path: Path
) -> None:
    name, port = f"ruststack-{uuid.uuid4().hex[:8]}", free_port()
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "hello.txt").write_text("hello" * 50_000)
    (seeds / "seed.yaml").write_text(
        "queues: [{name: seeded}]\nbuckets: [{name: seeded, files: [{key: hello, path: hello.txt}]}]\n"
    )
    tmp_path.chmod(0o755)
    given = ["-e", "RUSTSTACK_SEED=/seed/seed.yaml", "-v", f"{seeds}:/seed:ro"]
    docker("run", "-d", "--name", name, "-p", f"127.0.0.1:{port}:4566", *given, image)
    try:
        wait_until_healthy(name)
        assert "seeded" in AwsCli(f"http://localhost:{port}").text("sqs", "list-queues"), docker("logs", name)
        assert docker("exec", name, "ruststack", "seed", "--dry-run", "/seed/seed.yaml") == "0 changes would be made"
        assert docker("exec", name, "ruststack", "snapshot", "save", "one").startswith("saved: one")
        with urllib.request.urlopen(f"http://localhost:{port}/_ruststack/snapshots/one/file", timeout=60) as answer:
            file = answer.read()
    finally:
        docker("rm", "-f", "-v", name)
    for path, body in (("file?name=taken", file), ("taken/load?account=000000000000", b"")):
        urllib.request.urlopen(f"{stack.url}/_ruststack/snapshots/{path}", body, timeout=120).close()
    cli = AwsCli(stack.url)
    assert "seeded" in cli.text("sqs", "list-queues")
    assert "hello" in cli.text("s3", "ls", "s3://seeded")
    seeding = stack.compose("--profile", "seed", "run", "--rm", "-T", "seed", RUSTSTACK_SEED=str(seeds))
    assert seeding.splitlines()[-1] == "0 changes made"


_IMPORTS = """
import os, sys
import gateway.__main__, ruststack.fleets.fleet
import services.dynamodb.__main__, services.s3.__main__, services.sns.__main__, services.sqs.__main__
loaded = {name: module for name, module in sys.modules.items() if type(module).__name__ == "module"}
print([name for name, module in loaded.items() if not os.path.exists(getattr(module, "__cached__", None) or "/")])
"""


def test_nothing_is_compiled_at_each_start(image: str) -> None:
    assert docker("run", "--rm", image, "python", "-c", _IMPORTS) == "[]"


def test_it_is_small_and_its_clients_work(image: str, record_property: Callable[[str, object], None]) -> None:
    sizes = [int(docker("image", "inspect", "--format", "{{.Size}}", name)) >> 20 for name in (image, _BASE)]
    record_property("figure", f"the image: {sizes[0]} MB, {sizes[0] - sizes[1]} of them above its base")
    assert sizes[0] - sizes[1] < _MOST_MEGABYTES
    name = f"ruststack-{uuid.uuid4().hex[:8]}"
    docker("run", "-d", "--name", name, image)
    try:
        wait_until_healthy(name)
        for command in (
            "s3 ls",
            "sqs list-queues",
            "sns list-topics",
            "dynamodb list-tables",
            "sts get-caller-identity",
        ):
            docker("exec", name, "awslocal", *command.split())
        script = (
            "import boto3; print(boto3.client('s3', endpoint_url='http://localhost:4566').list_buckets()['Buckets'])"
        )
        keys = ["-e", "AWS_ACCESS_KEY_ID=test", "-e", "AWS_SECRET_ACCESS_KEY=test"]
        assert docker("exec", *keys, name, "python", "-c", script) == "[]"
    finally:
        docker("rm", "-f", "-v", name)


def test_a_container_is_reached_by_https_under_its_own_name(stack: Stack, image: str, tmp_path: Path) -> None:
    script = (
        "import ssl, urllib.request as r;"
        "pem = r.urlopen('http://gateway:4566/_ruststack/ca.pem').read().decode();"
        "context = ssl.create_default_context(cadata=pem);"
        "print(r.urlopen('https://gateway:4566/_ruststack/health', context=context).status)"
    )
    network = f"{stack.project}_default"
    assert docker("run", "--rm", "--network", network, image, "python", "-c", script) == "200"


def test_a_process_alone_says_that_it_is_ready_and_little_else(stack: Stack) -> None:
    assert "Ready." in stack.compose("logs", "gateway")
    assert "alembic" not in stack.compose("logs")


def test_another_emulator_stands_behind_the_fleet(image: str, unique_name: str) -> None:
    docker("build", "--network", "host", "-q", "-t", _FALLBACK_IMAGE, "tests/fallback", timeout=1200)
    made = Stack(f"ruststack-{uuid.uuid4().hex[:8]}", free_port(), image, ("compose.fallback.yaml",))
    try:
        made.compose("up", "-d", "--no-build")
        wait_until_healthy(made.container("gateway"))
        cli = AwsCli(made.url)
        wait_until(lambda: '"fallback":{"*":{"status":"running"' in fetched(f"{made.url}/_ruststack/health"))
        cli.run("ssm", "put-parameter", "--name", unique_name, "--value", "beside", "--type", "String")
        assert cli.json("ssm", "get-parameter", "--name", unique_name)["Parameter"]["Value"] == "beside"
        cli.run("kinesis", "create-stream", "--stream-name", unique_name, "--shard-count", "1")
        scenario.make_table(cli)
        table = ("--table-name", scenario.TABLE)
        stream = f"arn:aws:kinesis:us-east-1:000000000000:stream/{unique_name}"
        cli.run("dynamodb", "enable-kinesis-streaming-destination", *table, "--stream-arn", stream)
        describe = ("dynamodb", "describe-kinesis-streaming-destination", *table)
        wait_until(lambda: '"ACTIVE"' in json.dumps(cli.json(*describe)))
    finally:
        made.compose("down", "-v", "--remove-orphans")  # the image stays: its packages take a minute


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        text: str = answer.read().decode()
        return text


def test_a_folder_of_another_users_is_refused_with_what_to_do(image: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    done = subprocess.run(
        ["docker", "run", "--rm", "-v", f"{folder}:/var/lib/ruststack", image],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "the data directory /var/lib/ruststack cannot be written to: Permission denied" in done.stderr
    assert "this process to user 1000: `chown -R 1000 /var/lib/ruststack`" in done.stderr
