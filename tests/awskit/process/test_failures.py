"""What always fails is tried a few times; what a disk does is nobody's fault."""

from __future__ import annotations

import errno
import logging

import pytest

from awskit.process.failures import Failures


def test_a_piece_of_work_has_a_last_try(caplog: pytest.LogCaptureFixture) -> None:
    failures = Failures(logging.getLogger("test"), tries=3)
    full = OSError(errno.ENOSPC, "no space")
    assert [failures.note("one", "a purge", LookupError()) for _ in range(2)] == [False, False]
    assert [failures.note("one", "a purge", full) for _ in range(5)] == [False] * 5
    assert not failures.is_given_up("one")
    assert failures.note("one", "a purge", LookupError())
    assert failures.is_given_up("one")
    assert not failures.is_given_up("another")
    assert caplog.messages.count("a purge is given up after 3 tries") == 1


def test_what_has_succeeded_begins_anew() -> None:
    failures = Failures(logging.getLogger("test"), tries=2)
    assert not failures.note("one", "a purge", LookupError())
    failures.forget("one")
    assert not failures.note("one", "a purge", LookupError())
    assert failures.note("one", "a purge", LookupError())
