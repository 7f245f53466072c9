"""What the differential tests generate: values, items, expressions right and wrong."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Value = dict[str, Any]

NAMES = ["aa", "bb", "cc", "dd"]
"""Attribute names that are no reserved words; items have them with whatever types."""

plain_numbers = st.one_of(
    st.integers(-20, 20).map(str),
    st.sampled_from(["0.5", "1.50", "-0", "1e2", "1E-3", "12345678901234567890", "9" * 38, "-0.001", "1e125"]),
)
texts = st.sampled_from(["", "a", "ab", "b", "é", "\U0001f600", "S", "N", "NULL"])
binaries = st.sampled_from(["", "YQ==", "YWI=", "/w==", "gA=="])
strings = texts.map(lambda text: {"S": text})
numbers = plain_numbers.map(lambda text: {"N": text})
binary_values = binaries.map(lambda text: {"B": text})
scalars = st.one_of(strings, numbers, binary_values)
sets = st.one_of(
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True).map(lambda members: {"SS": members}),
    st.lists(st.sampled_from(["1", "2", "30"]), min_size=1, unique=True).map(lambda members: {"NS": members}),
    st.lists(st.sampled_from(["YQ==", "Yg=="]), min_size=1, unique=True).map(lambda members: {"BS": members}),
)
leaves = st.one_of(scalars, scalars, sets, st.booleans().map(lambda flag: {"BOOL": flag}), st.just({"NULL": True}))
values: st.SearchStrategy[Value] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda elements: {"L": elements}),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=3).map(lambda members: {"M": members}),
    ),
    max_leaves=5,
)
wrong_values = st.sampled_from(
    [
        {},
        {"N": "x"},
        {"N": ""},
        {"N": "1" * 39},
        {"N": "1e126"},
        {"N": "1e-131"},
        {"SS": []},
        {"NS": []},
        {"BS": []},
        {"SS": ["a", "a"]},
        {"NS": ["1", "1.0"]},
        {"S": "a", "N": "1"},
        {"NULL": False},
        {"L": [{}]},
        {"M": {"aa": {"N": "x"}}},
    ]
)
attributes = st.dictionaries(st.sampled_from(NAMES), values, max_size=4)


@st.composite
def paths(draw: st.DrawFn) -> str:
    """A document path."""
    path = draw(st.sampled_from([*NAMES, *NAMES, "#n", "zz"]))
    for step in draw(st.lists(st.sampled_from([".aa", ".bb", "[0]", "[1]", "[7]", ".#n"]), max_size=2)):
        if draw(st.integers(0, 2)) == 0:
            path += step
    return path


KEYS = [":s", ":n", ":b", ":ss", ":ns", ":l", ":m", ":t", ":any"]
operands = st.one_of(paths(), paths(), st.sampled_from(KEYS), paths().map(lambda path: f"size({path})"))
comparisons = st.one_of(
    st.builds("{} {} {}".format, operands, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), operands),
    st.builds("{} BETWEEN {} AND {}".format, operands, operands, operands),
    st.builds("{} IN ({}, {})".format, operands, operands, operands),
    st.builds("{}({})".format, st.sampled_from(["attribute_exists", "attribute_not_exists"]), operands),
    st.builds("{}({}, {})".format, st.sampled_from(["begins_with", "contains", "attribute_type"]), operands, operands),
)
conditions: st.SearchStrategy[str] = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("{} AND {}".format, inner, inner),
        st.builds("{} OR {}".format, inner, inner),
        inner.map(lambda text: f"NOT {text}"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=4,
)

sums = st.builds("{} {} {}".format, operands, st.sampled_from(["+", "-"]), operands)
assigned = st.one_of(
    operands,
    operands,
    sums,
    sums.map(lambda text: f"({text})"),
    st.builds("if_not_exists({}, {})".format, operands, operands),
    st.builds("list_append({}, {})".format, operands, operands),
    st.builds("if_not_exists({}, {}) + {}".format, operands, operands, operands),
)


def _sections(verb: str, actions: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(actions, min_size=1, max_size=3).map(lambda parts: f"{verb} {', '.join(parts)}")


sections = st.one_of(
    _sections("SET", st.builds("{} = {}".format, paths(), assigned)),
    _sections("SET", st.builds("{} = {}".format, paths(), assigned)),
    _sections("REMOVE", paths()),
    _sections("ADD", st.builds("{} {}".format, paths(), st.sampled_from(KEYS))),
    _sections("DELETE", st.builds("{} {}".format, paths(), st.sampled_from(KEYS))),
)
updates = st.lists(sections, min_size=1, max_size=3).map(" ".join)

TOKENS = [
    *["aa", "bb", "#n", "#u", ":s", ":n", ":u", "abort", "size (", "contains", "if_not_exists", "foo", "1", "0", "99"],
    *["=", "<>", "<", ">=", "(", ")", "[", "]", ".", ",", "+", "-", "!", "'", '"', "$", "&", "é", "==", ":", "#"],
    *["AND", "or", "Not", "BETWEEN", "in", "SET", "remove", "ADD", "DELETE", "attribute_exists(", "[0]", ".aa", " "],
]


@st.composite
def broken(draw: st.DrawFn, sound: st.SearchStrategy[str]) -> str:
    """A sound expression with some words replaced, left out or put in."""
    words = draw(sound).split(" ")
    for _ in range(draw(st.integers(1, 2))):
        position = draw(st.integers(0, len(words)))
        word = draw(st.sampled_from(TOKENS))
        change = draw(st.integers(0, 2))
        if change == 0 or position == len(words):
            words.insert(position, word)
        elif change == 1:
            words[position] = word
        else:
            del words[position]
    return " ".join(words)


token_soups = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=8).map(" ".join)


@st.composite
def placeholders_of(draw: st.DrawFn, text: str) -> dict[str, Any]:
    """`ExpressionAttributeNames` and `...Values` that `text` uses; now and then one too many, or one wrong."""
    input: dict[str, Any] = {}
    names = {"#n": "aa"} if "#n" in text else {}
    given: dict[str, Value] = {
        ":s": draw(strings),
        ":n": draw(numbers),
        ":b": draw(binary_values),
        ":ss": {"SS": ["a", "b"]},
        ":ns": {"NS": ["1", "2"]},
        ":l": {"L": [{"N": "1"}]},
        ":m": {"M": {"aa": {"S": "a"}}},
        ":t": {"S": draw(st.sampled_from(["S", "N", "L", "NULL", "XX"]))},
        ":any": draw(values),
    }
    used = {key: value for key, value in given.items() if _uses(text, key)}
    extra = draw(st.integers(0, 30))
    if extra == 0:
        names["#x"] = "unused"
    elif extra == 1:
        used[":x"] = {"S": "unused"}
    elif extra == 2 and used:
        used[next(iter(used))] = draw(wrong_values)
    if names:
        input["ExpressionAttributeNames"] = names
    if used:
        input["ExpressionAttributeValues"] = used
    return input


def _uses(text: str, key: str) -> bool:
    position = text.find(key)
    while position >= 0:
        end = position + len(key)
        if end == len(text) or not (text[end].isalnum() or text[end] == "_"):
            return True
        position = text.find(key, end)
    return False
