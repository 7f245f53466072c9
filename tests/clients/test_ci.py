"""The page for CI: its files against their schemas, and the steps that they run, run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clients.cache import kept_folder, put_files
from tests.clients.pages import Page, read_page
from tests.clients.programs import build, run
from tests.processes import Running, clean_environment

pytestmark = pytest.mark.timeout(3000)
CHECKER = "check-jsonschema==0.39.0"


@pytest.fixture(scope="module")
def page() -> Page:
    return read_page("ci")


@pytest.fixture(scope="module")
def checker() -> Path:
    with kept_folder("check-jsonschema", CHECKER) as folder:
        program = folder / "bin" / "check-jsonschema"
        if not program.exists():
            build([sys.executable, "-m", "venv", folder], folder)
            build([folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check", CHECKER], folder)
        return program


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        (".github/workflows/test.yml", "vendor.github-workflows"),
        (".gitlab-ci.yml", "vendor.gitlab-ci"),
        (".devcontainer/compose.yaml", "vendor.compose-spec"),
    ],
)
def test_a_file_is_of_its_schema(page: Page, checker: Path, tmp_path: Path, file: str, schema: str) -> None:
    put_files(tmp_path, {file: page.files[file]})
    run([checker, "--builtin-schema", schema, file], tmp_path)


def test_the_workflow(page: Page, fleet: Running, tmp_path: Path) -> None:
    job = yaml.safe_load(page.files[".github/workflows/test.yml"])["jobs"]["test"]
    said = [typed(step["run"], job["env"], fleet, tmp_path) for step in job["steps"] if "run" in step]
    assert "make_bucket: actions-bucket" in said[1]
    assert "actions-bucket" in said[2]
    assert "CreateBucket" in said[3]


def test_gitlabs_job(page: Page, fleet: Running, tmp_path: Path) -> None:
    job = yaml.safe_load(page.files[".gitlab-ci.yml"])["test"]
    lines = [line for line in (*job["before_script"], *job["script"]) if not line.startswith("pip install")]
    said = typed("\n".join(lines), job["variables"], fleet, tmp_path)
    assert said.strip() == f"http://127.0.0.1:{fleet.port}/000000000000/gitlab-queue"


def test_the_dev_container(page: Page, fleet: Running, tmp_path: Path) -> None:
    container = json.loads(page.files[".devcontainer/devcontainer.json"])
    services = yaml.safe_load(page.files[".devcontainer/compose.yaml"])["services"]
    service = services[container["service"]]
    assert f".devcontainer/{container['dockerComposeFile']}" in page.files
    assert [port.partition(":")[0] for port in container["forwardPorts"]] == ["aws"]
    assert set(service["depends_on"]) <= set(services)
    assert service["volumes"] == [f"..:{container['workspaceFolder']}"]
    typed(container["postStartCommand"], service["environment"], fleet, tmp_path)
    names = [bucket["Name"] for bucket in fleet.client("s3").list_buckets()["Buckets"]]
    assert "devcontainer-bucket" in names


def typed(script: str, variables: dict[str, Any], fleet: Running, folder: Path) -> str:
    """What the script prints under these variables, with the fleet in place of the job's service."""
    beside = Path(sys.executable).parent  # Python with boto3, and the AWS CLI
    given = {name: value.replace("aws:4566", "127.0.0.1:4566") for name, value in variables.items()}
    given = {name: value.replace(":4566", f":{fleet.port}") for name, value in given.items()}
    environment = clean_environment(**given)
    environment["PATH"] = f"{beside}:{environment['PATH']}"
    return run(["bash", "-euo", "pipefail", "-c", script], folder, environment)
