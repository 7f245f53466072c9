"""Options of plain types are read without pydantic, which typer builds an adapter of for each: that import alone takes
longer than a command that only asks a running fleet.

What typer's own parts are called can change; where they are not found, commands work as they do without this module.
"""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import typer
import typer.core

_KINDS = {str: "text", bool: "a truth value", int: "a whole number", float: "a number"}


class _PlainOption:
    """Reads the text that was given for an option; a default is handed on as it is."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is None or isinstance(value, self._kind):
            return value
        try:
            return self._kind(value)
        except ValueError:
            raise typer.BadParameter(f"{value!r} is not {_KINDS[self._kind]}.", ctx=ctx, param=param) from None


def read_plainly() -> None:
    """Have typer read options that are text, numbers without bounds or flags plainly, from now on."""
    usual = vars(typer.core).get("build_runtime_param")
    if usual is None:
        return

    def build(descriptor: Any) -> Any:
        kind = _plain_kind(getattr(descriptor, "annotation", None))
        if kind is None or getattr(descriptor, "is_ranged", True):
            return usual(descriptor)
        return _PlainOption(kind)

    vars(typer.core)["build_runtime_param"] = build


def _plain_kind(annotation: Any) -> type | None:
    """`int` of `int` and of `int | None`; None of what typer has to read."""
    if get_origin(annotation) in (Union, UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
        annotation = kinds[0] if len(kinds) == 1 else None
    return annotation if annotation in _KINDS else None
