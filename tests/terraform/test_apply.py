"""`terraform init`, `apply`, an empty `plan` and `destroy` with the real AWS provider."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import ACCOUNT_ID, Running, clean_environment
from tests.terraform.provider import provider_mirror

TERRAFORM = shutil.which("terraform")
pytestmark = [
    pytest.mark.skipif(TERRAFORM is None, reason="no terraform on this machine"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the wheel has the provider for x86_64 Linux only"),
    pytest.mark.timeout(600),
]


class Terraform:
    """One configuration in a folder of its own."""

    def __init__(self, folder: Path, endpoint: str, prefix: str) -> None:
        shutil.copy(Path(__file__).with_name("main.tf"), folder)
        configuration = folder / "terraform.rc"
        mirror = json.dumps(str(provider_mirror()))
        configuration.write_text(f"provider_installation {{\n  filesystem_mirror {{ path = {mirror} }}\n}}\n")
        self._folder = folder
        self._environment = clean_environment(
            TF_CLI_CONFIG_FILE=str(configuration),
            TF_IN_AUTOMATION="1",
            CHECKPOINT_DISABLE="1",
            TF_VAR_endpoint=endpoint,
            TF_VAR_prefix=prefix,
        )

    def run(self, *arguments: str) -> str:
        """Its output; AssertionError with it where the command fails."""
        command = [str(TERRAFORM), *arguments, "-no-color"]
        done = subprocess.run(
            command, cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def outputs(self) -> dict[str, str]:
        return {name: entry["value"] for name, entry in json.loads(self.run("output", "-json")).items()}


@pytest.fixture
def terraform(tmp_path: Path, fleet: Running, unique_name: str) -> Iterator[Terraform]:
    yield Terraform(tmp_path, fleet.url, unique_name[:20])
    shutil.rmtree(tmp_path / ".terraform", ignore_errors=True)


def test_apply_plan_and_destroy(
    terraform: Terraform, unique_name: str, s3_client: Any, dynamodb_client: Any, sqs_client: Any, sns_client: Any
) -> None:
    prefix = unique_name[:20]
    terraform.run("init", "-input=false")
    terraform.run("apply", "-input=false", "-auto-approve")
    outputs = terraform.outputs()
    assert outputs["account"] == ACCOUNT_ID
    assert s3_client.get_object(Bucket=f"{prefix}-bucket", Key="greeting")["Body"].read() == b"hello"
    table = dynamodb_client.describe_table(TableName=f"{prefix}-table")["Table"]
    assert table["TableStatus"] == "ACTIVE"
    queue = sqs_client.get_queue_attributes(QueueUrl=outputs["queue_url"], AttributeNames=["VisibilityTimeout"])
    assert queue["Attributes"] == {"VisibilityTimeout": "45"}
    sns_client.publish(TopicArn=outputs["topic_arn"], Message="from terraform's topic")
    received = sqs_client.receive_message(QueueUrl=outputs["queue_url"], WaitTimeSeconds=5)["Messages"]
    assert [message["Body"] for message in received] == ["from terraform's topic"]

    assert "No changes" in terraform.run("plan", "-input=false", "-detailed-exitcode")

    terraform.run("destroy", "-input=false", "-auto-approve")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3_client.list_objects_v2(Bucket=f"{prefix}-bucket")
    with pytest.raises(dynamodb_client.exceptions.ResourceNotFoundException):
        dynamodb_client.describe_table(TableName=f"{prefix}-table")
    with pytest.raises(sqs_client.exceptions.QueueDoesNotExist):
        sqs_client.get_queue_url(QueueName=f"{prefix}-queue")
    with pytest.raises(sns_client.exceptions.NotFoundException):
        sns_client.get_topic_attributes(TopicArn=outputs["topic_arn"])
