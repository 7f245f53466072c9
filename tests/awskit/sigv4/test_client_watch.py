"""A presigned URL ages with a clock that is moved, a client's own watch does not."""

from __future__ import annotations

import time

from awskit.clock import ManualClock
from awskit.sigv4.authorization import Credential, Place, Signature
from awskit.sigv4.client_watch import now_for

HOUR = 3600.0


def signed(at: float, place: Place = "query") -> Signature:
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    return Signature("v4", place, Credential("key", stamp[:8], "us-east-1", "s3"), "0", ("host",), stamp, 60)


def test_a_url_signed_before_the_clock_moved_is_older() -> None:
    clock = ManualClock()
    start = clock.now()
    clock.advance(HOUR)
    assert now_for(signed(start - 10), clock) == start + HOUR
    assert now_for(signed(start - 10, "header"), clock) == start


def test_a_url_signed_after_the_clock_moved_is_new() -> None:
    clock = ManualClock()
    start = clock.now()
    clock.advance(HOUR)
    assert now_for(signed(start), clock) == start


def test_a_url_signed_by_a_watch_that_goes_with_the_clock() -> None:
    clock = ManualClock()
    start = clock.now()
    clock.advance(HOUR)
    for place in ("query", "header"):
        assert now_for(signed(start + HOUR, place), clock) == start + HOUR


def test_a_url_that_says_only_when_it_ends() -> None:
    clock = ManualClock()
    start = clock.now()
    clock.advance(10 * HOUR)
    for lifetime in (60, 3600, 604_800):
        before = Signature("v2", "query", Credential("key", "", "", ""), "0", expires=int(start) - 2 + lifetime)
        after = Signature("v2", "query", Credential("key", "", "", ""), "0", expires=int(start) + lifetime)
        assert now_for(before, clock) == start + 10 * HOUR
        assert now_for(after, clock) == start


def test_a_clock_that_went_back_makes_no_url_too_young() -> None:
    clock = ManualClock()
    start = clock.now()
    clock.move_to(-HOUR)
    assert now_for(signed(start - 10), clock) == start
