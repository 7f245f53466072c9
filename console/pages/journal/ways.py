"""A message's way as a graph: what each request and each event has led on to.

In: what the fleet remembers of it, in the order of time. Out: nodes and edges. Each id (of a request, a message, a
receipt) is *held* by the last that had to do with it, from which an arrow leads to the next that has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from console.frame.graphs import Edge, Graph, Node, placed

_MOST = 80
_BAD_EVENTS = ("filtered out", "dead letter", "failed", "given up")

Entry = Mapping[str, Any]
LinkOf = Callable[[Entry], str]


def way_of(entries: Sequence[Entry], link_of: LinkOf, recipients: Mapping[str, str]) -> Graph:
    """The graph of the first `_MOST` of them.

    `link_of` says where each leads, `recipients` who is behind a subscription.
    """
    nodes: list[Node] = []
    edges: list[Edge] = []
    holders: dict[str, str] = {}
    start = float(entries[0]["time"]) if entries else 0.0
    for number, entry in enumerate(entries[:_MOST]):
        node = _node(str(number), entry, link_of(entry), recipients)
        nodes.append(node)
        before = {holders[ref]: None for ref in _came_from(entry) if ref in holders}
        said = _after(float(entry["time"]) - start)
        edges += [Edge(source, node.id, said, "bad" if node.kind == "bad" else "") for source in before]
        for ref in _goes_on_as(entry):
            holders[ref] = node.id
    return placed(nodes, edges)


def _came_from(entry: Entry) -> Iterable[str]:
    if entry["what"] == "event":
        return [ref for ref in (entry["cause"],) if ref]
    return [ref for line in entry["messages"] for ref in line] + ([entry["trace"]] if entry["trace"] else [])


def _goes_on_as(entry: Entry) -> Iterable[str]:
    if entry["what"] == "event":
        return [entry["message"]] if entry["message"] else []
    ids = [ref for line in entry["messages"] for ref in line]
    return [entry["id"], *ids, *([entry["trace"]] if entry["trace"] else [])]


def is_bad(entry: Entry) -> bool:
    """Whether it is something that somebody who looks for a message would want to see at once."""
    if entry["what"] == "event":
        return entry["event"] in _BAD_EVENTS
    return int(entry["status"]) >= 400


def _node(node_id: str, entry: Entry, url: str, recipients: Mapping[str, str]) -> Node:
    resource = recipients.get(str(entry["resource"]), str(entry["resource"]))
    name = resource.rpartition(":")[2] if resource.startswith("arn:") else resource
    if entry["what"] == "event":
        detail = f"{entry['text']}" if entry["text"] else name
        label = str(entry["event"]).capitalize()
        return Node(node_id, f"{label}: {name}" if entry["text"] else label, detail, url, _kind(entry))
    said = f"{name} → {entry['status']}" + (f" {entry['error']['code']}" if entry["error"] else "")
    return Node(node_id, str(entry["operation"]), said, url, _kind(entry))


def _kind(entry: Entry) -> str:
    if is_bad(entry):
        return "bad"
    ends = entry["what"] == "request" and str(entry["operation"]).startswith("DeleteMessage")
    return "good" if ends else ""


def _after(seconds: float) -> str:
    return f"+{seconds * 1000:.0f} ms" if seconds < 1 else f"+{seconds:.1f} s"
