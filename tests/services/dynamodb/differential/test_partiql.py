"""Generated PartiQL statements, given to RustStack and to DynamoDB Local: the same items, the same error texts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.dynamodb.differential.conftest import Pair, differential
from tests.services.dynamodb.differential.differences import comparable
from tests.services.dynamodb.differential.strategies import NAMES
from tests.services.dynamodb.differential.wire import Failure

TABLE = "statements"

literals = st.one_of(
    st.integers(-3, 12).map(str),
    st.sampled_from(["'a'", "'ab'", "'it''s'", "1.5", "1e1", "true", "null", "['a', 1]", "{'aa': 1}", "<<1, 2>>"]),
)
paths = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.sampled_from(["aa.bb", "bb[0]", '"cc"', "cc['aa']", "zz", "dd.aa[1]"]),
)
operands = st.one_of(paths, literals, literals, paths.map(lambda path: f"size({path})"))
comparisons = st.one_of(
    st.builds("{} {} {}".format, operands, st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="]), operands),
    st.builds("{} BETWEEN {} AND {}".format, paths, literals, literals),
    st.builds("{} {}IN [{}, {}]".format, paths, st.sampled_from(["", "NOT "]), literals, literals),
    st.builds("{} IS {}{}".format, paths, st.sampled_from(["", "NOT "]), st.sampled_from(["MISSING", "NULL"])),
    st.builds("{}({}, {})".format, st.sampled_from(["begins_with", "contains", "CONTAINS"]), paths, literals),
    st.builds("attribute_type({}, '{}')".format, paths, st.sampled_from(["S", "N", "L", "X"])),
)
conditions: st.SearchStrategy[str] = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("{} AND {}".format, inner, inner),
        st.builds("{} OR {}".format, inner, inner),
        inner.map(lambda text: f"NOT {text}"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=3,
)
keys = st.sampled_from(
    ["pk = 'a'", "pk = 'a' AND sk = 1", "pk = 'a' AND sk > 0", "pk IN ['a', 'b']", "sk = 1", "pk = 1"]
)
wheres = st.one_of(keys, conditions, st.builds("{} AND ({})".format, keys, conditions))
columns = st.one_of(st.just("*"), st.lists(paths, min_size=1, max_size=3).map(", ".join))
selects = st.one_of(
    st.builds('SELECT {} FROM "statements" WHERE {}'.format, columns, wheres),
    st.builds("SELECT {} FROM statements".format, columns),
)
values = st.one_of(literals, literals, st.lists(literals, max_size=2).map(lambda found: f"[{', '.join(found)}]"))
inserts = st.builds(
    "INSERT INTO statements VALUE {{'pk': {}, 'sk': {}, 'aa': {}, 'bb': {}}}".format,
    st.sampled_from(["'a'", "'b'", "'c'", "''", "1"]),
    st.sampled_from(["0", "1", "2", "'x'"]),
    values,
    values,
)
single = st.sampled_from(["pk = 'a' AND sk = 1", "pk = 'b' AND sk = 1", "sk = 0 AND pk = 'a'", "pk = 'a'"])
assigned = st.one_of(
    values,
    st.builds("{} {} {}".format, paths, st.sampled_from(["+", "-"]), st.sampled_from(["1", "aa", "'x'"])),
    st.builds("if_not_exists({}, {})".format, paths, literals),
    st.builds("list_append({}, {})".format, paths, values),
)
clauses = st.one_of(
    st.builds("SET {} = {}".format, paths, assigned),
    st.builds("SET aa = {}(aa, {})".format, st.sampled_from(["set_add", "set_delete"]), literals),
    st.builds("REMOVE {}".format, paths),
)
limits = st.one_of(single, single, st.builds("{} AND {}".format, single, comparisons))
update_statements = st.builds(
    "UPDATE statements {} WHERE {}{}".format,
    st.lists(clauses, min_size=1, max_size=2).map(" ".join),
    limits,
    st.sampled_from(["", " RETURNING ALL NEW *", " RETURNING ALL OLD *"]),
)
deletes = st.builds("DELETE FROM statements WHERE {}{}".format, limits, st.sampled_from(["", " RETURNING ALL OLD *"]))
WORDS = ["SELECT", "WHERE", "=", "(", ")", "'", "?", "aa", "1", "<<", "}", ",", ".", "AND", "VALUE", "*", "ORDER BY sk"]


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A statement with a word replaced, left out or put in."""
    words = draw(st.one_of(selects, inserts, update_statements, deletes)).split(" ")
    position = draw(st.integers(0, len(words) - 1))
    words[position : position + draw(st.integers(0, 1))] = draw(st.sampled_from([[], [draw(st.sampled_from(WORDS))]]))
    return " ".join(words)


statements = st.one_of(selects, selects, inserts, update_statements, deletes, broken())


@pytest.fixture(scope="module", autouse=True)
def table(pair: Pair) -> None:
    pair.answers(
        "CreateTable",
        {
            "TableName": TABLE,
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "N"},
            ],
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    for number in range(3):
        item = {
            "pk": {"S": "a"},
            "sk": {"N": str(number)},
            "aa": {"M": {"bb": {"N": str(number)}}} if number else {"NS": ["1", "2"]},
            "bb": {"L": [{"S": "a"}, {"N": "1"}]},
            "cc": {"M": {"aa": {"S": "ab"}}} if number else {"S": "ab"},
        }
        pair.answers("PutItem", {"TableName": TABLE, "Item": item})


def unordered(answer: Any) -> Any:
    if isinstance(answer, dict) and "Items" in answer:
        answer["Items"] = sorted(answer["Items"], key=lambda item: json.dumps(item, sort_keys=True))
    return answer


@differential()
@given(st.lists(statements, min_size=1, max_size=4))
def test_statements(pair: Pair, texts: list[str]) -> None:
    for text in texts:
        ours, theirs = pair.answers("ExecuteStatement", {"Statement": text})
        if isinstance(theirs, Failure) and theirs.code == "InternalFailure":
            continue  # DynamoDB Local has bugs of its own, such as a comparison of two attributes
        assert unordered(comparable(ours)) == unordered(comparable(theirs)), text
