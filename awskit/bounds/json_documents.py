"""JSON documents that clients hand over as texts (policies and the like), read no deeper than any of them goes.

What reads JSON goes deeper than what writes it, or looks through it by recursion: a document that is taken can be dealt
with by both.
"""

from __future__ import annotations

from typing import Any

import orjson

MOST_LEVELS = 32
"""A policy has six: document, statements, statement, condition, operator, values."""


def load_document(text: str | bytes, most_levels: int = MOST_LEVELS) -> Any:
    """What the JSON says. Raises `ValueError` where it is none, or has more than `most_levels` of lists and objects."""
    document = orjson.loads(text)
    level = [document]
    for _ in range(most_levels + 1):
        level = [item for node in level if type(node) is dict or type(node) is list for item in _items(node)]
        if not level:
            return document
    raise ValueError(f"nested deeper than {most_levels} levels")


def _items(node: dict[str, Any] | list[Any]) -> Any:
    return node.values() if type(node) is dict else node
