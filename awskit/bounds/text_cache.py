"""Results kept by the text that they were made of, as many and as long ones as there is memory meant for.

`functools.lru_cache` counts entries, and a client's text may have megabytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

RestT = ParamSpec("RestT")
ResultT = TypeVar("ResultT")
TextT = TypeVar("TextT", str, "str | None")

Function = Callable[Concatenate[TextT, RestT], ResultT]


def text_cache(
    most: int, longest: int = 512, *, long_ones: int = 0, longest_of_all: int = 0
) -> Callable[[Function[TextT, RestT, ResultT]], Function[TextT, RestT, ResultT]]:
    """Keep the results of a function for `most` texts of at most `longest` characters, the last used.

    And for `long_ones` beside them, of at most `longest_of_all`. The first argument is the text, and counts alone.
    """

    def decorate(function: Function[TextT, RestT, ResultT]) -> Function[TextT, RestT, ResultT]:
        kept = lru_cache(maxsize=most)(function)
        long_kept = lru_cache(maxsize=long_ones)(function)

        @wraps(function)
        def call(text: TextT, /, *args: RestT.args, **kwargs: RestT.kwargs) -> ResultT:
            if text is None or len(text) <= longest:
                return kept(text, *args, **kwargs)  # type: ignore[arg-type]
            if len(text) <= longest_of_all:
                return long_kept(text, *args, **kwargs)  # type: ignore[arg-type]
            return function(text, *args, **kwargs)

        return call

    return decorate
