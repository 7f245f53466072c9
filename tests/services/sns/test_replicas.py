"""Three replicas of SNS on one database, two of SQS on another; one of each is killed: no notification is lost."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from tests.postgresql import PostgresqlServer
from tests.processes import Running, running_service
from tests.services.sns.delivery.receiver import Receiver, running_receiver
from tests.sizes import seconds, size
from tests.waiting import PATIENCE, wait_until

_PUBLISHERS, _PUBLISHES = 3, size(60, 3_334)


@pytest.fixture(params=["sqlite", "postgresql"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """One fleet, and a data folder or a server's databases."""
    environment = {"RUSTSTACK_FLEET": "both", "RUSTSTACK_DATA_DIR": str(tmp_path / "data")}
    with ExitStack() as stack:
        if request.param == "postgresql":
            server: PostgresqlServer = request.getfixturevalue("postgresql_server")
            for name in ("SNS", "SQS"):
                database = stack.enter_context(server.database())
                environment[f"RUSTSTACK_{name}_DATABASE_URL"] = server.url(database)
        yield environment


@pytest.fixture
def sqs(tmp_path: Path, environment: dict[str, str]) -> Iterator[list[Running]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(running_service("sqs", tmp_path / f"sqs-{number}", environment=environment))
            for number in range(2)
        ]


@pytest.fixture
def sns(tmp_path: Path, environment: dict[str, str], sqs: list[Running]) -> Iterator[list[Running]]:
    environment = {**environment, "RUSTSTACK_SQS_URL": ",".join(replica.url for replica in sqs)}
    with ExitStack() as stack:
        yield [
            stack.enter_context(running_service("sns", tmp_path / f"sns-{number}", environment=environment))
            for number in range(3)
        ]


class Publisher:
    """Publishes numbers in a row, and changes over to another replica when its own goes."""

    def __init__(self, number: int, clients: list[Any], topic_arn: str) -> None:
        self._number = number
        self._clients = clients
        self._topic_arn = topic_arn
        self.done = 0
        self.errors: list[Exception] = []
        self.thread = threading.Thread(target=self._publish_all)

    def _publish_all(self) -> None:
        turn = self._number
        try:
            while self.done < _PUBLISHES:
                try:
                    self._publish(self._clients[turn % len(self._clients)])
                except (BotoCoreError, OSError):
                    turn += 1
                else:
                    self.done += 1
        except Exception as error:
            self.errors.append(error)

    def _publish(self, client: Any) -> None:
        text = f"{self._number} {self.done}"
        order: dict[str, str] = {}
        if self._topic_arn.endswith(".fifo"):
            order = {"MessageGroupId": str(self._number), "MessageDeduplicationId": text.replace(" ", "-")}
        client.publish(TopicArn=self._topic_arn, Message=text, **order)


@pytest.mark.timeout(seconds(240))
@pytest.mark.parametrize("suffix", ["", ".fifo"])
def test_one_of_each_is_killed(
    sns: list[Running], sqs: list[Running], suffix: str, record_property: Callable[[str, object], None]
) -> None:
    clients = [replica.client("sns") for replica in sns]
    queues = sqs[0].client("sqs")
    attributes = {"FifoQueue": "true"} if suffix else {}
    topic_arn = clients[0].create_topic(Name=f"topic{suffix}", Attributes={"FifoTopic": "true"} if suffix else {})[
        "TopicArn"
    ]
    urls = []
    for number in range(3):
        url = queues.create_queue(QueueName=f"q{number}{suffix}", Attributes=attributes)["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        clients[number].subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
        urls.append(url)
    publishers = [Publisher(number, clients, topic_arn) for number in range(_PUBLISHERS)]
    for publisher in publishers:
        publisher.thread.start()
    everything = _PUBLISHERS * _PUBLISHES
    for share, victim in ((1, sns[1]), (2, sqs[1])):
        until = time.monotonic() + seconds(100)
        while sum(publisher.done for publisher in publishers) < everything * share // 3:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert victim.process is not None
        victim.process.send_signal(signal.SIGKILL)
    for publisher in publishers:
        publisher.thread.join(seconds(100))
    assert [publisher.errors for publisher in publishers] == [[]] * _PUBLISHERS
    sns[0].advance_clock(120)  # what the one that was killed had in hand is another's now
    sqs[0].advance_clock(120)
    wanted = {f"{number} {turn}" for number in range(_PUBLISHERS) for turn in range(_PUBLISHES)}
    again = 0
    for url in urls:
        received = _receive(queues, url, wanted)
        assert set(received) == wanted
        again += len(received) - len(wanted)
        if suffix:
            assert set(Counter(received).values()) == {1}
            for number in range(_PUBLISHERS):
                own = [text for text in received if text.startswith(f"{number} ")]
                assert own == [f"{number} {turn}" for turn in range(_PUBLISHES)]
    everywhere = len(urls) * len(wanted)
    record_property("figure", f"SNS{suffix}: {everywhere:,} notifications through two kills, {again:,} of them twice")
    assert again < everywhere // 10
    for client in (*clients, queues):
        client.close()


def _receive(queues: Any, url: str, wanted: set[str]) -> list[str]:
    received: list[str] = []
    until = time.monotonic() + seconds(40)
    while time.monotonic() < until:
        answer = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        if "Messages" not in answer and wanted <= set(received):
            break
        for message in answer.get("Messages", ()):
            received.append(json.loads(message["Body"])["Message"])
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return received


def test_what_one_changes_the_others_see(sns: list[Running], sqs: list[Running]) -> None:
    one, two, three = (replica.client("sns") for replica in sns)
    queues = sqs[0].client("sqs")
    topic_arn = one.create_topic(Name="topic")["TopicArn"]
    three.publish(TopicArn=topic_arn, Message="nobody hears it")
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = two.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    three.publish(TopicArn=topic_arn, Message="heard")
    (message,) = queues.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert json.loads(message["Body"])["Message"] == "heard"
    one.unsubscribe(SubscriptionArn=subscription)
    three.publish(TopicArn=topic_arn, Message="nobody hears it")
    assert "Messages" not in queues.receive_message(QueueUrl=url)
    two.delete_topic(TopicArn=topic_arn)
    with pytest.raises(three.exceptions.NotFoundException):
        three.publish(TopicArn=topic_arn, Message="nobody hears it")
    for client in (one, two, three, queues):
        client.close()


def test_what_one_was_to_try_again_another_posts_once(sns: list[Running]) -> None:
    one, victim, _ = (replica.client("sns") for replica in sns)
    with running_receiver() as receiver:
        topic_arn = one.create_topic(Name="topic")["TopicArn"]
        retries = {
            "minDelayTarget": 100,
            "maxDelayTarget": 100,
            "numRetries": 3,
            "numNoDelayRetries": 0,
            "numMinDelayRetries": 0,
            "numMaxDelayRetries": 0,
            "backoffFunction": "linear",
        }
        policy = json.dumps({"healthyRetryPolicy": retries})
        given = {"Protocol": "http", "Endpoint": receiver.url, "Attributes": {"DeliveryPolicy": policy}}
        one.subscribe(TopicArn=topic_arn, **given)
        (question,) = receiver.wait_for(1, PATIENCE)
        one.confirm_subscription(TopicArn=topic_arn, Token=question.document["Token"])
        receiver.posts.clear()
        receiver.status = 500
        for number in range(5):
            victim.publish(TopicArn=topic_arn, Message=str(number))
        receiver.wait_for(5, PATIENCE)
        assert sns[1].process is not None
        sns[1].process.send_signal(signal.SIGKILL)
        receiver.status = 200
        receiver.posts.clear()
        wait_until(lambda: _moved_until_posted(sns[0], receiver, 5))
        assert receiver.stays_at(5)
        assert sorted(post.document["Message"] for post in receiver.posts) == [str(number) for number in range(5)]


def _moved_until_posted(replica: Running, receiver: Receiver, count: int) -> bool:
    """Whether all is there; if not, the clock is moved on: who has died may have held it for a while."""
    if len(receiver.posts) < count:
        replica.advance_clock(101)
        time.sleep(0.5)
    return len(receiver.posts) >= count
