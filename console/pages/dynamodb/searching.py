"""A search as the form of a table's items has it: of the table or an index, by its key, with filters.

In: the address's query and the table. Out: a `Search`, and the form's fields as they were. `SearchError` where a field
is missing or cannot be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.interfaces.dynamodb.items import Search, Value
from console.interfaces.dynamodb.tables import Key, Table

FILTERS = 3
TYPES = (("S", "text"), ("N", "number"), ("BOOL", "true or false"), ("NULL", "null"), ("B", "bytes (base64)"))
SORT_CONDITIONS = (
    ("=", "="),
    ("begins_with", "begins with"),
    ("<", "<"),
    ("<=", "≤"),
    (">", ">"),
    (">=", "≥"),
    ("between", "between"),
)
CONDITIONS = (
    ("=", "="),
    ("<>", "≠"),
    ("<", "<"),
    ("<=", "≤"),
    (">", ">"),
    (">=", "≥"),
    ("begins_with", "begins with"),
    ("contains", "contains"),
    ("not_contains", "does not contain"),
    ("exists", "is there"),
    ("not_exists", "is not there"),
)
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


class SearchError(ValueError):
    """What the form says cannot be searched by; the text says why."""


@dataclass(frozen=True, slots=True)
class FilterFields:
    """One line of filters, as it stands in the form."""

    name: str
    condition: str
    value: str
    type: str

    @classmethod
    def at(cls, query: Mapping[str, str], number: int) -> FilterFields:
        return cls(
            query.get(f"name{number}", ""),
            query.get(f"is{number}", "="),
            query.get(f"value{number}", ""),
            query.get(f"type{number}", "S"),
        )


class _Expressions:
    """Names and values of expressions, by placeholders."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Value] = {}

    def name(self, path: str) -> str:
        """`a.b[0]` is a path of two names."""
        parts = []
        for part in path.split("."):
            name, bracket, rest = part.partition("[")
            placeholder = f"#n{len(self.names)}"
            self.names[placeholder] = name
            parts.append(placeholder + bracket + rest)
        return ".".join(parts)

    def value(self, value: Value) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder


def search_of(table: Table, query: Mapping[str, str]) -> Search:
    """See the module."""
    index = query.get("index", "")
    expressions = _Expressions()
    key_condition = ""
    if query.get("mode") == "query":
        key_condition = _key_condition(table.keys_of(index), query, expressions)
    filters = [_filter(FilterFields.at(query, number), expressions) for number in range(FILTERS)]
    return Search(
        table.name,
        index,
        key_condition,
        " AND ".join(condition for condition in filters if condition),
        expressions.names,
        expressions.values,
        query.get("descending") == "1",
    )


def value_of(kind: str, text: str) -> Value:
    """A value as the form has it. Raises `SearchError`."""
    if kind == "BOOL":
        if text.strip().lower() not in ("true", "false"):
            raise SearchError(f"{text!r} is neither true nor false")
        return {"BOOL": text.strip().lower() == "true"}
    if kind == "NULL":
        return {"NULL": True}
    return {kind if kind in ("N", "B") else "S": text.strip() if kind == "N" else text}


def _key_condition(keys: Sequence[Key], query: Mapping[str, str], expressions: _Expressions) -> str:
    partition = keys[0]
    said = query.get("partition", "")
    if not said:
        raise SearchError(f"A query needs a value of the partition key {partition.name!r}: give one, or scan.")
    condition = f"{expressions.name(partition.name)} = {expressions.value(value_of(partition.type, said))}"
    first, second = query.get("sort_value", ""), query.get("sort_value2", "")
    if len(keys) < 2 or not first:
        return condition
    key = keys[1]
    name, value = expressions.name(key.name), expressions.value(value_of(key.type, first))
    comparison = query.get("sort_is", "=")
    if comparison == "between":
        until = expressions.value(value_of(key.type, second))
        return f"{condition} AND {name} BETWEEN {value} AND {until}"
    if comparison == "begins_with":
        return f"{condition} AND begins_with({name}, {value})"
    return f"{condition} AND {name} {comparison if comparison in _COMPARISONS else '='} {value}"


def _filter(fields: FilterFields, expressions: _Expressions) -> str:
    if not fields.name:
        return ""
    name = expressions.name(fields.name)
    if fields.condition == "exists":
        return f"attribute_exists({name})"
    if fields.condition == "not_exists":
        return f"attribute_not_exists({name})"
    value = expressions.value(value_of(fields.type, fields.value))
    if fields.condition in ("begins_with", "contains"):
        return f"{fields.condition}({name}, {value})"
    if fields.condition == "not_contains":
        return f"NOT contains({name}, {value})"
    return f"{name} {fields.condition if fields.condition in _COMPARISONS else '='} {value}"
