"""Values for the shapes of a service's model: ones that a client could mean, and ones that no client should send.

In: a source of randomness and what is known to exist. Out: trees of dicts, lists, texts, numbers and `Raw` pieces that
a protocol writes down as it can (`tests.hostile.wire`). All that is random comes from the given source, so that a seed
tells a run.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from awskit.wire.model import Shape
from tests.hostile.documents import Documents

_DEEPEST = 6
_MOST_PARTS = 150
_LIKELY_OPTIONAL = 0.35
_MANY = (2, 3, 11, 26, 101, 1001, 5000)
_MOST_NODES = 300_000  # what is repeated in what is repeated would soon have millions
_SIZES = (0, 1, 255, 256, 257, 1024, 1025, 2049, 5000, 65_537, 262_145)
_PIECES = (
    "a",
    "é",
    "𝄞",
    "*",
    "*a",
    "%",
    "%41",
    "\\",
    '"',
    "<a>",
    "&amp;",
    "[",
    "{",
    "(",
    "1",
    "0",
    ".",
    "\x00",
    "\r\n",
)
_STRANGE = (
    *("", " ", "\t", "\x00", "\r\n", "\r\nX-Injected: 1", "null", "None", "true", "*", "?", "**", "/", "//", "..", "."),
    *("../../etc/passwd", "%00", "%2e%2e%2f", "%zz", "%", "+", "-", "_", "#", "$", ":", "::::::", "@", "\\", "'", '"'),
    *("\ud800", "\udfff\ud800", "\ufeff", "\u202e", "\u0000a", "é", "ﬁ", "ß", "İ", "𝄞", "\uffff", "\x7f", "\x85",
        "\u2028"),
    *("0", "-0", "00", "-1", "+5", " 5 ", "1_0", "0x10", "1e400", "1e-400", "NaN", "Infinity", "-Infinity", "١٢", "²",
        "½"),
    *("2147483648", "-2147483649", "9223372036854775808", "99999999999999999999", "1" * 400, "9" * 5000,
        "-" + "9" * 5000),
    *("1.5", ".5", "5.", "1e5", "1E+5", "0." + "0" * 200 + "1", "1" * 39, "1e126", "-1e126", "1e125"),
    *("2026-13-45", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"),
    *("2026-01-01T00:00:00+99:99", "Thu, 99 Foo 2026 99:99:99 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "1e10", "1e300"),
    *("====", "é===", "YQ", "YQ==YQ==", "\u00e9\u00e9==", "A" * 3, "_-_-", "{}", "[]", "{", "[", '""', '{"a":',
        "[[[[", "<", "</"),
    *("bytes=0-", "bytes=-0", "bytes=-", "bytes=5-1", "bytes=" + "9" * 5000 + "-", "bytes=0-" + "9" * 400,
        "bytes=0-1,2-3"),
    *("arn:aws:s3:::", "arn:aws:sqs:us-east-1:000000000000:", "arn:aws:sns:us-east-1::t", "arn:::::",
        "arn:aws:iam::1:root"),
    *("http://", "http://[", "http://[::1", "http://a:99999/", "http://localhost:x/", "s3://a/b", "file:///etc/passwd"),
    *("key=" + "v" * 300, "a=b&" * 60, "a=%zz&b", "=&=&", "A" * 256, "a" * 1025, "é" * 600, "\U0010ffff" * 300),
)  # fmt: skip
_NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, 2, 2**31 - 1, 2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 10**30, 10**400, 0.5, -0.0, 1e308, 5e-324),
    *(
        float("nan"),
        float("inf"),
        float("-inf"),
        1001,
        86_400,
        43_201,
        345_601,
        1_209_601,
        4_102_444_800,
        10**12,
        10**15,
    ),
)
_OTHER: tuple[Any, ...] = (None, True, False, [], {}, [[]], [{}], {"": ""}, [None], {"a": None}, {"S": "a"}, "a", 7)


class Raw(str):
    """A piece that is written into the document as it is, whatever the protocol."""


class Values:
    """Values for one service. `known` has, by name of member or shape, what exists or is at least of the right form."""

    def __init__(self, random: Random, known: Mapping[str, Sequence[Any]], documents: Documents) -> None:
        self.random = random
        self._known = known
        self._documents = documents
        self._parts = 0

    def of(self, shape: Shape, name: str = "", depth: int = 0) -> Any:
        """A value that a client could mean, of not too many parts."""
        random = self.random
        self._parts = self._parts + 1 if depth else 0
        if self._parts > _MOST_PARTS:
            depth = _DEEPEST + 1
        found = self._known.get(name) or self._known.get(shape.name)
        if found and shape.type not in ("structure", "list", "map") and random.random() < 0.9:
            return random.choice(found)
        if shape.type == "string":
            document = self._documents.of(name) or self._documents.of(shape.name)
            if document is not None and random.random() < 0.9:
                return document()
        kind = shape.type
        if kind == "structure":
            return self._structure(shape, depth)
        if kind == "list":
            most = 0 if depth > _DEEPEST else random.choice((1, 1, 1, 2, 3))
            return [self.of(shape.member.shape, name.removesuffix("s"), depth + 1) for _ in range(most)]
        if kind == "map":
            most = 0 if depth > _DEEPEST else random.choice((1, 1, 2))
            return {
                str(self.of(shape.key.shape, "", depth + 1)): self.of(shape.value.shape, name, depth + 1)
                for _ in range(most)
            }
        return self._simple(shape)

    def _structure(self, shape: Shape, depth: int) -> dict[str, Any]:
        random = self.random
        members = shape.members
        if shape.name == "AttributeValue":
            chosen = random.choice(("S", "S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS"))
            if depth > _DEEPEST:
                chosen = "S"
            return {chosen: self.of(members[chosen].shape, chosen, depth + 1)}
        likely = _LIKELY_OPTIONAL if depth < 3 else 0.15
        if depth > _DEEPEST:
            likely = 0
        required = shape.required
        return {
            name: self.of(member.shape, name, depth + 1)
            for name, member in members.items()
            if name in required or random.random() < likely
        }

    def _simple(self, shape: Shape) -> Any:
        random = self.random
        if shape.type == "string":
            if "enum" in shape.traits:
                return random.choice(shape.traits["enum"])
            return random.choice(("a", "b", "name", "k1", "value", "1", "5"))
        if shape.type in ("integer", "long"):
            low = shape.traits.get("min", 0)
            return random.randint(low, max(low, min(shape.traits.get("max", 20), low + 30)))
        if shape.type in ("float", "double"):
            return random.choice((0.5, 1, 100.25))
        if shape.type == "boolean":
            return random.random() < 0.5
        if shape.type == "timestamp":
            return random.choice((1_600_000_000, 1_767_225_600, 1_900_000_000))
        return base64.b64encode(random.randbytes(random.choice((0, 1, 16, 32)))).decode()

    def hostile(self) -> Any:
        """What no client should send."""
        random = self.random
        chance = random.random()
        if chance < 0.45:
            return random.choice(_STRANGE)
        if chance < 0.60:
            return random.choice(_NUMBERS)
        if chance < 0.75:
            return copy.deepcopy(random.choice(_OTHER))  # it may be changed
        if chance < 0.90:
            return self._long()
        return self._deep()

    def _long(self) -> str:
        random = self.random
        size = random.choice(_SIZES) if random.random() < 0.98 else 2_000_000
        piece = random.choice(_PIECES)
        text = piece * (size // len(piece))
        return text + random.choice(("", "b", "!", "\x00"))

    def _deep(self) -> Raw:
        random = self.random
        depth = random.choice((33, 65, 100, 300, 1000, 5000))
        opening, closing = random.choice(
            (("[", "]"), ('{"a":', "}"), ('{"L":[', "]}"), ('{"M":{"a":', "}}"), ("<a>", "</a>"))
        )
        return Raw(
            opening * depth + (random.choice(("", "1", '{"S":"a"}'))) + closing * (depth - random.choice((0, 0, 1)))
        )

    def mutated(self, value: Any) -> Any:
        """The tree with something in it as it should not be; the tree itself may be changed."""
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            value = self._mutated_once(value)
        return value

    def _mutated_once(self, value: Any) -> Any:
        random = self.random
        places = _places(value)
        if not places:
            return self.hostile()
        holder, key = random.choice(places)
        change: Callable[[], Any] = random.choice(
            (self.hostile, self.hostile, self.hostile, self._remove, self._repeat, self._stretch)
        )
        if change == self._remove:
            del holder[key]
        elif change == self._repeat and isinstance(holder[key], list) and holder[key]:
            once = holder[key]
            holder[key] = (once * random.choice(_MANY))[:5000]
            if _nodes(value, {}) > _MOST_NODES:
                holder[key] = once
        elif change == self._stretch and isinstance(holder[key], str) and holder[key]:
            holder[key] = self._edited(holder[key])
        else:
            holder[key] = self.hostile()
        return value

    def _remove(self) -> None: ...

    def _repeat(self) -> None: ...

    def _stretch(self) -> None: ...

    def _edited(self, text: str) -> str:
        """The text with a piece cut out, doubled, repeated or put in."""
        random = self.random
        start = random.randrange(len(text))
        end = min(len(text), start + random.choice((1, 2, 5, 20)))
        piece = text[start:end]
        times = random.choice((0, 2, 2, 30, 300, 3000))
        inserted = random.choice(("", "", random.choice(_STRANGE), random.choice(_PIECES)))
        return text[:start] + piece * times + inserted + text[end:]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key or index) of the tree."""
    found: list[tuple[Any, Any]] = []
    left = [value]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            items: Any = node.items()
        elif isinstance(node, list):
            items = enumerate(node[:50])
        else:
            continue
        for key, below in items:
            found.append((node, key))
            left.append(below)
    return found


def _nodes(value: Any, counted: dict[int, int]) -> int:
    """How many values the tree has, those that are in it more than once counted each time."""
    if not isinstance(value, dict | list):
        return 1
    known = counted.get(id(value))
    if known is None:
        below = value.values() if isinstance(value, dict) else value
        known = counted[id(value)] = 1 + sum(_nodes(one, counted) for one in below)
    return known
