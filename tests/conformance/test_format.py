"""The case files' shape and the comparing of answers: what is wrong is found, and said with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conformance.cases import all_cases, read
from tests.conformance.format_error import FormatError
from tests.conformance.matching import Matcher
from tests.conformance.scope import MissingMemberError, Scope
from tests.conformance.values import CaseLoader

_CASE = "cases: [{id: a, title: t, source: s, answered: unknown, steps: [%s]}]"


def test_every_case_file_has_the_right_shape_and_every_id_is_unique() -> None:
    assert all_cases()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cases: 5", "needs `cases`, a list"),
        (_CASE % "{cal: sqs.ListQueues}", "a: step 1: needs one of call, http"),
        (_CASE % "{call: ListQueues}", "a: step 1 (ListQueues): the operation is written service.Operation"),
        (_CASE % "{call: sqs.ListQueues, anwser: {}}", "a: step 1 (sqs.ListQueues): unknown: anwser"),
        (_CASE % "{call: sqs.ListQueues, by: you}", "`by: you` is none of the case's `clients`"),
        (_CASE % "{call: sqs.ListQueues, as: each}", "`as: each` is a name with a meaning of its own"),
        ("cases: [{id: a, title: t, steps: []}]", "a: needs `source`, a text"),
        ("cases: [{id: a, id: b}]", "line 1: 'id' is there twice"),
        ("cases: [{id: a, title: !repeat [x]}]", "line 1: !repeat takes two values"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "sqs" / "wrong.yaml"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(FormatError) as raised:
        read(path)
    assert told in str(raised.value)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("expected", "actual", "differences"),
    [
        ("{a: 1, b: [x]}", {"a": 1, "b": ["x"]}, []),
        ("{a: 1}", {"a": True}, ["(~) /a 1 -> True"]),
        ("{a: 1}", {"a": 1, "b": 2}, ["(+) /b 2"]),
        ("{a: 1, b: 2}", {"a": 1}, ["(-) /b 2"]),
        ("!partial {a: {b: 1}}", {"a": {"b": 1, "c": 2}, "d": 3}, []),
        ("!partial {a: !full {b: 1}}", {"a": {"b": 1, "c": 2}}, ["(+) /a/c 2"]),
        ("{a: !absent }", {"a": 1}, ["(+) /a 1"]),
        ("[a, b]", ["a"], ["(-) [1] 'b'"]),
        ("[a]", ["a", "b"], ["(+) [1] 'b'"]),
        ("!unordered [{k: a}, {k: b}]", [{"k": "b"}, {"k": "a"}], []),
        ("!unordered [a]", ["a", "b"], ["(~)  (in any order) ['a'] -> ['a', 'b']"]),
        ("!including [a]", ["b", "a"], []),
        ("!one-of [a, b]", "b", []),
        ("!re 'a+'", "aab", ["(~)  'a+' -> 'aab'"]),
        ("!json {a: [1]}", '{"a":[1]}', []),
        ("!repeat [ab, 3]", "ababab", []),
        ("!base64 AP8=", b"\x00\xff", []),
        ("2026-11-30", "2026-11-30", []),
        ("[yes, 010]", ["yes", "010"], []),
        ("'<uuid:1>'", "x", ["(~)  '<uuid:1>' -> 'x'"]),
        ("'<uuid:1>'", "5f0a7c2e-8b1d-4e3f-9a6b-0c1d2e3f4a5b", []),
        ("'<Key>k</Key>'", "<Key>k</Key>", []),
        ("[<id:1>, <id:2>, <id:1>]", ["a", "b", "a"], []),
        ("[<id:1>, <id:1>]", ["a", "b"], ["(~) [1] 'a' -> 'b'"]),
        ("[<id:1>, <id:2>]", ["a", "a"], ["(~) [1] '<id:2>' -> 'a'"]),
        ("{a: '<n:1>/<n:2>', b: '<n:2>'}", {"a": "x/y", "b": "y"}, []),
        ("!unordered [{a: <x:1>, b: 1}, {a: <x:2>, b: 2}]", [{"a": "q", "b": 2}, {"a": "p", "b": 1}], []),
    ],
)
def test_answers_are_compared_path_by_path(expected: str, actual: Any, differences: list[str]) -> None:
    value = yaml.load(expected, Loader=CaseLoader)
    assert [str(found) for found in Matcher().differences(value, actual)] == differences


def _scope() -> Scope:
    caller = {
        "account": "111111111111",
        "region": "us-east-1",
        "partition": "aws",
        "endpoint": "http://h:1",
        "host": "h:1",
    }
    made = Scope(caller, lambda label: "222222222222", lambda: 0.0, {"letters": ["x"]}, "json", dict, unique="u")
    made.answers["got"] = {"Messages": [{"Body": b"b", "a.b": 1}]}
    return made


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${new.queue}", "queue-u"),
        ("arn:${account}/${account:other}", "arn:111111111111/222222222222"),
        ("${got.Messages[0].Body}", b"b"),
        ('${got.Messages[-1]["a.b"]}', 1),
        ("${got.Messages[0].Body|md5}", "92eb5ffee6ae2fec3ad71c777531578f"),
        ("${letters[0]}/${iso(+60)}", "x/1970-01-01T00:01:00Z"),
        ("$${filename}", "${filename}"),
        ("!json {a: '${account}'}", '{"a": "111111111111"}'),
        ("!by {json: 1, query: 2}", 1),
    ],
)
def test_references_are_resolved(text: str, value: Any) -> None:
    given = yaml.load(text, Loader=CaseLoader) if text.startswith("!") else text
    assert _scope().sent(given) == value


def test_an_unknown_reference_is_an_error_and_a_missing_member_a_difference() -> None:
    with pytest.raises(FormatError, match="nothing is called so"):
        _scope().sent("${queu.QueueUrl}")
    with pytest.raises(MissingMemberError, match="the answer has no"):
        _scope().sent("${got.Failed}")
