"""Real clients against a running fleet: boto3, the AWS CLI, the JavaScript SDK, sqs-consumer and Celery."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.aws_cli import AwsCli
from tests.processes import ROOT, Running, clean_environment

JAVASCRIPT = Path(__file__).with_name("javascript")


def test_boto3(fleet: Running, account_id: str) -> None:
    sqs = fleet.client("sqs", account_id=account_id)
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="q", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})["QueueUrl"]
    assert url == f"{fleet.url}/{account_id}/q"
    attributes = {"bytes": {"DataType": "Binary", "BinaryValue": bytes(range(256))}}
    sqs.send_message(QueueUrl=url, MessageBody="<&>é", MessageAttributes=attributes)
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"])["Messages"]
    assert (message["Body"], message["MessageAttributes"]) == ("<&>é", attributes)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    (buried,) = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=1)["Messages"]
    assert buried["MessageId"] == message["MessageId"]
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    names = [f"page-{number}" for number in range(5)]
    for name in names:
        sqs.create_queue(QueueName=name)
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix="page-", PaginationConfig={"PageSize": 2})
    assert [url.rsplit("/")[-1] for page in pages for url in page["QueueUrls"]] == names
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as raised:
        sqs.receive_message(QueueUrl=url + "x")
    assert raised.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    with pytest.raises(sqs.exceptions.QueueNameExists):
        sqs.create_queue(QueueName="page-0", Attributes={"DelaySeconds": "1"})
    sqs.close()


def test_queue_urls_of_elasticmq(fleet: Running, unique_name: str) -> None:
    """`/queue/NAME`, in a parameter of a signed request, and as the path of one without signature and version."""
    sqs = fleet.client("sqs")
    sqs.create_queue(QueueName=unique_name)
    url = f"{fleet.url}/queue/{unique_name}"
    assert httpx.post(url, data={"Action": "SendMessage", "MessageBody": "form"}).status_code == 200
    assert httpx.get(url, params={"Action": "SendMessage", "MessageBody": "query"}).status_code == 200
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in received] == ["form", "query"]
    sqs.delete_queue(QueueUrl=url)
    sqs.close()


def test_boto3_resource(fleet: Running, account_id: str) -> None:
    import boto3

    session = boto3.session.Session(account_id, "test", region_name="us-east-1")
    resource = session.resource("sqs", endpoint_url=fleet.url)
    queue = resource.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})
    for number in range(3):
        queue.send_message(MessageBody=str(number), MessageGroupId="g", MessageDeduplicationId=str(number))
    queue.reload()
    assert queue.attributes["ApproximateNumberOfMessages"] == "3"
    messages = queue.receive_messages(MaxNumberOfMessages=10, AttributeNames=["All"])
    assert [message.body for message in messages] == ["0", "1", "2"]
    for message in messages:
        message.delete()
    assert resource.get_queue_by_name(QueueName="q.fifo").url == queue.url
    resource.meta.client.close()


def test_the_aws_cli(fleet: Running, unique_name: str) -> None:
    aws = AwsCli(fleet.url)
    url = aws.json("sqs", "create-queue", "--queue-name", unique_name)["QueueUrl"]
    sent = aws.json("sqs", "send-message", "--queue-url", url, "--message-body", "from the CLI")
    assert sent["MD5OfMessageBody"] == hashlib.md5(b"from the CLI").hexdigest()
    (message,) = aws.json("sqs", "receive-message", "--queue-url", url)["Messages"]
    assert message["Body"] == "from the CLI"
    aws.run("sqs", "delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
    attributes = aws.json("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
    aws.run("sqs", "delete-queue", "--queue-url", url)


@pytest.fixture(scope="module")
def javascript() -> Path:
    """A folder with the scripts and their packages, installed once and kept below `.cache`."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("node and npm are not on this machine")
    package = (JAVASCRIPT / "package.json").read_bytes()
    folder = ROOT / ".cache" / f"javascript-sqs-{hashlib.sha256(package).hexdigest()[:12]}"
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.{os.getpid()}")
        making.mkdir(parents=True)
        (making / "package.json").write_bytes(package)
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        done = subprocess.run(command, cwd=making, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode != 0:
            shutil.rmtree(making)
            pytest.skip(f"npm install failed: {done.stderr[-500:]}")
        making.rename(folder)
    for script in JAVASCRIPT.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


@pytest.mark.parametrize("script", ["sdk.mjs", "consumer.mjs"])
def test_javascript(fleet: Running, javascript: Path, unique_name: str, script: str) -> None:
    done = subprocess.run(
        ["node", script, fleet.url, unique_name],
        cwd=javascript,
        capture_output=True,
        text=True,
        timeout=90,
        env=clean_environment(),
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stdout + done.stderr


@pytest.fixture
def celery(fleet: Running, tmp_path: Path, unique_name: str) -> Iterator[Any]:
    """A worker at work, and the environment in which its tasks are sent."""
    environment = clean_environment(
        TEST_BROKER=f"sqs://test:test@127.0.0.1:{fleet.port}",
        TEST_PREFIX=f"{unique_name}-",
        TEST_FOLDER=str(tmp_path),
        PYTHONPATH=str(Path(__file__).parent),
        AWS_DEFAULT_REGION="us-east-1",
    )
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "celery_tasks",
        "worker",
        "--concurrency",
        "2",
        "--pool",
        "threads",
    ]
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=tmp_path)
    try:
        yield environment
    finally:
        worker.terminate()
        worker.wait(20)


def test_celery(celery: dict[str, str], tmp_path: Path, fleet: Running, unique_name: str) -> None:
    code = (
        "from celery_tasks import add, fail_twice, large\n"
        "for number in range(10): add.delay(f'sum-{number}', number, 1)\n"
        "fail_twice.delay()\n"
        "large.delay('x' * 150_000)\n"
        "add.apply_async(('later', 20, 3), countdown=1)\n"
    )
    subprocess.run([sys.executable, "-c", code], env=celery, timeout=60, check=True)
    expected = {f"sum-{number}": str(number + 1) for number in range(10)}
    expected |= {"retried": "2", "large": "150000", "later": "23"}
    deadline = time.monotonic() + 60
    while True:
        found = {name: (tmp_path / name).read_text() for name in expected if (tmp_path / name).exists()}
        if found == expected:
            break
        assert time.monotonic() < deadline, (found, (tmp_path / "worker.log").read_text())
        time.sleep(0.05)
    sqs = fleet.client("sqs")
    url = sqs.get_queue_url(QueueName=f"{unique_name}-celery")["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    deadline = time.monotonic() + 20
    while set(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()) != {"0"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    sqs.close()
