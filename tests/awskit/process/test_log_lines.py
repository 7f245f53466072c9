"""What is said again and again, and what is said at length, does not fill the log."""

from __future__ import annotations

import logging
import sys

from awskit.process.log_lines import Repetitions, ShortTraces


def entry(text: str, level: int = logging.WARNING, line: int = 1) -> logging.LogRecord:
    return logging.LogRecord("ruststack.test", level, "module.py", line, text, ("a",), None)


def test_what_is_said_again_is_counted() -> None:
    now = [0.0]
    repetitions = Repetitions(3, 10, lambda: now[0])
    assert [repetitions.filter(entry(f"{number} %s")) for number in range(6)] == [True] * 3 + [False] * 3
    assert repetitions.filter(entry("of another line %s", line=2))
    assert all(repetitions.filter(entry("less important %s", logging.INFO)) for _ in range(9))
    now[0] = 10
    next_one = entry("once more %s")
    assert repetitions.filter(next_one)
    assert next_one.getMessage() == "once more a (3 entries like it were left out before)"
    following = entry("and more %s")
    assert repetitions.filter(following)
    assert following.getMessage() == "and more a"


def test_a_trace_of_many_frames_is_cut() -> None:
    def ping(depth: int) -> None:
        pong(depth - 1)

    def pong(depth: int) -> None:
        if not depth:
            raise ValueError("at the bottom")
        ping(depth)

    try:
        ping(200)
    except ValueError:
        text = ShortTraces("%(message)s").formatException(sys.exc_info())
    lines = text.split("\n")
    assert len(lines) == 61
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[20].strip().startswith("... ")
    assert lines[-1] == "ValueError: at the bottom"
