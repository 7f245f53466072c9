"""`aws sns` against the fleet, as a shell user works with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Running, clean_environment

Aws = Callable[..., Any]


@pytest.fixture
def aws(fleet: Running) -> Aws:
    """`aws("sns", "list-topics")`: the answer's JSON."""
    program = Path(sys.executable).with_name("aws")
    environment = clean_environment(
        AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1", AWS_PAGER=""
    )

    def run(*arguments: str) -> Any:
        command = [str(program), "--endpoint-url", fleet.url, "--output", "json", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


def test_publish_and_receive(aws: Aws, unique_name: str) -> None:
    topic = aws("sns", "create-topic", "--name", unique_name)["TopicArn"]
    url = aws("sqs", "create-queue", "--queue-name", unique_name)["QueueUrl"]
    subscription = aws(
        *(
            "sns",
            "subscribe",
            "--topic-arn",
            topic,
            "--protocol",
            "sqs",
            "--notification-endpoint",
            f"arn:aws:sqs:us-east-1:000000000000:{unique_name}",
        ),
        *("--attributes", json.dumps({"RawMessageDelivery": "true", "FilterPolicy": '{"kind": ["order"]}'})),
    )["SubscriptionArn"]
    attributes = '{"kind": {"DataType": "String", "StringValue": "order"}}'
    aws("sns", "publish", "--topic-arn", topic, "--message", "hello", "--message-attributes", attributes)
    aws("sns", "publish", "--topic-arn", topic, "--message", "not for it")
    (message,) = aws("sqs", "receive-message", "--queue-url", url, "--max-number-of-messages", "10")["Messages"]
    assert message["Body"] == "hello"
    shown = aws("sns", "get-subscription-attributes", "--subscription-arn", subscription)["Attributes"]
    assert shown["Endpoint"] == f"arn:aws:sqs:us-east-1:000000000000:{unique_name}"
