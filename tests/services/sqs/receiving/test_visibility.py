"""Visibility timeouts, ChangeMessageVisibility, receive counts, and how much may be in flight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.services.sqs.conftest import Refused, Sqs


async def test_a_message_that_is_not_deleted_comes_back_after_its_timeout(sqs: Sqs) -> None:
    url = await sqs.queue(VisibilityTimeout="10")
    await sqs.send(url, "x")
    (first,) = await sqs.take(url)
    assert await sqs.counts(url) == (0, 1, 0)
    sqs.clock.advance(9.9)
    assert await sqs.take(url) == []
    sqs.clock.advance(0.1)
    assert await sqs.counts(url) == (1, 0, 0)
    (second,) = await sqs.take(url)
    assert second["MessageId"] == first["MessageId"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    first_received = first["Attributes"]["ApproximateFirstReceiveTimestamp"]
    assert second["Attributes"]["ApproximateFirstReceiveTimestamp"] == first_received


async def test_a_receive_may_set_its_own_timeout(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "x")
    for _ in range(3):
        assert await sqs.bodies(url, VisibilityTimeout=0) == ["x"]
    assert await sqs.bodies(url, VisibilityTimeout=43_200) == ["x"]
    sqs.clock.advance(43_199)
    assert await sqs.bodies(url) == []
    sqs.clock.advance(1)
    assert await sqs.bodies(url) == ["x"]


async def test_a_message_whose_time_is_up_goes_behind_what_was_sent_since(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "first")
    assert await sqs.bodies(url, 1, VisibilityTimeout=3) == ["first"]
    await sqs.send(url, "delayed", DelaySeconds=3)
    sqs.clock.advance(4)
    await sqs.send(url, "later")
    sqs.clock.advance(0.1)
    assert [await sqs.bodies(url, 1) for _ in range(3)] == [["delayed"], ["later"], ["first"]]


async def test_messages_that_come_back_go_behind_those_that_wait(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "first", "second")
    assert await sqs.bodies(url, 1, VisibilityTimeout=1) == ["first"]
    sqs.clock.advance(1)
    assert [await sqs.bodies(url, 1) for _ in range(2)] == [["second"], ["first"]]


async def test_the_timeout_of_a_message_in_flight_is_changed(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "x")
    (message,) = await sqs.take(url)
    handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    sqs.clock.advance(20)
    assert await sqs.change_message_visibility(**handle, VisibilityTimeout=100) == {}
    sqs.clock.advance(99)
    assert await sqs.take(url) == []
    await sqs.change_message_visibility(**handle, VisibilityTimeout=0)
    assert await sqs.bodies(url) == ["x"]


async def test_the_handle_of_an_earlier_receive_changes_a_timeout(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "x")
    (first,) = await sqs.take(url, VisibilityTimeout=0)
    assert len(await sqs.take(url)) == 1
    assert await sqs.bodies(url) == []
    await sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    assert await sqs.bodies(url) == ["x"]


async def test_only_messages_in_flight_can_be_changed(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "x")
    (first,) = await sqs.take(url)
    change = {"QueueUrl": url, "VisibilityTimeout": 5, "ReceiptHandle": first["ReceiptHandle"]}
    sqs.clock.advance(30)
    assert await sqs.change_message_visibility(**change) == {}
    (second,) = await sqs.take(url)
    await sqs.delete(url, second)
    for handle in (first, second):
        with pytest.raises(Refused, match="Message does not exist or is not available for visibility timeout change"):
            await sqs.change_message_visibility(**{**change, "ReceiptHandle": handle["ReceiptHandle"]})
    with pytest.raises(Refused, match="not a valid receipt handle"):
        await sqs.change_message_visibility(**{**change, "ReceiptHandle": "nonsense"})


async def test_a_message_is_hidden_for_twelve_hours_at_most(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "x")
    (message,) = await sqs.take(url)
    change = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    sqs.clock.advance(10)
    with pytest.raises(Refused, match=r"Total VisibilityTimeout .* beyond the limit \[43200 seconds\]"):
        await sqs.change_message_visibility(**change, VisibilityTimeout=43_200)
    await sqs.change_message_visibility(**change, VisibilityTimeout=43_190)
    with pytest.raises(Refused, match="43201"):
        await sqs.change_message_visibility(**change, VisibilityTimeout=43_201)


async def test_changes_of_the_queues_timeout_count_from_the_next_receive(sqs: Sqs) -> None:
    url = await sqs.queue(VisibilityTimeout="10")
    await sqs.send(url, "x")
    await sqs.take(url)
    await sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "100"})
    sqs.clock.advance(10)
    assert await sqs.bodies(url) == ["x"]
    sqs.clock.advance(99)
    assert await sqs.bodies(url) == []


async def test_a_standard_queue_refuses_receives_beyond_its_limit_in_flight(started_sqs: Callable[..., Any]) -> None:
    sqs = await started_sqs(maximum_in_flight=25)
    url = await sqs.queue()
    await sqs.send(url, *map(str, range(30)))
    taken = [message for _ in range(3) for message in await sqs.take(url)]
    assert len(taken) == 25
    with pytest.raises(Refused) as refused:
        await sqs.take(url)
    assert (refused.value.status, refused.value.code) == (403, "OverLimit")
    await sqs.delete(url, *taken[:3])
    assert len(await sqs.take(url)) == 3
    sqs.clock.advance(30)
    assert len(await sqs.take(url)) == 10


async def test_a_full_fifo_queue_answers_no_messages(started_sqs: Callable[..., Any]) -> None:
    sqs = await started_sqs(maximum_in_flight=2)
    url = await sqs.queue("q.fifo", ContentBasedDeduplication="true")
    for number in range(3):
        await sqs.send(url, str(number), MessageGroupId=str(number))
    assert await sqs.bodies(url) == ["0", "1"]
    assert await sqs.bodies(url) == []
    sqs.clock.advance(30)
    assert len(await sqs.bodies(url)) == 2


async def test_fair_queues_let_quiet_groups_by(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, *(f"noisy {number}" for number in range(30)), MessageGroupId="noisy")
    await sqs.send(url, "quiet 1", "quiet 2", MessageGroupId="quiet")
    await sqs.send(url, "of no group")
    first = await sqs.take(url, 5)
    assert [message["Body"] for message in first] == ["noisy 0", "quiet 1", "of no group", "noisy 1", "quiet 2"]
    assert first[1]["Attributes"]["MessageGroupId"] == "quiet"
    await sqs.send(url, "quiet 3", MessageGroupId="quiet")
    assert "quiet 3" in await sqs.bodies(url, 3)
    # Unlike a FIFO queue's, a group's messages are in flight together; all of them come in the end.
    rest = [body for _ in range(4) for body in await sqs.bodies(url)]
    assert sorted([*rest, "noisy 0", "noisy 1"], key=lambda body: int(body[6:]))[-1] == "noisy 29"


async def test_a_message_that_comes_back_does_not_starve_a_fair_queue(sqs: Sqs) -> None:
    url = await sqs.queue()
    for number in range(4):
        await sqs.send(url, f"a{number}", MessageGroupId="a")
    seen = []
    for _ in range(4):
        seen += await sqs.bodies(url, 1, VisibilityTimeout=0)
        sqs.clock.advance(1)
    assert len(set(seen)) > 1
