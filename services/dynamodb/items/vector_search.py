"""The search for the vectors of items that are nearest to one.

The items themselves are searched, each compared with the vector that is looked for: exact, and fast enough for what is
developed against. An item without a vector of the index's dimensions is not in the index.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SearchVectors.html
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from typing import Any

from services.dynamodb.values.attribute_values import Item

Input = Mapping[str, Any]
Vector = list[float]


def vector_of(elements: Any, dimensions: int) -> Vector | None:
    """The numbers of a list of attribute values; None where they are no vector of so many dimensions."""
    if not isinstance(elements, list) or len(elements) != dimensions:
        return None
    try:
        return [float(element["N"]) for element in elements]
    except KeyError:
        return None


class Nearest:
    """The `top` items whose vectors are nearest to one, as they come along."""

    def __init__(self, index: Input, sought: Vector, top: int) -> None:
        self._attribute = index["VectorAttribute"]["AttributeName"]
        self._dimensions: int = index["Dimensions"]
        self._function: str = index["DistanceFunction"]
        self._sought = sought
        self._length = _length(sought)
        self._top = top
        self._found: list[tuple[float, int, float, Item]] = []
        self._seen = 0

    def add(self, item: Item) -> None:
        """Take an item into account."""
        vector = vector_of(item.get(self._attribute, {}).get("L"), self._dimensions)
        if vector is None:
            return
        score = self._score(vector)
        # what is nearest is greatest, and of equals the first
        rank = score if self._function == "DOT_PRODUCT" else -score
        self._seen += 1
        entry = (rank, -self._seen, score, item)
        if len(self._found) < self._top:
            heapq.heappush(self._found, entry)
        else:
            heapq.heappushpop(self._found, entry)

    def results(self) -> list[tuple[float, Item]]:
        """Scores and items, the nearest first."""
        return [(score, item) for _, _, score, item in sorted(self._found, key=lambda entry: entry[:2], reverse=True)]

    def _score(self, vector: Vector) -> float:
        if self._function == "EUCLIDEAN":
            return math.dist(vector, self._sought)
        product = sum(left * right for left, right in zip(vector, self._sought, strict=True))
        if self._function == "DOT_PRODUCT":
            return product
        lengths = self._length * _length(vector)
        return 1.0 - product / lengths if lengths else 1.0


def _length(vector: Vector) -> float:
    return math.sqrt(sum(element * element for element in vector))
