"""The package, as a user gets it: built, installed into an empty environment, run in a folder with names like ours."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from tests.processes import ROOT, clean_environment, free_port

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "-q", "--outdir", str(folder), str(ROOT)], check=True, timeout=300)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `ruststack` command of an environment that holds nothing else."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    wheel = next(built.glob("*.whl"))
    pip = [str(environment / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, str(wheel)], check=True, timeout=300)
    return environment / "bin" / "ruststack"


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """A user's folder whose names are those of our packages, and of what they import."""
    folder = tmp_path / "application"
    for package in ("services", "tests", "awskit", "console"):
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text("raise RuntimeError('the user of this module is not RustStack')")
    for module in ("gateway", "logging", "settings"):
        (folder / f"{module}.py").write_text("raise RuntimeError('the user of this module is not RustStack')")
    return folder


@pytest.fixture
def running(installed: Path, application: Path, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """An installed fleet that runs in the user's folder: its address, and what it has printed so far."""
    port = free_port()
    environment = clean_environment(XDG_DATA_HOME=str(tmp_path / "kept"))
    output = tmp_path / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [str(installed), "up", "--port", str(port)], cwd=application, env=environment, stdout=file, stderr=file
        )
    try:
        for _ in range(600):
            if process.poll() is not None or "Ready." in output.read_text():
                break
            time.sleep(0.05)
        yield f"http://localhost:{port}", output.read_text()
    finally:
        process.terminate()
        process.wait(20)


def test_a_wheel_has_one_importable_name(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        metadata = next(wheel.read(name).decode() for name in names if name.endswith(".dist-info/METADATA"))
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ruststack"}
    assert {"ruststack/py.typed", "ruststack/awskit/wire/specs/s3.json"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    extras = [f"Provides-Extra: {extra}" for extra in ("postgresql", "otel", "pytest")]
    for line in ("License-Expression: Apache-2.0", *extras, "# RustStack"):
        assert line in metadata


def test_it_runs_in_a_folder_that_has_our_names(running: tuple[str, str], application: Path, tmp_path: Path) -> None:
    url, output = running
    assert "Ready." in output, output
    answer = httpx.get(f"{url}/_ruststack/health")
    assert (answer.status_code, set(answer.json()["services"])) == (200, {"s3", "dynamodb", "sqs", "sns"})
    page = httpx.get(f"{url}/_ruststack/console/000000000000/us-east-1/", timeout=60)
    assert (page.status_code, ">DynamoDB</a>" in page.text) == (200, True)
    style = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert httpx.get(url + style, timeout=60).headers["content-type"] == "text/css; charset=utf-8"
    before = {"services", "tests", "awskit", "console", "gateway.py", "logging.py", "settings.py"}
    assert {path.name for path in application.iterdir()} - {"__pycache__"} == before
    assert (tmp_path / "kept" / "ruststack" / "sqs.db").exists()


def test_what_only_asks_works_there_too(installed: Path, application: Path) -> None:
    asked = subprocess.run([str(installed), "--version"], cwd=application, capture_output=True, text=True, check=True)
    assert asked.stdout.startswith("ruststack ")
    listed = subprocess.run(
        [str(installed.with_name("python")), "-P", "-c", "import ruststack, json; print(json.dumps(dir(ruststack)))"],
        cwd=application,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "__path__" in json.loads(listed.stdout)


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("uv", ["uv", "tool", "run", "--from", "{wheel}", "ruststack"]),
        ("pipx", ["pipx", "run", "--spec", "{wheel}", "ruststack"]),
    ],
)
def test_it_runs_without_being_installed(tool: str, words: list[str], built: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = str(environment / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", tool], check=True, timeout=300)
    wheel = str(next(built.glob("*.whl")))
    command = [str(environment / "bin" / words[0]), *(word.format(wheel=wheel) for word in words[1:])]
    own = {"UV_CACHE_DIR": str(tmp_path / "uv"), "PIPX_HOME": str(tmp_path / "pipx"), "XDG_CACHE_HOME": str(tmp_path)}
    given = {**clean_environment(**own), "PIPX_DEFAULT_PYTHON": sys.executable, "UV_PYTHON": sys.executable}
    for arguments, said in ((["--version"], "ruststack "), (["env"], "export AWS_ENDPOINT_URL=")):
        done = subprocess.run(
            [*command, *arguments], env=given, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.stdout.startswith(said), done


def test_an_installed_one_runs_in_the_background(installed: Path, application: Path, tmp_path: Path) -> None:
    own = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_STATE_HOME": str(tmp_path / "state")}
    environment = clean_environment(RUSTSTACK_PORT=str(free_port()), **own)
    environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1"  # whose extra has not been installed

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(installed), *arguments]
        return subprocess.run(command, env=environment, cwd=application, capture_output=True, text=True, check=False)

    started = run("up", "-d")
    try:
        assert started.returncode == 0, started
        assert f"data      {tmp_path}/data/ruststack" in started.stdout
        assert run("health").returncode == 0
        assert "pip install 'ruststack[otel]'" in run("logs").stdout
    finally:
        stopped = run("stop")
    assert stopped.stdout.startswith("stopped: ")


def test_the_pytest_example_runs_with_nothing_but_the_package(installed: Path, built: Path, tmp_path: Path) -> None:
    """As a user has it: the extra brings pytest and boto3, pytest finds the fixtures by the entry point."""
    pip = [str(installed.with_name("python")), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    wheel = next(built.glob("*.whl"))
    subprocess.run([*pip, f"{wheel}[pytest]", "pytest-xdist"], check=True, timeout=300)
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / "pytest", project)
    command = [str(installed.with_name("pytest")), "-q", "-n", "4"]
    done = subprocess.run(
        command, cwd=project, env=clean_environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert re.search(r"^7 passed in", done.stdout, re.MULTILINE), done.stdout + done.stderr


def test_the_github_workflow_is_one_and_its_steps_run(installed: Path, tmp_path: Path) -> None:
    example = ROOT / "examples" / "github-actions"
    workflow = example / ".github" / "workflows" / "test.yml"
    checked = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow)]
    schema = subprocess.run(checked, capture_output=True, text=True, timeout=60, check=False)
    assert schema.returncode == 0, schema.stdout + schema.stderr

    project = tmp_path / "project"
    shutil.copytree(example, project)
    job = yaml.safe_load(workflow.read_text())["jobs"]["test"]
    environment = clean_environment(
        PATH=f"{installed.parent}:{Path(sys.executable).parent}:/usr/bin:/bin",
        RUSTSTACK_PORT=str(free_port()),
        XDG_STATE_HOME=str(tmp_path / "state"),
        **job["env"],
    )
    handed_on = tmp_path / "environment"
    failed: list[str] = []
    output = ""
    for step in job["steps"]:
        if "run" in step and (not failed or step.get("if") == "always()"):
            handed_on.touch()
            given = dict(line.split("=", 1) for line in handed_on.read_text().splitlines())
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", step["run"]],  # as GitHub's runners do
                cwd=project,
                env={**environment, **given, "GITHUB_ENV": str(handed_on)},
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            output += f"{step['name']}:\n{done.stdout}{done.stderr}"
            if done.returncode != 0:
                failed.append(step["name"])
    assert failed == [], output
    assert "PutItem greetings -> 200" in output
    assert "stopped: " in output
