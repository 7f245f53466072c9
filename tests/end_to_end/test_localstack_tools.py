"""LocalStack's own command-line tools, at a fleet that was told to start what RustStack does not have, too."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Running, clean_environment, running_fleet
from tests.terraform.provider import provider_mirror

pytestmark = pytest.mark.timeout(600)
_BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def localstacks_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    environment = {"SERVICES": "s3,sqs,sns:4575,dynamodb,sts,iam,lambda,cloudwatch:4582"}
    with running_fleet(tmp_path_factory.mktemp("fleet"), environment=environment) as running:
        yield running


def run(command: list[str], running: Running, folder: Path, **environment: str) -> str:
    given = {
        "AWS_ENDPOINT_URL": running.url,
        "LOCALSTACK_HOST": f"127.0.0.1:{running.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        **environment,
    }
    done = subprocess.run(
        command, cwd=folder, env=clean_environment(**given), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_awslocal(localstacks_user: Running, tmp_path: Path) -> None:
    def awslocal(*words: str) -> str:
        return run([str(_BIN / "awslocal"), *words], localstacks_user, tmp_path, PATH=f"{_BIN}:/usr/bin:/bin")

    awslocal("s3", "mb", "s3://by-awslocal")
    (tmp_path / "file").write_text("hello")
    awslocal("s3", "cp", "file", "s3://by-awslocal/key")
    assert awslocal("s3", "cp", "s3://by-awslocal/key", "-") == "hello"
    url = json.loads(awslocal("sqs", "create-queue", "--queue-name", "by-awslocal"))["QueueUrl"]
    topic = json.loads(awslocal("sns", "create-topic", "--name", "by-awslocal"))["TopicArn"]
    arn = "arn:aws:sqs:us-east-1:000000000000:by-awslocal"
    awslocal("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", arn)
    awslocal("sns", "publish", "--topic-arn", topic, "--message", "told")
    (message,) = json.loads(awslocal("sqs", "receive-message", "--queue-url", url))["Messages"]
    assert json.loads(message["Body"])["Message"] == "told"
    assert json.loads(awslocal("dynamodb", "list-tables"))["TableNames"] == []


_CONFIGURATION = """
resource "aws_s3_bucket" "orders" {
  bucket = "by-tflocal"

  server_side_encryption_configuration { # which every bucket has had since 2023, and this provider wants to be told
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm = "AES256"
      }
    }
  }
}

resource "aws_sqs_queue" "orders" {
  name = "by-tflocal"
}

resource "aws_sns_topic" "orders" {
  name = "by-tflocal"
}

resource "aws_sns_topic_subscription" "orders" {
  topic_arn = aws_sns_topic.orders.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.orders.arn
}

resource "aws_dynamodb_table" "orders" {
  name         = "by-tflocal"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "number"

  attribute {
    name = "number"
    type = "S"
  }
}
"""


# tflocal writes for providers newer than this test's, which is the newest that PyPI has: endpoints of services that it
# does not know, and a setting that it knows by its former name.
_TERRAFORM = """#!/usr/bin/env python3
import os, pathlib, re, sys
file = pathlib.Path("localstack_providers_override.tf")
if file.exists():
    endpoint = re.compile(r'^ +(\\w+) += "http://.*"$')
    known = {"dynamodb", "iam", "s3", "sns", "sqs", "sts"}
    lines = file.read_text().replace("s3_use_path_style", "s3_force_path_style").splitlines()
    file.write_text(chr(10).join(l for l in lines if not (m := endpoint.match(l)) or m[1] in known))
os.execvp("terraform", ["terraform", *sys.argv[1:]])
"""


@pytest.mark.skipif(shutil.which("terraform") is None, reason="no terraform on this machine")
def test_tflocal(localstacks_user: Running, tmp_path: Path) -> None:
    mirror = json.dumps(str(provider_mirror()))
    (tmp_path / "terraform.rc").write_text(f"provider_installation {{\n  filesystem_mirror {{ path = {mirror} }}\n}}\n")
    (tmp_path / "main.tf").write_text(_CONFIGURATION)
    terraform = tmp_path / "terraform"
    terraform.write_text(_TERRAFORM)
    terraform.chmod(0o755)

    def tflocal(*words: str) -> str:
        settings = {"TF_CLI_CONFIG_FILE": str(tmp_path / "terraform.rc"), "TF_CMD": str(terraform)}
        settings["S3_HOSTNAME"] = "127.0.0.1"  # not every machine resolves s3.localhost.localstack.cloud
        command = [str(_BIN / "tflocal"), *words, "-no-color"]
        return run(command, localstacks_user, tmp_path, CHECKPOINT_DISABLE="1", **settings)

    tflocal("init", "-input=false")
    assert "5 added" in tflocal("apply", "-input=false", "-auto-approve")
    assert localstacks_user.client("dynamodb").list_tables()["TableNames"] == ["by-tflocal"]
    plan = tflocal("plan", "-input=false")
    assert "No changes" in plan, plan
    assert "5 destroyed" in tflocal("destroy", "-input=false", "-auto-approve")
    shutil.rmtree(tmp_path / ".terraform")
