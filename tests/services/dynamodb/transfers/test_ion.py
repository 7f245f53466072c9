"""Amazon Ion text, written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dynamodb.transfers import ion

_NUMBERS = st.sampled_from(["0", "1", "-1.5", "12345678901234567890123456789012345678", "0.001"])
_BINARY = st.sampled_from(["", "AQI=", "dGV4dA=="])
_TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
_SCALARS = (
    st.builds(lambda text: {"S": text}, _TEXTS)
    | st.builds(lambda text: {"N": text}, _NUMBERS)
    | st.builds(lambda text: {"B": text}, _BINARY)
    | st.builds(lambda truth: {"BOOL": truth}, st.booleans())
    | st.just({"NULL": True})
    | st.builds(lambda texts: {"SS": texts}, st.lists(_TEXTS, min_size=1, max_size=3))
    | st.builds(lambda texts: {"NS": texts}, st.lists(_NUMBERS, min_size=1, max_size=3))
    | st.builds(lambda texts: {"BS": texts}, st.lists(_BINARY, min_size=1, max_size=3))
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.builds(lambda values: {"L": values}, st.lists(inner, max_size=3))
        | st.builds(lambda values: {"M": values}, st.dictionaries(_TEXTS, inner, max_size=3))
    ),
    max_leaves=8,
)


@given(st.dictionaries(_TEXTS, _VALUES, max_size=4))
def test_what_is_written_is_read_back(item: dict[str, object]) -> None:
    text = f"{ion.VERSION_MARKER} {ion.write_item(item)}\n"  # type: ignore[arg-type]
    assert list(ion.read_structs(text * 2)) == [item, item]


def test_every_form_of_ion_that_an_import_may_have() -> None:
    text = """
    $ion_1_0 // a comment
    { 'quoted name': "a\\u0041\\n", "string name": '''long ''' '''text''', /* another */
      decimals: [1., 1.5, 2d3, -7e-2, 1_000], blob: {{ AQ I= }}, nothing: null.string,
      set: $dynamodb_NS::[1, 2.5,], truth: true, nested: {list: ["x", {}]} }
    """
    assert list(ion.read_structs(text)) == [
        {
            "quoted name": {"S": "aA\n"},
            "string name": {"S": "long text"},
            "decimals": {"L": [{"N": "1"}, {"N": "1.5"}, {"N": "2e3"}, {"N": "-7e-2"}, {"N": "1000"}]},
            "blob": {"B": "AQI="},
            "nothing": {"NULL": True},
            "set": {"NS": ["1", "2.5"]},
            "truth": {"BOOL": True},
            "nested": {"M": {"list": {"L": [{"S": "x"}, {"M": {}}]}}},
        }
    ]


@pytest.mark.parametrize(
    "text", ["{a:}", '{a:"x}', "{a:1", "[1]", "{a:symbol}", "{a:2007-01-01T}", "{a:$dynamodb_SS::1}"]
)
def test_what_is_no_ion_or_no_item(text: str) -> None:
    with pytest.raises(ion.IonError):
        list(ion.read_structs(text))
