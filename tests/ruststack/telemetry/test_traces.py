"""What belongs to which trace, in whatever order it is told."""

from __future__ import annotations

from itertools import count
from typing import Any

from ruststack.telemetry.traces import Placed, Traces

_ROOT = "678912340123456789abcdef01234567"
_HEADER = f"Root=1-{_ROOT[:8]}-{_ROOT[8:]}"


def traces() -> Traces:
    ids = count(1)
    return Traces(lambda bits: next(ids))


def request(time: float, name: str, *messages: str, trace: str | None = None) -> dict[str, Any]:
    return {
        "what": "request",
        "time": time,
        "id": name,
        "messages": [line.split() for line in messages],
        "trace": trace,
    }


def event(time: float, cause: str, message: str = "") -> dict[str, Any]:
    return {"what": "event", "time": time, "cause": cause, "message": message or None}


def names(placed: list[Placed]) -> list[str]:
    return [one.item.get("id") or one.item["cause"] for one in placed]


def test_an_effect_waits_for_its_cause() -> None:
    found = traces()
    assert found.place([event(2, "m1", "m2"), request(3, "receive", "m2 handle")], 0) == []
    placed = found.place([request(1, "publish", "m1", trace=_HEADER)], 1)
    assert names(placed) == ["publish", "m1", "receive"]
    publish, arrival, receive = placed
    assert {one.place.trace_id for one in placed} == {int(_ROOT, 16)}
    assert (publish.parent, arrival.parent, receive.parent) == (None, publish.place.span_id, arrival.place.span_id)
    (delete,) = found.place([request(4, "delete", "handle")], 2)
    assert delete.parent == receive.place.span_id


def test_what_has_no_known_cause_does_not_wait_for_ever() -> None:
    found = traces()
    assert found.place([request(1, "send", "m"), event(2, "forgotten")], 0) == []
    send, forgotten = found.place([], 2)
    assert send.place.trace_id != forgotten.place.trace_id
    assert (send.parent, forgotten.parent) == (None, None)


def test_a_client_that_says_not_to_sample_is_heard_for_all_of_its_trace() -> None:
    found = traces()
    placed = found.place([request(1, "send", "m", trace=f"{_HEADER};Parent=53995c3f42cd8ad8;Sampled=0")], 0)
    placed += found.place([request(2, "receive", "m handle")], 0)
    assert [one.is_sampled for one in placed] == [False, False]
    assert placed[0].parent == 0x53995C3F42CD8AD8


def test_a_receive_with_a_trace_of_its_own_has_a_link_to_that_of_its_message() -> None:
    found = traces()
    (send,) = found.place([request(1, "send", "m", trace=_HEADER)], 0)
    other = _HEADER.replace("1-6", "1-7")
    (receive,) = found.place([request(2, "receive", "m handle", trace=other)], 0)
    assert receive.links == (send.place,)
    assert receive.place.trace_id != send.place.trace_id


def test_what_is_left_is_placed_at_the_end() -> None:
    found = traces()
    assert found.place([request(1, "send", "m")], 0) == []
    assert names(found.rest()) == ["send"]
    assert found.rest() == []
