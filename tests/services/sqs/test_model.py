"""A model of a queue, and the service held against it under random sends, receives, deletes, hiding, clock moves.

For a standard queue the model says which messages may be received (any that is visible, none that is hidden); for a
FIFO queue it says exactly which one comes next of each group. Both say what is counted, and what is deduplicated.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from awskit.clock import ManualClock
from awskit.service.application import Application
from services.sqs.app import create_service
from services.sqs.settings import SqsSettings
from tests.services.sqs.conftest import Refused, Sqs

T = TypeVar("T")
TIMEOUT, RETENTION, DELAY = 30, 600, 5


@dataclass
class Expected:
    """A message in the model. Times are the clock's; `receives` is how often it was received."""

    message_id: str
    body: str
    group: str
    sent_at: float
    visible_at: float
    receives: int = 0
    handle: str = ""
    older_handle: str = ""

    def is_hidden(self, now: float) -> bool:
        return self.visible_at > now


class QueueModel(RuleBasedStateMachine):
    """What both kinds have in common. `fifo` and `template` are set by the subclasses and the fixture."""

    fifo = False
    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="sqs-model-"))
        self.loop = asyncio.new_event_loop()
        shutil.copy(self.template, self.folder / "sqs.db")
        self.clock = ManualClock()
        self.messages: list[Expected] = []
        self.answered: dict[str, tuple[float, str]] = {}
        self.sequence = 0
        self.start()

    def start(self) -> None:
        self.service = create_service(SqsSettings(database_url=f"sqlite:///{self.folder}/sqs.db"), self.clock)
        self.sqs = Sqs(self.service, Application(self.service), self.clock)

    def run_now(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.service.runtime.database.close()
        self.loop.close()
        shutil.rmtree(self.folder)

    @initialize()
    def create(self) -> None:
        attributes = {"VisibilityTimeout": str(TIMEOUT), "MessageRetentionPeriod": str(RETENTION)}
        self.url = self.run_now(self.sqs.queue("q.fifo" if self.fifo else "q", **attributes))

    @property
    def now(self) -> float:
        return self.clock.now()

    def expire(self) -> None:
        self.messages = [message for message in self.messages if message.sent_at + RETENTION > self.now]

    @rule(seconds=st.sampled_from([0.5, 4, 10, 29.5, 30, 100, 299]))
    def move_clock(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.expire()

    @rule()
    def restart(self) -> None:
        self.service.runtime.database.close()
        self.start()

    def in_flight(self) -> list[Expected]:
        return [message for message in self.messages if message.receives and message.is_hidden(self.now)]

    @precondition(lambda self: self.in_flight())
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(self.in_flight()))
        self.run_now(self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message.handle))
        self.messages.remove(message)

    @precondition(lambda self: self.in_flight())
    @rule(data=st.data(), seconds=st.sampled_from([0, 1, 10, 60]))
    def change_visibility(self, data: st.DataObject, seconds: int) -> None:
        message = data.draw(st.sampled_from(self.in_flight()))
        self.run_now(
            self.sqs.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=message.handle, VisibilityTimeout=seconds
            )
        )
        message.visible_at = self.now + seconds

    def take(self, most: int, timeout: int) -> list[tuple[Any, Expected]]:
        """Receive, and hold each message against the model; what is received is then in flight."""
        received = self.run_now(self.sqs.take(self.url, most, VisibilityTimeout=timeout))
        found = {message.message_id: message for message in self.messages}
        pairs = []
        for message in received:
            expected = found.pop(message["MessageId"])  # each at most once
            assert message["Body"] == expected.body
            assert not expected.is_hidden(self.now)
            expected.receives += 1
            assert message["Attributes"]["ApproximateReceiveCount"] == str(expected.receives)
            expected.older_handle, expected.handle = expected.handle, message["ReceiptHandle"]
            pairs.append((message, expected))
        return pairs

    @invariant()
    def counts_hold(self) -> None:
        if not hasattr(self, "url"):
            return
        hidden = [message for message in self.messages if message.is_hidden(self.now)]
        in_flight = sum(message.receives > 0 for message in hidden)
        expected = (len(self.messages) - len(hidden), in_flight, len(hidden) - in_flight)
        assert self.run_now(self.sqs.counts(self.url)) == expected


class StandardQueue(QueueModel):
    @rule(delay=st.sampled_from([0, 0, 0, DELAY]), group=st.sampled_from([None, None, "a", "b"]))
    def send(self, delay: int, group: str | None) -> None:
        self.sequence += 1
        given: dict[str, Any] = {"DelaySeconds": delay}
        if group is not None:
            given["MessageGroupId"] = group
        (sent,) = self.run_now(self.sqs.send(self.url, f"body {self.sequence}", **given))
        message_id = sent["MessageId"]
        self.messages.append(Expected(message_id, f"body {self.sequence}", "", self.now, self.now + delay))

    @rule(most=st.integers(1, 10), timeout=st.sampled_from([0, 1, TIMEOUT]))
    def receive(self, most: int, timeout: int) -> None:
        visible = sum(not message.is_hidden(self.now) for message in self.messages)
        pairs = self.take(most, timeout)
        assert len(pairs) == min(most, visible)
        for _, message in pairs:
            message.visible_at = self.now + timeout

    @precondition(lambda self: any(message.older_handle for message in self.messages))
    @rule()
    def delete_with_the_handle_of_an_earlier_receive(self) -> None:
        deleted = next(message for message in self.messages if message.older_handle)
        self.run_now(self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=deleted.older_handle))
        self.messages.remove(deleted)


class FifoQueue(QueueModel):
    fifo = True

    @rule(group=st.sampled_from("abc"), deduplication=st.integers(1, 12))
    def send(self, group: str, deduplication: int) -> None:
        self.sequence += 1
        body = f"body {self.sequence}"
        given = {"MessageGroupId": group, "MessageDeduplicationId": str(deduplication)}
        (sent,) = self.run_now(self.sqs.send(self.url, body, **given))
        before = self.answered.get(str(deduplication))
        if before is not None and self.now < before[0] + 300:
            assert sent["MessageId"] == before[1]
            return
        assert before is None or sent["MessageId"] != before[1]
        self.answered[str(deduplication)] = (self.now, sent["MessageId"])
        self.messages.append(Expected(sent["MessageId"], body, group, self.now, self.now))

    def available(self) -> dict[str, list[Expected]]:
        """The messages of each group in their order, up to the first that is hidden."""
        groups: dict[str, list[Expected]] = {}
        barred: set[str] = set()
        for message in self.messages:
            if message.is_hidden(self.now):
                barred.add(message.group)
            elif message.group not in barred:
                groups.setdefault(message.group, []).append(message)
        return groups

    @rule(most=st.integers(1, 10), timeout=st.sampled_from([0, 1, TIMEOUT]))
    def receive(self, most: int, timeout: int) -> None:
        available = self.available()
        pairs = self.take(most, timeout)
        assert len(pairs) == min(most, sum(map(len, available.values())))
        for _, message in pairs:
            assert message is available[message.group].pop(0)
        for _, message in pairs:
            message.visible_at = self.now + timeout

    @precondition(lambda self: any(m.receives and not m.is_hidden(self.now) for m in self.messages))
    @rule()
    def delete_too_late(self) -> None:
        message = next(m for m in self.messages if m.receives and not m.is_hidden(self.now))
        with pytest.raises(Refused, match="expired"):
            self.run_now(self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message.handle))


@pytest.mark.parametrize("model", [StandardQueue, FifoQueue])
def test_the_service_does_what_the_model_says(model: type[QueueModel], database_templates: Any) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    model.template = database_templates.sqlite("sqs")
    run_state_machine_as_test(
        model,
        settings=settings(
            max_examples=20,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
