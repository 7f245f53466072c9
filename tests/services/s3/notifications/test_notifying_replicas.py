"""Two replicas tell SQS of what is put at either; one is killed: each event comes, of who lives once."""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from tests.processes import Running, running_service
from tests.waiting import wait_until

_KEYS = 40


@pytest.fixture
def sqs(tmp_path: Path) -> Iterator[Running]:
    with running_service("sqs", tmp_path / "sqs") as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def replicas(request: pytest.FixtureRequest, tmp_path: Path, sqs: Running) -> Iterator[list[Running]]:
    environment = {
        "RUSTSTACK_FLEET": "two",
        "RUSTSTACK_DATA_DIR": str(tmp_path / "shared"),
        "RUSTSTACK_SQS_URL": sqs.url,
    }
    if request.param == "postgresql":
        environment["RUSTSTACK_S3_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    with ExitStack() as stack:
        yield [
            stack.enter_context(running_service("s3", tmp_path / name, environment=environment)) for name in ("a", "b")
        ]


class _Writer:
    """Puts keys of its own until its replica goes."""

    def __init__(self, name: str, client: Any) -> None:
        self._name = name
        self._client = client
        self.done: list[str] = []
        self.thread = threading.Thread(target=self._put)
        self.thread.start()

    def _put(self) -> None:
        try:
            for number in range(_KEYS):
                key = f"{self._name}-{number}"
                self._client.put_object(Bucket="bucket", Key=key, Body=b"x")
                self.done.append(key)
        except (BotoCoreError, OSError):
            return


@pytest.mark.timeout(240)
def test_one_is_killed(replicas: list[Running], sqs: Running) -> None:
    queues = sqs.client("sqs")
    url = queues.create_queue(QueueName="events")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    victim, other = (replica.client("s3") for replica in replicas)
    victim.create_bucket(Bucket="bucket")
    other.put_bucket_notification_configuration(
        Bucket="bucket",
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
    )
    writers = [_Writer("killed", victim), _Writer("other", other)]
    wait_until(lambda: len(writers[0].done) > _KEYS // 3)
    assert replicas[0].process is not None
    replicas[0].process.send_signal(signal.SIGKILL)
    for writer in writers:
        writer.thread.join(100)
    assert len(writers[1].done) == _KEYS
    wanted = {key for writer in writers for key in writer.done}
    seen: Counter[str] = Counter()

    def has_everything() -> bool:
        answer = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", ()):
            seen.update(record["s3"]["object"]["key"] for record in json.loads(message["Body"]).get("Records", ()))
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if "Messages" not in answer:
            replicas[1].advance_clock(61)  # what the one that was killed had in hand is another's then
        return wanted <= set(seen)

    wait_until(has_everything)
    assert {seen[key] for key in writers[1].done} == {1}
    for client in (queues, victim, other):
        client.close()
