"""A log that no client can fill: long traces are cut in their middle, and what is said again is counted, not written.

For what is of importance (warnings, errors) alone: whoever asks for more by the log's level gets it whole.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

_FIRST_LINES = 20
_LAST_LINES = 40
_MOST_KINDS = 1024


class ShortTraces(logging.Formatter):
    """Formats as usual, but for traces of hundreds of frames, which deep nesting can lead to.

    Of an exception that `in_words` has words for, they are all that is written.
    """

    def __init__(self, form: str, in_words: Callable[[BaseException], object | None] = lambda error: None) -> None:
        super().__init__(form)
        self._in_words = in_words

    def format(self, record: logging.LogRecord) -> str:
        """The entry's text."""
        error = record.exc_info[1] if record.exc_info else None
        words = self._in_words(error) if error is not None else None
        if words is None:
            return super().format(record)
        told = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None})
        return f"{super().format(told)}: {words}"

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """The trace's first and last lines."""
        lines = super().formatException(ei).split("\n")
        left_out = len(lines) - _FIRST_LINES - _LAST_LINES
        if left_out > 0:
            lines[_FIRST_LINES:-_LAST_LINES] = [f"  ... {left_out} lines ..."]
        return "\n".join(lines)


class Repetitions(logging.Filter):
    """Lets `most` entries of one kind through in `seconds`; the next one after that says how many were left out.

    Entries are of one kind where one line of the code has made them.
    """

    def __init__(self, most: int = 20, seconds: float = 10.0, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._seen: dict[tuple[str, int], list[float]] = {}  # when its time began, and how many since

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the entry is written."""
        if record.levelno < logging.WARNING:
            return True
        now = self._clock()
        kind = (record.pathname, record.lineno)
        seen = self._seen.get(kind)
        if seen is None:
            if len(self._seen) >= _MOST_KINDS:
                self._seen.clear()
            self._seen[kind] = [now, 1]
            return True
        if now - seen[0] >= self._seconds:
            left_out = int(seen[1]) - self._most
            seen[:] = [now, 1]
            if left_out > 0:
                record.msg = f"{record.getMessage()} ({left_out} entries like it were left out before)"
                record.args = None
            return True
        seen[1] += 1
        return seen[1] <= self._most
