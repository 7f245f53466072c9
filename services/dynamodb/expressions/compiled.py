"""What compiling gives: conditions, updates, projections and key conditions, ready to run on items.

Items go in and come out in wire form, with numbers in normal form (`values`). A path is a tuple of attribute names
(str) and list indexes (int): `a.b[3]` is `("a", "b", 3)`. Nothing here changes an item that was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.dynamodb.expressions.document_paths import project
from services.dynamodb.expressions.key_schema import KeyCondition, KeyTerm, fit
from services.dynamodb.expressions.syntax import Path
from services.dynamodb.values.attribute_values import AttributeValue, Item

Values = Mapping[str, AttributeValue]


# What is made anew for each request is not frozen: that would make it three times as slow to make.


@dataclass(slots=True)
class Condition:
    """A condition or filter. `paths` are all document paths in it, in the order of the text."""

    test: Callable[[Mapping[str, AttributeValue], Values], bool]
    paths: tuple[Path, ...]
    values: Values = field(default_factory=dict)

    def evaluate(self, item: Mapping[str, AttributeValue]) -> bool:
        """Whether it holds for `item`; an item that does not exist is `{}`."""
        return self.test(item, self.values)


@dataclass(frozen=True, slots=True)
class Projection:
    """Which attributes to return. `paths` in the order of the text."""

    project: Callable[[Mapping[str, AttributeValue]], Item]
    paths: tuple[Path, ...]

    def apply(self, item: Mapping[str, AttributeValue]) -> Item:
        """A new item with what the paths name; paths that the item does not have are left out."""
        return self.project(item)


@dataclass(frozen=True, slots=True)
class UpdateAction:
    """One action of an update: `verb` is SET, REMOVE, ADD or DELETE.

    `result_type` is the datatype that the attribute will have, where the text and the values alone tell it.
    """

    verb: Literal["SET", "REMOVE", "ADD", "DELETE"]
    path: Path
    result_type: str | None = None


@dataclass(slots=True)
class Update:
    """An update. `actions` in the order in which DynamoDB checks them; `paths` are all paths, operands' too."""

    run: Callable[[Item, Values], Item]
    actions: tuple[UpdateAction, ...]
    paths: tuple[Path, ...]
    values: Values = field(default_factory=dict)

    @property
    def touched(self) -> frozenset[str]:
        """Names of the top-level attributes that it writes to or removes."""
        return frozenset(str(action.path[0]) for action in self.actions)

    @property
    def only_removes(self) -> bool:
        """Whether it does nothing to an item that does not exist, wherever its paths lead."""
        return all(action.verb == "REMOVE" for action in self.actions)

    def apply(self, item: Item) -> Item:
        """The item after the update; every operand reads `item` as it was. ValidationException as DynamoDB."""
        return self.run(item, self.values)

    def updated_attributes(self, item: Item) -> Item:
        """What `UPDATED_OLD` (of the item before) and `UPDATED_NEW` (of the item after) return."""
        return project(item, (action.path for action in self.actions))


@dataclass(slots=True)
class KeyConditions:
    """A key condition before the table is known.

    `terms()` gives one term for each attribute, in the order of the text, and raises where the expression is not one
    that a key can take; to be called after the request's other expressions are compiled and before the table is read.
    """

    terms: Callable[[], tuple[KeyTerm, ...]]

    def for_schema(
        self, partition: Iterable[str], sort: Iterable[str], types: Mapping[str, str] | None = None
    ) -> KeyCondition:
        """Fit to a table's or index's key: names of its partition and sort attributes, in order.

        `types` are the attribute definitions (name to S, N or B). Raises ValidationException ("Query condition missed
        key schema element: a", "Query key condition not supported", "... Condition parameter type does not match
        schema type").
        """
        return fit(self.terms(), tuple(partition), tuple(sort), types)
