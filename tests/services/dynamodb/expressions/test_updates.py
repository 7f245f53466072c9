"""Updates: what they make of an item, which attributes they name, errors that depend on the item."""

from __future__ import annotations

import copy

import pytest

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import Placeholders, Update, compile_update
from services.dynamodb.values.attribute_values import AttributeValue, Item

ITEM: Item = {
    "s": {"S": "x"},
    "n": {"N": "5"},
    "l": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}]},
    "m": {"M": {"x": {"N": "1"}, "y": {"M": {"z": {"N": "2"}}}}},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
}
VALUES: dict[str, AttributeValue] = {
    ":a": {"S": "a"},
    ":n": {"N": "1"},
    ":l": {"L": [{"S": "new"}]},
    ":ss": {"SS": ["a", "c"]},
    ":ns": {"NS": ["1"]},
}
WRONG_TYPE = "An operand in the update expression has an incorrect data type"
INVALID_PATH = "The document path provided in the update expression is invalid for update"
MISSING = "The provided expression refers to an attribute that does not exist in the item"


def compiled(text: str, values: dict[str, AttributeValue] | None = None) -> Update:
    return compile_update(text, Placeholders(None, values or VALUES))


def changed(text: str, item: Item = ITEM) -> Item:
    """The attributes that are new or other than before; None for those removed."""
    before = copy.deepcopy(item)
    after = compiled(text).apply(item)
    assert item == before
    removed: Item = {name: {} for name in item if name not in after}
    return {name: value for name, value in after.items() if item.get(name) != value} | removed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set n = n + :n", {"n": {"N": "6"}}),
        ("set q = :n - n", {"q": {"N": "-4"}}),
        ("set q = if_not_exists(zz, n)", {"q": {"N": "5"}}),
        ("set n = if_not_exists(n, :n)", {}),
        ("set n = if_not_exists(zz, :n) + n", {"n": {"N": "6"}}),
        ("set q = list_append(:l, l)", {"q": {"L": [{"S": "new"}, *ITEM["l"]["L"]]}}),
        ("set s = n, n = s", {"s": {"N": "5"}, "n": {"S": "x"}}),
        ("set l[1] = :a", {"l": {"L": [{"S": "0"}, {"S": "a"}, {"S": "2"}]}}),
        ("set l[99] = :n, l[98] = :a", {"l": {"L": [*ITEM["l"]["L"], {"S": "a"}, {"N": "1"}]}}),
        ("remove l[0], l[1]", {"l": {"L": [{"S": "2"}]}}),
        ("set l[1] = :a, l[7] = :n remove l[0]", {"l": {"L": [{"S": "a"}, {"S": "2"}, {"N": "1"}]}}),
        ("remove l[9]", {}),
        ("set m.y.z = m.x", {"m": {"M": {"x": {"N": "1"}, "y": {"M": {"z": {"N": "1"}}}}}}),
        ("set m.w = :a remove m.x", {"m": {"M": {"w": {"S": "a"}, "y": {"M": {"z": {"N": "2"}}}}}}),
        ("remove m.nothing, zz", {}),
        ("remove s, n", {"s": {}, "n": {}}),
        ("add n :n, q :n", {"n": {"N": "6"}, "q": {"N": "1"}}),
        ("add ss :ss", {"ss": {"SS": ["a", "b", "c"]}}),
        ("delete ss :ss", {"ss": {"SS": ["b"]}}),
        ("delete ns :ns", {"ns": {"NS": ["2"]}}),
        ("delete zz :ss", {}),
        ("add m.cnt :n", {"m": {"M": {**ITEM["m"]["M"], "cnt": {"N": "1"}}}}),
        ("add l[7] :n", {"l": {"L": [*ITEM["l"]["L"], {"N": "1"}]}}),
    ],
)
def test_update(text: str, expected: Item) -> None:
    assert changed(text) == expected


def test_deleting_the_last_element_removes_the_attribute() -> None:
    assert compiled("delete ns :ns").apply({"ns": {"NS": ["1"]}}) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("set q = zz", MISSING),
        ("set q = if_not_exists(n, zz)", MISSING),
        ("set q = l[7]", MISSING),
        ("set q = n + s", WRONG_TYPE),
        ("set q = list_append(l, s)", WRONG_TYPE),
        ("add s :n", WRONG_TYPE),
        ("add ss :ns", WRONG_TYPE),
        ("delete n :ns", WRONG_TYPE),
        ("add l[0] :n", WRONG_TYPE),
        ("set zz.y = :n", INVALID_PATH),
        ("set s.y = :n", INVALID_PATH),
        ("set m[0] = :n", INVALID_PATH),
        ("set l.x = :n", INVALID_PATH),
        ("set m.zz.y = :n", INVALID_PATH),
        ("remove zz[0]", INVALID_PATH),
        ("remove s.x", INVALID_PATH),
        ("add zz.x :n", INVALID_PATH),
        ("delete l.x :ns", INVALID_PATH),
    ],
)
def test_errors_of_the_item(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        compiled(text).apply(ITEM)
    assert raised.value.message == message


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("9.9e125", "9.9e125", "Number overflow"),
        ("1e125", "1", "Number overflow"),
        ("1e50", "1", "Number overflow"),
        ("1", "1e-38", "Number overflow"),
    ],
)
def test_arithmetic_leaves_the_range(first: str, second: str, message: str) -> None:
    update = compiled("set q = :x + :y", {":x": {"N": first}, ":y": {"N": second}})
    with pytest.raises(ValidationException, match=message):
        update.apply({})


def test_exact_sums_of_38_digits() -> None:
    update = compiled("set q = :x + :y", {":x": {"N": "9" * 38}, ":y": {"N": "1"}})
    assert update.apply({}) == {"q": {"N": "1" + "0" * 38}}


def test_what_an_update_names() -> None:
    update = compiled("set a1.b = c1[0] + :n, d1 = list_append(e1, :l) remove f1 add g1 :ns")
    assert update.touched == {"a1", "d1", "f1", "g1"}
    assert update.paths == (("a1", "b"), ("c1", 0), ("d1",), ("e1",), ("f1",), ("g1",))
    assert [(action.verb, action.path, action.result_type) for action in update.actions] == [
        ("ADD", ("g1",), "NS"),
        ("REMOVE", ("f1",), None),
        ("SET", ("d1",), "L"),
        ("SET", ("a1", "b"), "N"),
    ]


def test_updated_attributes_are_the_nested_parts() -> None:
    update = compiled("set m.y.z = :a, l[1] = :n, l[2] = :a, q = :n remove s, m.x")
    after = update.apply(ITEM)
    assert update.updated_attributes(ITEM) == {
        "m": {"M": {"y": {"M": {"z": {"N": "2"}}}, "x": {"N": "1"}}},
        "l": {"L": [{"S": "1"}, {"S": "2"}]},
        "s": {"S": "x"},
    }
    assert update.updated_attributes(after) == {
        "m": {"M": {"y": {"M": {"z": {"S": "a"}}}}},
        "l": {"L": [{"N": "1"}, {"S": "a"}]},
        "q": {"N": "1"},
    }
