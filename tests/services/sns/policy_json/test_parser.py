"""The JSON of policies: what Jackson says of texts that are none."""

from __future__ import annotations

import json

import pytest

from services.sns.policy_json import JsonError, compact, parse, parse_object

VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
SOURCE = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]"
A_NAME = "was expecting double-quote to start field name"
A_COLON = "was expecting a colon to separate field name and value"


@pytest.mark.parametrize(
    ("source", "message", "line", "column"),
    [
        ("invalid-json", f"Unrecognized token 'invalid': was expecting {VALUE}", 1, 8),
        ("{invalid", f"Unexpected character ('i' (code 105)): {A_NAME}", 1, 2),
        ("{'a':1}", f"Unexpected character (''' (code 39)): {A_NAME}", 1, 2),
        ('{"a":tru}', f"Unrecognized token 'tru': was expecting {VALUE}", 1, 9),
        ('{"a":\n\n x}', f"Unrecognized token 'x': was expecting {VALUE}", 3, 3),
        ('{"a":1,}', f"Unexpected character ('}}' (code 125)): {A_NAME}", 1, 8),
        ("[1,]", f"Unexpected character (']' (code 93)): expected a valid value {VALUE}", 1, 4),
        ('{"a" 1}', f"Unexpected character ('1' (code 49)): {A_COLON}", 1, 6),
        ('{"a":1;}', "Unexpected character (';' (code 59)): was expecting comma to separate Object entries", 1, 7),
        ("[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 1, 4),
        ("", "No content to map due to end-of-input", 1, 1),
        ('{"a":', "Unexpected end-of-input within/between Object entries", 1, 6),
        ('{"a":"b', "Unexpected end-of-input: was expecting closing quote for a string value", 1, 8),
        (r'{"a":"\x"}', "Unrecognized character escape 'x' (code 120)", 1, 9),
        ('{"a":01}', "Invalid numeric value: Leading zeroes not allowed", 1, 7),
    ],
)
def test_what_is_refused_and_where(source: str, message: str, line: int, column: int) -> None:
    with pytest.raises(JsonError) as caught:
        parse(source)
    assert str(caught.value) == f"{message}\n at {SOURCE % (line, column)}"


def test_an_open_object_names_where_it_began() -> None:
    with pytest.raises(JsonError) as caught:
        parse('{"a":{"b":1}')
    assert str(caught.value) == (
        f"Unexpected end-of-input: expected close marker for Object (start marker at {SOURCE % (1, 1)})\n"
        f" at {SOURCE % (1, 13)}"
    )


@pytest.mark.parametrize(
    "text",
    ['{"a":[1.50,"é\\u00e9\\/\\ud83d\\ude00",{"b":null}],"c":{},"d":[],"e":[true,false,-1e3]}', "[]", '"x"'],
)
def test_a_document_is_read_and_written_again_without_white_space(text: str) -> None:
    spaced = text.replace(",", " ,\n ").replace(":", ": ")
    written = compact(parse(spaced))
    assert json.loads(written) == json.loads(text) == parse(spaced).plain()
    assert " " not in written


def test_of_two_equal_names_the_last_counts() -> None:
    assert parse_object('{"a":1,"b":2,"a":3}') == {"a": 3, "b": 2}


def test_a_number_of_any_length_is_read() -> None:
    assert parse_object(f'{{"a":{"9" * 5000}}}')["a"] == float("inf")


def test_what_no_document_of_sns_holds_is_not_read_value_by_value() -> None:
    with pytest.raises(JsonError, match="more than 10000 values"):
        parse('{"a":[' + "1," * 20_000 + "1]}")
