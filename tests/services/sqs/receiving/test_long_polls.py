"""Receives that wait: woken by messages, timeouts and the clock, in their order, and ended with their client."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.services.sqs.conftest import Refused, Sqs


def _poll(sqs: Sqs, url: str, seconds: int = 20, **given: Any) -> asyncio.Task[list[str]]:
    return asyncio.create_task(sqs.bodies(url, WaitTimeSeconds=seconds, **given))


async def _until_waiting(sqs: Sqs, count: int) -> None:
    async with asyncio.timeout(10):
        while sqs.service.runtime.local.long_polls.waiting_count() != count:  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_a_poll_ends_the_moment_a_message_is_there(sqs: Sqs) -> None:
    url = await sqs.queue()
    poll = _poll(sqs, url)
    await _until_waiting(sqs, 1)
    await sqs.send(url, "x")
    assert await asyncio.wait_for(poll, 1) == ["x"]


async def test_a_poll_finds_what_is_there_already(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "x")
    assert await asyncio.wait_for(_poll(sqs, url), 1) == ["x"]


async def test_a_poll_ends_with_its_time_by_the_services_clock(sqs: Sqs) -> None:
    url = await sqs.queue(ReceiveMessageWaitTimeSeconds="5")
    polls = [asyncio.create_task(sqs.bodies(url)), _poll(sqs, url, 10), _poll(sqs, url, 0)]
    assert await asyncio.wait_for(polls[2], 1) == []
    await _until_waiting(sqs, 2)
    sqs.clock.advance(4)
    await _until_waiting(sqs, 2)
    sqs.clock.advance(1)
    assert await asyncio.wait_for(polls[0], 1) == []
    await _until_waiting(sqs, 1)
    sqs.clock.advance(5)
    assert await asyncio.wait_for(polls[1], 1) == []


async def test_delays_and_timeouts_wake_polls_as_the_clock_moves(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "delayed", DelaySeconds=10)
    await sqs.send(url, "in flight")
    assert await sqs.bodies(url, VisibilityTimeout=15) == ["in flight"]
    poll = _poll(sqs, url)
    await _until_waiting(sqs, 1)
    sqs.clock.advance(10)
    assert await asyncio.wait_for(poll, 1) == ["delayed"]
    poll = _poll(sqs, url)
    await _until_waiting(sqs, 1)
    sqs.clock.advance(5)
    assert await asyncio.wait_for(poll, 1) == ["in flight"]


async def test_a_timeout_set_to_zero_wakes_a_poll(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "x")
    (message,) = await sqs.take(url)
    poll = _poll(sqs, url)
    await _until_waiting(sqs, 1)
    await sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    assert await asyncio.wait_for(poll, 1) == ["x"]


async def test_a_group_that_is_freed_wakes_a_poll(sqs: Sqs) -> None:
    url = await sqs.queue("q.fifo", ContentBasedDeduplication="true")
    await sqs.send(url, "1", "2", MessageGroupId="g")
    (first,) = await sqs.take(url, 1)
    poll = _poll(sqs, url)
    await _until_waiting(sqs, 1)
    await sqs.delete(url, first)
    assert await asyncio.wait_for(poll, 1) == ["2"]


async def test_a_dead_letter_wakes_a_poll_of_its_queue(sqs: Sqs) -> None:
    dead = await sqs.queue("dead")
    policy = {"deadLetterTargetArn": await sqs.arn(dead), "maxReceiveCount": 1}
    url = await sqs.queue(RedrivePolicy=policy, VisibilityTimeout="0")
    await sqs.send(url, "x")
    await sqs.take(url)
    poll = _poll(sqs, dead)
    await _until_waiting(sqs, 1)
    await sqs.take(url)
    assert await asyncio.wait_for(poll, 1) == ["x"]


async def test_messages_are_spread_evenly_over_those_who_wait(sqs: Sqs) -> None:
    url = await sqs.queue()
    polls = [_poll(sqs, url) for _ in range(4)]
    await _until_waiting(sqs, 4)
    entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(8)]
    await sqs.send_message_batch(QueueUrl=url, Entries=entries)
    received = await asyncio.wait_for(asyncio.gather(*polls), 1)
    assert [len(bodies) for bodies in received] == [2, 2, 2, 2]


async def test_one_message_wakes_but_one_poll(sqs: Sqs) -> None:
    url = await sqs.queue()
    polls = [_poll(sqs, url) for _ in range(3)]
    await _until_waiting(sqs, 3)
    waiting = set(polls)
    for number in range(3):
        await sqs.send(url, str(number))
        done, waiting = await asyncio.wait(waiting, timeout=2, return_when=asyncio.FIRST_COMPLETED)
        assert [poll.result() for poll in done] == [[str(number)]]


async def test_messages_that_become_due_together_reach_all_who_wait(sqs: Sqs) -> None:
    url = await sqs.queue()
    for number in range(3):
        await sqs.send(url, str(number), DelaySeconds=5)
    polls = [asyncio.create_task(sqs.bodies(url, 1, WaitTimeSeconds=20)) for _ in range(3)]
    await _until_waiting(sqs, 3)
    sqs.clock.advance(5)
    received = await asyncio.wait_for(asyncio.gather(*polls), 2)
    assert sorted(received) == [["0"], ["1"], ["2"]]


async def test_a_poll_ends_with_its_client_and_takes_nothing(sqs: Sqs) -> None:
    url = await sqs.queue()
    leaving, staying = sqs.caller(), sqs.caller()
    gone = _poll(leaving, url)
    await _until_waiting(sqs, 1)
    stays = _poll(staying, url)
    await _until_waiting(sqs, 2)
    leaving.disconnected.set()
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(gone, 1)
    await _until_waiting(sqs, 1)
    (sent,) = await sqs.send(url, "x")
    assert await asyncio.wait_for(stays, 1) == ["x"]
    assert sent["MessageId"]


async def test_a_client_that_leaves_as_its_message_comes_hands_it_on(sqs: Sqs) -> None:
    url = await sqs.queue()
    leaving = sqs.caller()
    gone = _poll(leaving, url)
    await _until_waiting(sqs, 1)
    stays = _poll(sqs.caller(), url)
    await _until_waiting(sqs, 2)
    send = asyncio.create_task(sqs.send(url, "x"))
    leaving.disconnected.set()
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(gone, 1)
    await send
    assert await asyncio.wait_for(stays, 1) == ["x"]
    sqs.clock.advance(30)
    (message,) = await sqs.take(url)
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"


async def test_deleting_the_queue_ends_its_polls(sqs: Sqs) -> None:
    url = await sqs.queue()
    poll = _poll(sqs, url)
    await _until_waiting(sqs, 1)
    await sqs.delete_queue(QueueUrl=url)
    with pytest.raises(Refused, match="does not exist"):
        await asyncio.wait_for(poll, 1)


async def test_polls_end_when_the_service_is_stopped(sqs: Sqs) -> None:
    url = await sqs.queue()
    poll = _poll(sqs, url)
    await _until_waiting(sqs, 1)
    sqs.app.stopping()
    assert await asyncio.wait_for(poll, 1) == []
    assert await asyncio.wait_for(_poll(sqs, url), 1) == []


async def test_a_thousand_polls_leave_nothing_behind(sqs: Sqs) -> None:
    url = await sqs.queue()
    polls = [_poll(sqs, url, 20) for _ in range(200)]
    await _until_waiting(sqs, 200)
    sqs.clock.advance(20)
    assert await asyncio.wait_for(asyncio.gather(*polls), 20) == [[]] * 200
    assert sqs.service.runtime.local.long_polls.waiting_count() == 0
