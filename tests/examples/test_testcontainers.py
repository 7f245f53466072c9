"""testcontainers' LocalStack modules with RustStack's image: Python's here, Node's in its example."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.cache import kept_folder
from tests.containers import built_image
from tests.processes import ROOT, clean_environment

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    with built_image() as name:
        yield name


@pytest.mark.filterwarnings("ignore:The wait_for_logs function:DeprecationWarning")  # its own module calls it
def test_pythons(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")  # its image is not here
    from testcontainers.community.localstack import LocalStackContainer

    with LocalStackContainer(image).with_services("s3", "sqs", "lambda", "cloudwatch") as container:
        sqs = container.get_client("sqs")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        assert url.startswith(container.get_url())
        sqs.send_message(QueueUrl=url, MessageBody="tea")
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        assert message["Body"] == "tea"
        s3 = container.get_client("s3")
        s3.create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": container.region_name})
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["orders"]
        log = b"".join(container.get_logs()).decode()
        assert "SERVICES names lambda, which RustStack does not have: it is left out" in log
        for client in (sqs, s3):
            client.close()


def test_nodes_by_its_example(image: str, tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("node and npm are not on this machine")
    example = ROOT / "examples" / "node-testcontainers"
    with kept_folder("node-testcontainers", (example / "package.json").read_text()) as folder:
        shutil.copytree(example, folder, dirs_exist_ok=True)
        if not (folder / "node_modules" / "@testcontainers").exists():
            install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
            installed = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
            if installed.returncode != 0:
                pytest.skip(f"npm install failed: {installed.stderr[-500:]}")
        done = subprocess.run(
            ["npm", "test"],
            cwd=folder,
            env=clean_environment(TESTCONTAINERS_RYUK_DISABLED="true", RUSTSTACK_IMAGE=image),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert "pass 2" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
