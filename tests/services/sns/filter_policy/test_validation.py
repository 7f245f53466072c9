"""What AWS does not take as a filter policy, and how it says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.sns.filter_policy import MESSAGE_ATTRIBUTES, MESSAGE_BODY, FilterPolicyError, compile_filter_policy


def error_of(source: str, scope: str = MESSAGE_ATTRIBUTES) -> str:
    with pytest.raises(FilterPolicyError) as caught:
        compile_filter_policy(source, scope)
    return str(caught.value)


@pytest.mark.parametrize(
    ("source", "message", "column"),
    [
        ('{"a":[]}', "Empty arrays are not allowed", 8),
        ("{}", "Empty objects are not allowed", 3),
        ('["a"]', "Filter is not an object", 2),
        ('{"a":"b"}', '"a" must be an object or an array', 7),
        ('{"a":[["b"]]}', "Match value must be String, number, true, false, or null", 8),
        ('{"a":[{}]}', "Match expression name not found", 9),
        ('{"a":[{"prefix":"x","suffix":"y"}]}', "Only one key allowed in match expression", 31),
        ('{"a":[{"prefx":"x"}]}', "Unrecognized match type prefx", 17),
        ('{"a":[{"prefix":1}]}', "prefix match pattern must be a string", 18),
        ('{"a":[{"exists":"yes"}]}', "exists match pattern must be either true or false.", 18),
        ('{"a":[{"numeric":1}]}', "Value of numeric must be an array.", 19),
        ('{"a":[{"numeric":[]}]}', "Invalid member in numeric match: ]", 20),
        ('{"a":[{"numeric":["~",1]}]}', "Unrecognized numeric range operator: ~", 24),
        ('{"a":[{"numeric":["=","1"]}]}', "Value of equals must be numeric", 24),
        ('{"a":[{"numeric":["<",1,">",0]}]}', "Too many elements in numeric expression", 26),
        ('{"a":[{"numeric":[">",1,">",2]}]}', "Bad numeric range operator: >", 28),
        ('{"a":[{"numeric":[">",3,"<",2]}]}', "Bottom must be less than top", 31),
        ('{"a":[{"numeric":["=",1000000001]}]}', "Value must be between -1.0E9 and 1.0E9, inclusive", 33),
        ('{"a":[{"anything-but":true}]}', "Value of anything-but must be an array or single string/number value.", 27),
        ('{"a":[{"anything-but":[null]}]}', "Inside anything but list, start|null|boolean is not supported.", 28),
        ('{"a":[{"anything-but":{"cidr":"x"}}]}', "Unsupported anything-but pattern: cidr", 32),
        ('{"a":[{"anything-but":{"prefix":""}}]}', "Null prefix not allowed", 35),
        ('{"a":[{"anything-but":{"prefix":["x"]}}]}', "prefix match pattern must be a string", 34),
        ('{"a":[{"anything-but":{"suffix":"x"}}]}', "Unsupported anything-but pattern: suffix", 34),
        ('{"a":[{"anything-but":"x","prefix":"y"}]}', "Too many elements in numeric expression", 37),
        ('{"a":[{"numeric":["=",1],"prefix":"y"}]}', "Too many elements in numeric expression", 36),
        ('{"a":[{"exists":true,"prefix":"y"}]}', "Only one key allowed in match expression", 32),
        ('{"a":[{"suffix":{"equals-ignore-case":"x"}}]}', "suffix match pattern must be a string", 18),
        ('{"a":[{"cidr":1}]}', "prefix match pattern must be a string", 16),
        ('{"a":[{"exactly":1}]}', "exact match pattern must be a string", 19),
        ('{"$or":[{"numeric":123},{"prefix":"abc"}]}', "Value of numeric must be an array.", 23),
    ],
)
def test_errors_and_where_they_are(source: str, message: str, column: int) -> None:
    assert error_of(source) == f'{message}\n at [Source: (String)"{source}"; line: 1, column: {column}]'
    # AWS looks into the policy as it writes it again, whatever white space it came with.
    spaced = source.replace('":', '" :\n ').replace(",", ", ")
    if json.loads(spaced) == json.loads(source):
        assert error_of(spaced) == error_of(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('{"a":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required"),
        ('{"a":[{"cidr":"10.0.0.0/x"}]}', "Malformed CIDR, mask bits must be an integer"),
        ('{"a":[{"cidr":"10.0.0.0/-1"}]}', "Malformed CIDR, mask bits must not be negative"),
        ('{"a":[{"cidr":"10.0.0.0/32"}]}', "IPv4 mask bits must be < 32"),
        ('{"a":[{"cidr":"host/8"}]}', "Nonstandard IP address: host"),
        ('{"a":[{"cidr":"999.0.0.1/8"}]}', "Invalid IP address: 999.0.0.1"),
        ('{"a":[{"wildcard":"x**"}]}', "Consecutive wildcard characters at pos 1"),
        (r'{"a":[{"wildcard":"x\\y"}]}', "Invalid escape character at pos 2"),
    ],
)
def test_errors_that_the_parser_does_not_raise_name_no_place(source: str, message: str) -> None:
    assert error_of(source) == message


def test_a_text_that_is_no_json_is_refused_as_the_parser_words_it() -> None:
    where = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]"
    assert error_of("{error}") == (
        "failed to parse JSON. Unexpected character ('e' (code 101)): was expecting double-quote to start field name\n"
        f" at {where}"
    )


def test_a_long_source_is_cut() -> None:
    text = error_of('{"a": ["' + "x" * 600 + '"],\n "b": []}')
    assert text.endswith("[truncated 117 chars]; line: 1, column: 617]")


def test_a_wildcard_of_many_stars_takes_no_time() -> None:
    policy_of_stars = compile_filter_policy(json.dumps({"a": [{"wildcard": "*a" * 200}]}), MESSAGE_ATTRIBUTES)
    assert not policy_of_stars.accepts({"a": "a" * 199 + "b" * 20_000})
    assert policy_of_stars.accepts({"a": "ab" * 200 + "a"})


def policy(keys: int, values: int) -> str:
    return json.dumps({f"k{key}": [f"v{value}" for value in range(values)] for key in range(keys)})


def test_at_most_five_keys() -> None:
    compile_filter_policy(policy(5, 1), MESSAGE_ATTRIBUTES)
    assert error_of(policy(6, 1)) == "Filter policy can not have more than 5 keys"


def test_of_a_nested_policy_only_parent_keys_count() -> None:
    nested: dict[str, Any] = {"a": {f"k{key}": ["v"] for key in range(6)}}
    compile_filter_policy(json.dumps(nested), MESSAGE_BODY)


def test_at_most_150_combinations() -> None:
    compile_filter_policy(json.dumps({"a": list(range(15)), "b": list(range(10))}), MESSAGE_ATTRIBUTES)
    assert error_of(json.dumps({"a": list(range(16)), "b": list(range(10))})) == "Filter policy is too complex"


def test_levels_of_nesting_count_as_combinations() -> None:
    # 3 x 4 x 2 x 3 = 72, as in AWS's example; 3 x 4 x 2 x 7 = 168
    fitting = {"a": {"b": {"c": ["1", "2", "3", "4"]}}, "d": {"e": ["1", "2", "3"]}}
    compile_filter_policy(json.dumps(fitting), MESSAGE_BODY)
    fitting["d"]["e"] = [str(number) for number in range(7)]  # type: ignore[assignment]
    assert error_of(json.dumps(fitting), MESSAGE_BODY) == "Filter policy is too complex"


def test_alternatives_add_up() -> None:
    fitting = {"$or": [{"a": list(range(75))}, {"b": list(range(75))}]}
    compile_filter_policy(json.dumps(fitting), MESSAGE_ATTRIBUTES)
    assert error_of(json.dumps({**fitting, "c": ["x", "y"]})) == "Filter policy is too complex"


def test_attributes_are_not_nested() -> None:
    assert error_of('{"a": {"b": ["c"]}}') == (
        "Filter policy scope MessageAttributes does not support nested filter policy"
    )


def test_a_policy_has_at_most_256_kilobytes() -> None:
    assert error_of(json.dumps({"a": ["x" * 262_144]})) == "Filter policy is too large"


def test_a_policy_nested_beyond_reason() -> None:
    assert "Document nesting depth (201) exceeds the maximum" in error_of('{"a":' * 5000, MESSAGE_BODY)
    assert error_of('{"a":' * 190 + '["b"]' + "}" * 190, MESSAGE_BODY) == "Filter policy is too complex"
