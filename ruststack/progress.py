"""That something is being waited for: a spinner where a terminal is, a line where not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show `what` on stderr while the body runs."""
    if not sys.stderr.isatty():
        print(f"{what} ...", file=sys.stderr)
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield
