"""Small graphs drawn as SVG: what leads to what, from left to right.

In: nodes and the edges between them. Out: where each is to be drawn; `macros/graph.html` draws it. Nodes stand in the
column after the last of those that lead to them; an edge that would lead back is drawn, and moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 220, 58
_GAP_X, _GAP_Y = 104, 22
_MARGIN = 6


@dataclass(frozen=True, slots=True)
class Node:
    """A box: its texts, the page that it leads to, and what it is (`good`, `bad`, `here`, or nothing)."""

    id: str
    label: str
    detail: str = ""
    url: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow, with what is said beside it."""

    source: str
    target: str
    label: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A node and its upper left corner."""

    node: Node
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """An edge, the curve that it is drawn as, and where its text stands."""

    edge: Edge
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Graph:
    """See the module; `width` and `height` are those of the drawing."""

    nodes: tuple[PlacedNode, ...]
    edges: tuple[PlacedEdge, ...]
    width: int
    height: int


def placed(nodes: Sequence[Node], edges: Sequence[Edge]) -> Graph:
    """Edges of nodes that are not there are left out."""
    known = {node.id for node in nodes}
    kept = [edge for edge in edges if edge.source in known and edge.target in known]
    columns = _columns([node.id for node in nodes], kept)
    filled: dict[int, int] = {}
    found: dict[str, PlacedNode] = {}
    for node in nodes:
        column = columns[node.id]
        row = filled.get(column, 0)
        filled[column] = row + 1
        x = _MARGIN + column * (WIDTH + _GAP_X)
        found[node.id] = PlacedNode(node, x, _MARGIN + row * (HEIGHT + _GAP_Y))
    width = 2 * _MARGIN + (max(filled, default=0) + 1) * (WIDTH + _GAP_X) - _GAP_X
    height = 2 * _MARGIN + max(filled.values(), default=1) * (HEIGHT + _GAP_Y) - _GAP_Y
    drawn = tuple(_drawn(edge, found[edge.source], found[edge.target]) for edge in kept)
    return Graph(tuple(found.values()), drawn, width, height)


def _columns(ids: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    columns = dict.fromkeys(ids, 0)
    for _ in ids:
        moved = False
        for edge in edges:
            least = columns[edge.source] + 1
            if edge.source != edge.target and columns[edge.target] < least < len(ids):
                columns[edge.target], moved = least, True
        if not moved:
            break
    used = {column: place for place, column in enumerate(sorted(set(columns.values())))}
    return {node: used[column] for node, column in columns.items()}


def _drawn(edge: Edge, source: PlacedNode, target: PlacedNode) -> PlacedEdge:
    if target.x <= source.x:  # back, or to itself: below the boxes
        low = max(source.y, target.y) + HEIGHT
        start, end = source.x + WIDTH // 2, target.x + WIDTH // 2
        path = f"M{start} {source.y + HEIGHT} C{start} {low + 18} {end} {low + 18} {end} {target.y + HEIGHT}"
        return PlacedEdge(edge, path, (start + end) / 2, low + 16)
    start, end = source.x + WIDTH, target.x - 5
    above, below = source.y + HEIGHT // 2, target.y + HEIGHT // 2
    middle = (start + end) // 2
    path = f"M{start} {above} C{middle} {above} {middle} {below} {end} {below}"
    return PlacedEdge(edge, path, middle, (above + below) / 2 - 5)
