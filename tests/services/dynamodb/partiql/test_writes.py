"""INSERT, UPDATE and DELETE; batches and transactions of statements."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, wire

ITEM = {
    "h": {"S": "1"},
    "n": {"N": "5"},
    "l": {"L": [{"N": "1"}, {"S": "a"}]},
    "m": {"M": {"x": {"N": "1.5"}}},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
}


async def filled(dynamodb: DynamoDb) -> None:
    await dynamodb.table("one", "h:S")
    await dynamodb.put("one", ITEM)


async def stored(dynamodb: DynamoDb, key: str = "1") -> Any:
    return (await dynamodb.get_item(TableName="one", Key={"h": {"S": key}})).get("Item")


async def execute(dynamodb: DynamoDb, statement: str, *parameters: dict[str, Any]) -> Any:
    given = {"Parameters": list(parameters)} if parameters else {}
    return (await dynamodb.execute_statement(Statement=statement, **given))["Items"]


async def test_insert(dynamodb: DynamoDb) -> None:
    await dynamodb.table("one", "h:S")
    statement = (
        "INSERT INTO one VALUE {'h': '2', 'n': 1.50, 'e': 1e2, 'neg': -3, 'l': [1, 'it''s', null, true], "
        "'t': (1, 2), 'm': {'x': {'y': []}}, 'ss': <<'b', 'a'>>, 'ns': <<1, 2.0>>, 'b': ?, 'any': ?}"
    )
    assert await execute(dynamodb, statement, {"B": "YQ=="}, {"M": {"k": {"N": "1.0"}}}) == []
    assert await stored(dynamodb, "2") == {
        "h": {"S": "2"},
        "n": {"N": "1.5"},
        "e": {"N": "100"},
        "neg": {"N": "-3"},
        "l": {"L": [{"N": "1"}, {"S": "it's"}, {"NULL": True}, {"BOOL": True}]},
        "t": {"L": [{"N": "1"}, {"N": "2"}]},
        "m": {"M": {"x": {"M": {"y": {"L": []}}}}},
        "ss": {"SS": ["b", "a"]},
        "ns": {"NS": ["1", "2"]},
        "b": {"B": "YQ=="},
        "any": {"M": {"k": {"N": "1"}}},
    }


UPDATES: list[tuple[str, dict[str, Any]]] = [
    ("SET n = 7", {"n": {"N": "7"}}),
    ("SET n = n + 1 SET q = 'x'", {"n": {"N": "6"}, "q": {"S": "x"}}),
    ("SET n = 1 + 2 + 3, q = n - 1", {"n": {"N": "6"}, "q": {"N": "4"}}),
    ("SET n = n + (-1)", {"n": {"N": "4"}}),
    (
        "SET l[0] = 9, m.y = 3",
        {"l": {"L": [{"N": "9"}, {"S": "a"}]}, "m": {"M": {"x": {"N": "1.5"}, "y": {"N": "3"}}}},
    ),
    ("SET l = list_append(l, [5])", {"l": {"L": [{"N": "1"}, {"S": "a"}, {"N": "5"}]}}),
    ("SET z = if_not_exists(z, 7)", {"z": {"N": "7"}}),
    ("SET ss = set_add(ss, <<'c'>>)", {"ss": {"SS": ["a", "b", "c"]}}),
    ("SET ss = set_delete(ss, <<'a'>>)", {"ss": {"SS": ["b"]}}),
    ("SET ns = SET_DELETE(ns, <<1, 2>>)", {"ns": None}),
    ("SET n = null REMOVE q", {"n": {"NULL": True}}),
    ("REMOVE m.x, l[0]", {"m": {"M": {}}, "l": {"L": [{"S": "a"}]}}),
    ("REMOVE ss REMOVE ns", {"ss": None, "ns": None}),
    ("SET \"#odd:name\" = 'x'", {"#odd:name": {"S": "x"}}),
]


async def test_update(dynamodb_on_sqlite: DynamoDb) -> None:
    await filled(dynamodb_on_sqlite)
    for clauses, changed in UPDATES:
        await dynamodb_on_sqlite.put("one", ITEM)
        assert await execute(dynamodb_on_sqlite, f"UPDATE one {clauses} WHERE h = '1' AND n = 5") == []
        expected = {name: value for name, value in {**ITEM, **changed}.items() if value is not None}
        assert (clauses, await stored(dynamodb_on_sqlite)) == (clauses, expected)


@pytest.mark.parametrize(
    ("returning", "returned"),
    [
        ("ALL OLD", ITEM),
        ("ALL NEW", {**ITEM, "n": {"N": "6"}}),
        ("MODIFIED OLD", {"n": {"N": "5"}}),
        ("MODIFIED NEW", {"n": {"N": "6"}}),
    ],
)
async def test_returning(dynamodb: DynamoDb, returning: str, returned: dict[str, Any]) -> None:
    await filled(dynamodb)
    statement = f"UPDATE one SET n = n + ? WHERE h = ? RETURNING {returning} *"
    assert await execute(dynamodb, statement, {"N": "1"}, {"S": "1"}) == [returned]


async def test_delete(dynamodb: DynamoDb) -> None:
    await filled(dynamodb)
    assert await execute(dynamodb, "DELETE FROM one WHERE h = 'nowhere' RETURNING ALL OLD *") == []
    assert await execute(dynamodb, "DELETE FROM one WHERE h = '1' AND n > 4 RETURNING ALL OLD *") == [ITEM]
    assert await stored(dynamodb) is None


async def test_a_batch_of_writes(dynamodb: DynamoDb) -> None:
    await filled(dynamodb)
    statements = [
        "INSERT INTO one VALUE {'h': '2'}",
        "UPDATE one SET n = 1 WHERE h = '1' AND n = 44",
        "garbage",
        "DELETE FROM nowhere WHERE h = '1'",
        "UPDATE one SET n = 1 WHERE n = 1",
    ]
    answer = await dynamodb.batch_execute_statement(
        Statements=[{"Statement": text} for text in statements], ReturnConsumedCapacity="TOTAL"
    )
    assert answer["Responses"] == [
        {"TableName": "one"},
        {
            "TableName": "one",
            "Error": {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
        },
        {
            "Error": {
                "Code": "ValidationError",
                "Message": "Invalid operation. Only select, insert, update and delete operations are valid",
            }
        },
        {"Error": {"Code": "ResourceNotFound", "Message": "Requested resource not found"}},
        {
            "Error": {
                "Code": "ValidationError",
                "Message": "Where clause does not contain a mandatory equality on all key attributes",
            }
        },
    ]
    assert answer["ConsumedCapacity"] == [{"TableName": "one", "CapacityUnits": 1.0}]
    again = await dynamodb.batch_execute_statement(
        Statements=[{"Statement": statements[0], "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}]
    )
    assert again["Responses"][0]["Error"] == {
        "Code": "DuplicateItem",
        "Message": "Duplicate primary key exists in table",
        "Item": wire({"h": "2"}),
    }


async def test_a_batch_of_reads(dynamodb: DynamoDb) -> None:
    await filled(dynamodb)
    statements: list[dict[str, Any]] = [
        {"Statement": "SELECT n FROM one WHERE h = ?", "Parameters": [{"S": "1"}]},
        {"Statement": "SELECT * FROM one WHERE h = 'nowhere'"},
        {"Statement": "SELECT * FROM one"},
    ]
    answer = await dynamodb.batch_execute_statement(Statements=statements)
    assert answer["Responses"] == [
        {"TableName": "one", "Item": wire({"n": 5})},
        {"TableName": "one"},
        {"Error": {"Code": "ValidationError", "Message": "Only single item select is supported"}},
    ]


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (
            ["SELECT * FROM one WHERE h = '1'", "INSERT INTO one VALUE {'h': '2'}"],
            "Read and write requests together in the same batch is not supported.",
        ),
        (
            ["UPDATE one SET n = 1 WHERE h = '1'", "DELETE FROM one WHERE h = '1'"],
            "Provided list of item keys contains duplicates",
        ),
    ],
)
async def test_batches_that_are_refused(dynamodb_on_sqlite: DynamoDb, statements: list[str], message: str) -> None:
    await filled(dynamodb_on_sqlite)
    refused = await dynamodb_on_sqlite.refusal(
        "BatchExecuteStatement", Statements=[{"Statement": text} for text in statements]
    )
    assert (refused.code, refused.message) == ("ValidationException", message)


def transaction(*statements: str) -> dict[str, Any]:
    return {"TransactStatements": [{"Statement": text} for text in statements]}


async def test_a_transaction_of_writes(dynamodb: DynamoDb) -> None:
    await filled(dynamodb)
    await dynamodb.put("one", {"h": "2", "n": 1}, {"h": "3"})
    answer = await dynamodb.execute_transaction(
        **transaction(
            "INSERT INTO one VALUE {'h': '4'}",
            "UPDATE one SET n = n + 1 WHERE h = '1'",
            "DELETE FROM one WHERE h = '3'",
            "EXISTS(SELECT * FROM one WHERE h = '2' AND n = 1)",
        )
    )
    assert answer == {"Responses": []}
    assert await stored(dynamodb, "4") == wire({"h": "4"})
    assert (await stored(dynamodb))["n"] == {"N": "6"}
    assert await stored(dynamodb, "3") is None


async def test_a_transaction_that_is_cancelled(dynamodb: DynamoDb) -> None:
    await filled(dynamodb)
    await dynamodb.put("one", {"h": "2"})
    refused = await dynamodb.refusal(
        "ExecuteTransaction",
        **transaction(
            "UPDATE one SET n = 9 WHERE h = '1'",
            "INSERT INTO one VALUE {'h': '2'}",
            "EXISTS(SELECT * FROM one WHERE h = '3' AND n = 1)",
            "DELETE FROM one WHERE h = '4'",
        ),
    )
    assert refused.code == "TransactionCanceledException"
    assert refused.message == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, DuplicateItem, ConditionalCheckFailed, None]"
    )
    assert refused.body["CancellationReasons"][1] == {
        "Code": "DuplicateItem",
        "Message": "Duplicate primary key exists in table",
    }
    assert await stored(dynamodb) == ITEM


async def test_a_transaction_of_reads(dynamodb: DynamoDb) -> None:
    await filled(dynamodb)
    answer = await dynamodb.execute_transaction(
        **transaction("SELECT n FROM one WHERE h = '1'", "SELECT * FROM one WHERE h = 'nowhere'"),
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["Responses"] == [{"Item": wire({"n": 5})}, {}]
    assert answer["ConsumedCapacity"][0]["ReadCapacityUnits"] == 4.0


async def test_a_transaction_is_carried_out_once(dynamodb: DynamoDb) -> None:
    await filled(dynamodb)
    increment = transaction("UPDATE one SET n = n + 1 WHERE h = '1'")
    for _ in range(2):
        await dynamodb.execute_transaction(**increment, ClientRequestToken="token")
    assert (await stored(dynamodb))["n"] == {"N": "6"}
    refused = await dynamodb.refusal(
        "ExecuteTransaction", **transaction("DELETE FROM one WHERE h = '1'"), ClientRequestToken="token"
    )
    assert refused.code == "IdempotentParameterMismatchException"
    await dynamodb.advance(601)
    await dynamodb.execute_transaction(**increment, ClientRequestToken="token")
    assert (await stored(dynamodb))["n"] == {"N": "7"}


KEY_NEEDED = "Select statements within ExecuteTransaction must specify the primary key in the where clause."
CONDITION_NEEDED = "EXISTS() must contain a single item read with additional condition"


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (
            ["SELECT * FROM one WHERE h = '1'", "INSERT INTO one VALUE {'h': '2'}"],
            "ExecuteTransaction API does not support both read and write operations in the same request.",
        ),
        (
            ["UPDATE one SET n = 1 WHERE h = '1'", "DELETE FROM one WHERE h = '1'"],
            "Transaction request cannot include multiple operations on one item",
        ),
        (["SELECT * FROM one"], f"Validation failed in TransactStatements[0]: {KEY_NEEDED}"),
        (["SELECT * FROM one WHERE h = '1' AND n = 5"], f"Validation failed in TransactStatements[0]: {KEY_NEEDED}"),
        (
            ["SELECT * FROM one.idx WHERE h = '1'"],
            "Validation failed in TransactStatements[0]: Reads on indices are not supported within transactions.",
        ),
        (
            ["INSERT INTO one VALUE {'h': '2'}", "EXISTS(SELECT * FROM one WHERE h = '1')"],
            f"Validation failed in TransactStatements[1]: {CONDITION_NEEDED}",
        ),
        (
            ["DELETE FROM one WHERE h = '1' RETURNING ALL OLD *"],
            "Validation failed in TransactStatements[0]: RETURNING clause is not supported in ExecuteTransaction.",
        ),
        (["garbage"], "Unsupported operation: VariableReference"),
    ],
)
async def test_transactions_that_are_refused(dynamodb_on_sqlite: DynamoDb, statements: list[str], message: str) -> None:
    await filled(dynamodb_on_sqlite)
    refused = await dynamodb_on_sqlite.refusal("ExecuteTransaction", **transaction(*statements))
    assert (refused.code, refused.message) == ("ValidationException", message)
