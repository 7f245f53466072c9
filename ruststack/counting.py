"""A number of things, in words."""

from __future__ import annotations


def counted(count: int, things: str) -> str:
    """`1 table`, `2 tables`, of the plural `things`."""
    return f"{count} {things.removesuffix('s') if count == 1 else things}"
