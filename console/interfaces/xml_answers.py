"""XML answers as elements without namespaces: `document.findtext("Owner/ID")`, `strings(document, "Topics/member")`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from xml.etree.ElementTree import Element, XMLParser, fromstring, indent, tostring


def parse_xml(body: bytes) -> Element:
    """The document's root. ParseError, a SyntaxError, where it is no XML."""
    root: Element = fromstring(body, parser=XMLParser(encoding="utf-8"))
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def text(element: Element, path: str) -> str:
    """The text at `path`; empty where there is nothing."""
    return element.findtext(path) or ""


def entries(element: Element, path: str) -> Iterator[tuple[str, str]]:
    """A map's pairs: `<entry><key/><value/></entry>` at `path`."""
    for entry in element.iterfind(path):
        yield entry.findtext("key") or "", entry.findtext("value") or ""


def moment(element: Element, path: str) -> float | None:
    """The epoch seconds of an ISO 8601 time at `path`; None where there is none."""
    said = element.findtext(path)
    return datetime.fromisoformat(said).timestamp() if said else None


def indented(document: str) -> str:
    """The document without namespaces, an element a line; as it is where it is no XML."""
    if not document.strip():
        return document
    try:
        root = parse_xml(document.encode())
    except SyntaxError:
        return document
    indent(root)
    return tostring(root, encoding="unicode")
