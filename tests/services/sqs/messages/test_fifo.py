"""FIFO queues: order, group locking, deduplication, sequence numbers, receive attempts."""

from __future__ import annotations

from typing import Any

import pytest

from services.sqs.messages.message_contents import content_deduplication_id
from tests.services.sqs.conftest import Refused, Sqs


async def _queue(sqs: Sqs, name: str = "q.fifo", **attributes: Any) -> str:
    return await sqs.queue(name, **{"ContentBasedDeduplication": "true", **attributes})


async def test_messages_of_a_group_come_in_order_with_their_attributes(sqs: Sqs) -> None:
    url = await _queue(sqs)
    sent = await sqs.send(url, "a", "b", "c", MessageGroupId="g")
    messages = await sqs.take(url)
    assert [message["Body"] for message in messages] == ["a", "b", "c"]
    for before, message in zip(sent, messages, strict=True):
        assert message["Attributes"]["SequenceNumber"] == before["SequenceNumber"]
        assert message["Attributes"]["MessageGroupId"] == "g"
        assert message["Attributes"]["MessageDeduplicationId"] == content_deduplication_id(message["Body"])
    numbers = [answer["SequenceNumber"] for answer in sent]
    assert numbers == sorted(numbers)
    assert {len(number) for number in numbers} == {20}


async def test_a_group_is_locked_while_its_messages_are_in_flight(sqs: Sqs) -> None:
    url = await _queue(sqs)
    await sqs.send(url, "a1", "a2", "a3", MessageGroupId="a")
    await sqs.send(url, "b1", MessageGroupId="b")
    one, two = await sqs.take(url, 2)
    assert (one["Body"], two["Body"]) == ("a1", "a2")
    assert await sqs.bodies(url) == ["b1"]
    await sqs.delete(url, one)
    assert await sqs.bodies(url) == []
    await sqs.delete(url, two)
    assert await sqs.bodies(url) == ["a3"]


async def test_a_group_goes_on_where_it_was_after_a_timeout(sqs: Sqs) -> None:
    url = await _queue(sqs, VisibilityTimeout="10")
    await sqs.send(url, "1", "2", "3", MessageGroupId="g")
    assert await sqs.bodies(url, 2) == ["1", "2"]
    sqs.clock.advance(9)
    assert await sqs.bodies(url) == []
    sqs.clock.advance(1)
    assert await sqs.bodies(url) == ["1", "2", "3"]


async def test_a_group_is_open_up_to_its_first_message_in_flight(sqs: Sqs) -> None:
    url = await _queue(sqs)
    await sqs.send(url, "1", "2", "3", "4", MessageGroupId="g")
    one, two, three = await sqs.take(url, 3)
    change = {"QueueUrl": url, "VisibilityTimeout": 0}
    await sqs.change_message_visibility(**change, ReceiptHandle=two["ReceiptHandle"])
    assert await sqs.bodies(url) == []
    await sqs.change_message_visibility(**change, ReceiptHandle=one["ReceiptHandle"])
    assert await sqs.bodies(url, VisibilityTimeout=60) == ["1", "2"]
    await sqs.change_message_visibility(**change, ReceiptHandle=three["ReceiptHandle"])
    assert await sqs.bodies(url) == []


async def test_a_group_that_is_shown_again_goes_behind_the_others(sqs: Sqs) -> None:
    url = await _queue(sqs)
    await sqs.send(url, "g1-m1", "g1-m2", MessageGroupId="g1")
    await sqs.send(url, "g2-m1", MessageGroupId="g2")
    one, _ = await sqs.take(url, 2)
    change = {"QueueUrl": url, "ReceiptHandle": one["ReceiptHandle"]}
    await sqs.change_message_visibility(**change, VisibilityTimeout=1)
    sqs.clock.advance(1)
    assert await sqs.bodies(url, 3) == ["g2-m1", "g1-m1"]


@pytest.mark.parametrize("visible", [1, 2])
async def test_a_message_that_is_hidden_longer_bars_those_behind_it_alone(sqs: Sqs, visible: int) -> None:
    url = await _queue(sqs, VisibilityTimeout="1")
    await sqs.send(url, "foo", "bar", "baz", MessageGroupId="g")
    taken = await sqs.take(url, 5)
    handle = taken[visible]["ReceiptHandle"]
    await sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=4)
    sqs.clock.advance(1)
    assert await sqs.bodies(url, 5) == ["foo", "bar"][:visible]
    sqs.clock.advance(3)
    assert await sqs.bodies(url, 5) == ["foo", "bar", "baz"]


async def test_a_changed_delay_counts_for_what_is_in_the_queue_already(sqs: Sqs) -> None:
    url = await _queue(sqs)
    await sqs.send(url, "received", MessageGroupId="a")
    assert await sqs.bodies(url, VisibilityTimeout=5) == ["received"]
    await sqs.send(url, "1", "2", MessageGroupId="b")
    await sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "60"})
    assert await sqs.counts(url) == (0, 1, 2)
    sqs.clock.advance(59)
    assert await sqs.bodies(url, VisibilityTimeout=600) == ["received"]
    sqs.clock.advance(1)
    assert await sqs.bodies(url, VisibilityTimeout=0) == ["1", "2"]
    await sqs.send(url, "3", MessageGroupId="c")
    await sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    assert await sqs.bodies(url) == ["1", "2", "3"]


async def test_a_changed_deduplication_scope_is_in_force_a_minute_later(sqs: Sqs) -> None:
    url = await _queue(sqs, DeduplicationScope="queue")

    async def send(group: str) -> str:
        answer = await sqs.send_message(
            QueueUrl=url, MessageBody=group, MessageGroupId=group, MessageDeduplicationId="same"
        )
        message_id: str = answer["MessageId"]
        return message_id

    first = await send("a")
    high_throughput = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    await sqs.set_queue_attributes(QueueUrl=url, Attributes=high_throughput)
    sqs.clock.advance(59)
    assert await send("b") == first
    sqs.clock.advance(1)
    second = await send("b")
    assert second != first
    back = {"FifoThroughputLimit": "perQueue", "DeduplicationScope": "queue"}
    await sqs.set_queue_attributes(QueueUrl=url, Attributes=back)
    assert await send("b") == second
    assert await send("c") not in (first, second)
    sqs.clock.advance(60)
    assert await send("d") == first


async def test_hiding_a_message_longer_locks_its_group_longer(sqs: Sqs) -> None:
    url = await _queue(sqs)
    await sqs.send(url, "1", "2", MessageGroupId="g")
    (one,) = await sqs.take(url, 1)
    await sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=100)
    sqs.clock.advance(99)
    assert await sqs.bodies(url) == []
    sqs.clock.advance(1)
    assert await sqs.bodies(url) == ["1", "2"]


async def test_an_expired_receipt_handle_is_refused(sqs: Sqs) -> None:
    url = await _queue(sqs)
    await sqs.send(url, "x", MessageGroupId="g")
    (first,) = await sqs.take(url)
    sqs.clock.advance(30)
    for call in (
        sqs.delete(url, first),
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=1),
    ):
        with pytest.raises(Refused, match="The receipt handle has expired"):
            await call
    (second,) = await sqs.take(url)
    with pytest.raises(Refused, match="The receipt handle has expired"):
        await sqs.delete(url, first)
    await sqs.delete(url, second)
    await sqs.delete(url, second)
    assert await sqs.counts(url) == (0, 0, 0)


async def test_deduplication_by_id_for_five_minutes(sqs: Sqs) -> None:
    url = await sqs.queue("q.fifo")
    given = {"MessageGroupId": "g", "MessageDeduplicationId": "once"}
    (first,) = await sqs.send(url, "x", **given)
    (message,) = await sqs.take(url)
    await sqs.delete(url, message)
    sqs.clock.advance(299)
    (again,) = await sqs.send(url, "another body", **given)
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert await sqs.bodies(url) == []
    sqs.clock.advance(1)
    (later,) = await sqs.send(url, "x", **given)
    assert later["MessageId"] != first["MessageId"]
    assert int(later["SequenceNumber"]) > int(first["SequenceNumber"])
    assert await sqs.bodies(url) == ["x"]


async def test_deduplication_by_content_looks_at_the_body_alone(sqs: Sqs) -> None:
    url = await _queue(sqs)
    attributes = {"a": {"DataType": "String", "StringValue": "x"}}
    await sqs.send(url, "same", MessageGroupId="g")
    await sqs.send(url, "same", MessageGroupId="other", MessageAttributes=attributes)
    await sqs.send(url, "x", MessageGroupId="g", MessageDeduplicationId=content_deduplication_id("same"))
    await sqs.send(url, "same", MessageGroupId="g", MessageDeduplicationId="explicit")
    assert await sqs.bodies(url) == ["same", "same"]


async def test_deduplication_may_be_scoped_to_the_group(sqs: Sqs) -> None:
    url = await _queue(sqs, DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    for group in ("a", "b", "a"):
        await sqs.send(url, "same", MessageGroupId=group)
    messages = await sqs.take(url)
    assert [message["Attributes"]["MessageGroupId"] for message in messages] == ["a", "b"]


async def test_a_purge_ends_deduplication(sqs: Sqs) -> None:
    url, other = await _queue(sqs), await sqs.queue("other.fifo", ContentBasedDeduplication="true")
    for queue in (url, other):
        await sqs.send(queue, "x", MessageGroupId="g")
    await sqs.purge_queue(QueueUrl=url)
    for queue in (url, other):
        await sqs.send(queue, "x", MessageGroupId="g")
        assert await sqs.bodies(queue) == ["x"]


async def test_what_a_fifo_send_needs(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue("q.fifo")
    with pytest.raises(Refused, match="must contain the parameter MessageGroupId"):
        await sqs_on_sqlite.send(url, "x", MessageDeduplicationId="d")
    with pytest.raises(Refused, match="ContentBasedDeduplication enabled or MessageDeduplicationId provided"):
        await sqs_on_sqlite.send(url, "x", MessageGroupId="g")
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        for value in ("", "x" * 129, "a b", "ä"):
            given = {"MessageGroupId": "g", "MessageDeduplicationId": "d", name: value}
            with pytest.raises(Refused, match=r"alphanumeric and punctuation characters\. 1 to 128 in length"):
                await sqs_on_sqlite.send(url, "x", **given)


async def test_deduplication_ids_are_for_fifo_queues(sqs: Sqs) -> None:
    url = await sqs.queue()
    with pytest.raises(Refused, match=r"not valid for this queue type\.$"):
        await sqs.send(url, "x", MessageDeduplicationId="d")


async def test_delays_are_the_queues_alone(sqs: Sqs) -> None:
    url = await _queue(sqs, DelaySeconds="5")
    with pytest.raises(Refused, match=r"not valid for this queue type\.$"):
        await sqs.send(url, "x", MessageGroupId="g", DelaySeconds=1)
    await sqs.send(url, "1", MessageGroupId="g", DelaySeconds=0)
    sqs.clock.advance(3)
    await sqs.send(url, "2", MessageGroupId="g")
    assert await sqs.counts(url) == (0, 0, 2)
    sqs.clock.advance(2)
    (one,) = await sqs.take(url)
    assert one["Body"] == "1"
    sqs.clock.advance(3)
    assert await sqs.bodies(url) == []
    await sqs.delete(url, one)
    assert await sqs.bodies(url) == ["2"]


async def test_a_repeated_receive_attempt_gets_the_same_messages(sqs: Sqs) -> None:
    url = await _queue(sqs)
    await sqs.send(url, "1", "2", MessageGroupId="g")
    await sqs.send(url, "3", MessageGroupId="h")
    first = await sqs.take(url, 2, ReceiveRequestAttemptId="attempt")
    sqs.clock.advance(20)
    again = await sqs.take(url, 2, ReceiveRequestAttemptId="attempt")
    assert again == first
    assert await sqs.bodies(url, ReceiveRequestAttemptId="another") == ["3"]
    # It hides them anew.
    sqs.clock.advance(20)
    assert await sqs.bodies(url) == []
    sqs.clock.advance(10)
    assert sorted(await sqs.bodies(url)) == ["1", "2", "3"]


async def test_an_attempt_whose_messages_were_touched_is_a_new_one(sqs: Sqs) -> None:
    url = await _queue(sqs)
    await sqs.send(url, "1", MessageGroupId="g")
    await sqs.send(url, "2", MessageGroupId="h")
    (first,) = await sqs.take(url, 1, ReceiveRequestAttemptId="attempt")
    await sqs.delete(url, first)
    (second,) = await sqs.take(url, 1, ReceiveRequestAttemptId="attempt")
    assert second["Body"] == "2"
    await sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=60)
    assert await sqs.take(url, 1, ReceiveRequestAttemptId="attempt") == []
    with pytest.raises(Refused, match="ReceiveRequestAttemptId can only include"):
        await sqs.take(url, ReceiveRequestAttemptId="x" * 129)


async def test_expired_messages_free_their_group(sqs: Sqs) -> None:
    url = await _queue(sqs, MessageRetentionPeriod="60")
    await sqs.send(url, "old", MessageGroupId="g")
    sqs.clock.advance(30)
    await sqs.send(url, "young", MessageGroupId="g")
    sqs.clock.advance(30)
    assert await sqs.bodies(url) == ["young"]


async def test_a_message_that_expires_in_flight_does_not_keep_its_group_locked(sqs: Sqs) -> None:
    url = await _queue(sqs, MessageRetentionPeriod="60")
    await sqs.send(url, "old", MessageGroupId="g")
    assert await sqs.bodies(url, VisibilityTimeout=600) == ["old"]
    sqs.clock.advance(60)
    await sqs.send(url, "new", MessageGroupId="g")
    assert await sqs.bodies(url) == ["new"]


async def test_groups_take_turns(sqs: Sqs) -> None:
    url = await _queue(sqs)
    for body in ("a1", "b1", "a2", "b2"):
        await sqs.send(url, body, MessageGroupId=body[0])
        sqs.clock.advance(1)
    order = []
    for _ in range(4):
        (message,) = await sqs.take(url, 1)
        order.append(message["Body"])
        await sqs.delete(url, message)
        sqs.clock.advance(1)
    assert order == ["a1", "b1", "a2", "b2"]
