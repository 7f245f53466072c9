# ruff: noqa: E501 - the texts are as long as DynamoDB has them
"""The texts of what is wrong with a PartiQL statement, as DynamoDB gives them (compared with DynamoDB Local)."""

from __future__ import annotations

import pytest

from tests.services.dynamodb.conftest import DynamoDb, wire

NOT_WELL_FORMED = [
    "SELECT * FROM one WHERE a = 1 AND",
    "SELECT EXISTS(SELECT * FROM one)",
    "SELECT h FROM rng JOIN abc",
    "SELECT",
    "  ",
    "SELECT * FROM rng WHERE",
    "SELECT h FROM rng WHERE h = 'a';SELECT h FROM rng",
    "SELECT *, h FROM rng",
    "SELECT h FROM rng WHERE n in ()",
    "INSERT INTO one (h) VALUES ('8')",
    "INSERT INTO one VALUE {'h':'14'} ON CONFLICT DO NOTHING",
    "UPDATE one SET n=1 WHERE h='1' RETURNING NEW *",
    "UPDATE one WHERE h='1'",
    "UPDATE one SET WHERE h='1'",
    "DELETE one WHERE h='1'",
    "SELECT s FROM rng WHERE s == 'hello'",
    "SELECT s FROM rng WHERE missing(s)",
    "SELECT l[*] FROM rng",
    "SELECT h FROM rng WHERE h='a' ORDER BY r ASC NULLS FIRST",
]

ERRORS = [
    ("SELECT h,r FROM rng ORDER BY r", "Must have WHERE clause in the statement when using ORDER BY clause."),
    (
        "SELECT h,r FROM rng WHERE h='a' ORDER BY n",
        "Variable reference n in ORDER BY clause must be part of the primary key",
    ),
    ("SELECT * FROM rng.nope", "The table does not have the specified index: nope"),
    ("SELECT * FROM rng WHERE exists(s)", "Unrecognized function: exists"),
    ("SELECT count(*) FROM rng", "Unexpected path component at 1:8:5"),
    ("SELECT DISTINCT h FROM rng", "Unsupported token in expression: DISTINCT"),
    ("SELECT h AS k FROM rng", "Aliasing is not supported"),
    ("SELECT * FROM rng p WHERE p.h='b'", "Aliasing is not supported"),
    ("SELECT p.h FROM rng p", "Aliasing is not supported"),
    ("SELECT p.h FROM rng AS p WHERE p.h='b'", "Aliasing is not supported"),
    ("SELECT VALUE h FROM rng", "Select projection doesn't support value or pivot keywords"),
    ("SELECT h FROM rng LIMIT 1", "Unsupported clause: LIMIT at 1:25:1"),
    ("SELECT h FROM rng GROUP BY h", "Unsupported clause: GROUP BY"),
    ("SELECT h || 'x' FROM rng", "Unexpected path component at 1:10:2"),
    ("SELECT 1 FROM rng", "Unexpected path component at 1:8:1"),
    ("SELECT h FROM rng, abc", "Only select from a single table or index is supported."),
    ("SELECT h FROM rng WHERE n + 1 = 2", "Unsupported operator in Condition Expression. Operator: +"),
    ("SELECT h FROM rng WHERE n = 0 + 1", "Unsupported operator in Condition Expression. Operator: +"),
    ("SELECT h FROM rng WHERE h LIKE 'a%'", "Unsupported operator in Condition Expression. Operator: like"),
    ("garbage", "Unsupported operation: VariableReference"),
    ("DROP TABLE rng", "Unsupported operation: DropTable"),
    ("SELECT * FROM rng WHERE h", "WHERE clause must contain an expression that resolves to a boolean"),
    ("SELECT h FROM rng WHERE true", "WHERE clause must contain an expression that resolves to a boolean"),
    ("SELECT h FROM rng WHERE n = missing", "MISSING must be compared using IS operator"),
    ("SELECT h, h FROM rng WHERE h='b'", "Duplicate identifiers in select clause: h"),
    ("SELECT h.* FROM rng", "Changing item's hierarchy while reading isn't supported"),
    (
        "SELECT h FROM rng WHERE r = 'a'",
        "One or more parameter values were invalid: Condition parameter type does not match schema type",
    ),
    ("SELECT h FROM rng WHERE h = 1", "Key attribute's data type should match its data type in table's schema: Key h"),
    (
        "SELECT h FROM rng WHERE h='a' and begins_with(r, '1')",
        "Key attribute's data type should match its data type in table's schema: Key r",
    ),
    (
        "SELECT h FROM rng WHERE h = ''",
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: h",
    ),
    ("SELECT h FROM rng WHERE n = `1`", "Ion Literals are not supported: INT under key root at 1:29:3"),
    ("SELECT h FROM rng WHERE n = ?", "Number of parameters in request and statement don't match."),
    ("INSERT INTO one VALUE {'n':1}", "Key attribute should be present in the item: Key h"),
    ("INSERT INTO one VALUE {'h':1}", "Key attribute's data type should match its data type in table's schema: Key h"),
    (
        "INSERT INTO one VALUE {'h':''}",
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: h",
    ),
    ("INSERT INTO one VALUES {'h':'2'}", "Unsupported operation: InsertOp"),
    ("INSERT INTO one VALUES ({'h':'2'})", "Unsupported operation: InsertOp"),
    ("INSERT INTO one VALUE {'h':'3','h':'4'}", "Duplicate keys in tuple. Key: h under root at 1:32:3"),
    (
        "INSERT INTO one VALUE 'x'",
        "Unsupported format in item expression. Please use struct format {...} to express item values for insert statement. at 1:23:3",
    ),
    ("INSERT INTO one {'h':'5'}", "Unsupported operation: InsertOp"),
    ("INSERT INTO one <<{'h':'6'},{'h':'7'}>>", "Unsupported operation: InsertOp"),
    ("INSERT INTO one VALUE {'h':'9','s':<<>>}", "Empty bags are not supported at 1:36:2"),
    (
        "INSERT INTO one VALUE {'h':'10','s':<<1,'a'>>}",
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags",
    ),
    ("INSERT INTO one VALUE {'h':'11','s':<<'a','a'>>}", "Input collection contains duplicates"),
    ("INSERT INTO one VALUE {'h':'12','s':missing}", "Unsupported data type: MISSING under key root at 1:37:7"),
    ("INSERT INTO one VALUE {'h':'13'} RETURNING ALL OLD *", "RETURNING is not supported in INSERT"),
    (
        "INSERT INTO one.gidx VALUE {'h':'1'}",
        "FROM clause may only contain a single table name in data manipulation statements",
    ),
    ("INSERT INTO one VALUE {'h':'15','x':1+1}", "Unsupported data type: + under key root at 1:38:1"),
    ("INSERT INTO one VALUE {'h':'17','x':h}", "Unsupported data type: h under key root at 1:37:1"),
    (
        "INSERT INTO one VALUE {h:'18'}",
        "Tuple keys must be of type String. Actual type: VariableReference under root at 1:24:1",
    ),
    ("UPDATE one SET n=1 WHERE n=1", "Where clause does not contain a mandatory equality on all key attributes"),
    ("UPDATE one SET n=1", "Where clause does not contain a mandatory equality on all key attributes"),
    (
        "UPDATE one SET n=1 WHERE h='1' OR h='2'",
        "Where clause does not contain a mandatory equality on all key attributes",
    ),
    ("UPDATE one SET n=1 WHERE h IN ['1']", "Where clause does not contain a mandatory equality on all key attributes"),
    (
        "UPDATE one SET h='2' WHERE h='1'",
        "One or more parameter values were invalid: Cannot update attribute h. This attribute is part of the key",
    ),
    ("UPDATE one SET n=1 WHERE h=1", "Key attribute's data type should match its data type in table's schema: Key h"),
    (
        "UPDATE one SET n='a'+1 WHERE h='1'",
        "Incorrect operand type for operator or function; operator or function: +, operand type: S",
    ),
    (
        "UPDATE one SET n=zz WHERE h='1'",
        "The provided expression refers to an attribute that does not exist in the item",
    ),
    (
        "UPDATE one SET n=1, n=2 WHERE h='1'",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [n], path two: [n]",
    ),
    ("UPDATE one SET n=n*2 WHERE h='1'", "Unsupported operator in Update Expression. Operator: *"),
    (
        "UPDATE one SET n=1 WHERE h='1' RETURNING ALL NEW n",
        "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause",
    ),
    (
        "UPDATE one SET n=1 REMOVE n WHERE h='1'",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [n], path two: [n]",
    ),
    ("UPDATE one SET a.b=1 WHERE h='1'", "The document path provided in the update expression is invalid for update"),
    ("UPDATE one SET n=missing WHERE h='1'", "MISSING must be compared using IS operator"),
    ("UPDATE one SET n=1 WHERE h='1' AND exists(ss)", "Unrecognized function: exists"),
    ("UPDATE one SET n=1 WHERE NOT h='1'", "Where clause does not contain a mandatory equality on all key attributes"),
    ("UPDATE one SET n=foo(n) WHERE h='1'", "Unrecognized function: foo"),
    ("UPDATE one SET n=size(n) WHERE h='1'", "The function is not allowed in an update expression; function: size"),
    (
        "DELETE FROM one WHERE h='1' RETURNING ALL NEW *",
        "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements.",
    ),
    (
        "DELETE FROM one WHERE h='1' RETURNING MODIFIED OLD *",
        "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements.",
    ),
    ("DELETE FROM one WHERE n=1", "Where clause does not contain a mandatory equality on all key attributes"),
    ("DELETE FROM one", "Where clause does not contain a mandatory equality on all key attributes"),
    ("DELETE FROM rng WHERE h='a'", "Where clause does not contain a mandatory equality on all key attributes"),
    ("EXISTS(SELECT * FROM one WHERE h='16')", "EXISTS can only be used in ExecuteTransaction write requests."),
    ("CREATE TABLE foo", "Unsupported operation: CreateTable"),
    (
        "SELECT * FROM one WHERE h='16' AND EXISTS(SELECT * FROM one)",
        "Unsupported token in expression: SELECT at 1:43:6",
    ),
    (
        "SELECT s FROM rng.gidx WHERE g='g'",
        "One or more parameter values were invalid: Global secondary index gidx does not project [s]",
    ),
    ("SELECT s FROM rng WHERE h='a' AND nope(s)", "Unrecognized function: nope"),
    (
        "SELECT s FROM rng WHERE begins_with(s)",
        "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1",
    ),
    (
        "SELECT s FROM rng WHERE attribute_type(s, 'X')",
        "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
    ),
    ("SELECT s FROM rng WHERE size(s)", "WHERE clause must contain an expression that resolves to a boolean"),
    (
        "SELECT s FROM rng WHERE s = s",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [s]",
    ),
    (
        "SELECT s FROM rng WHERE s < true",
        "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
    ),
    (
        "SELECT s FROM rng WHERE n BETWEEN 2 AND 1",
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}",
    ),
    (
        "SELECT s FROM rng WHERE n BETWEEN 2 AND 'a'",
        "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {S:a}",
    ),
    (
        "SELECT s FROM rng WHERE s IN 'hello'",
        "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq with at least one member",
    ),
    (
        "SELECT s FROM rng WHERE 'a' IN ss",
        "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq with at least one member",
    ),
    ("SELECT m.* FROM rng", "Changing item's hierarchy while reading isn't supported"),
    ("SELECT m.x, x FROM rng WHERE h='a' and r=1", "Duplicate identifiers in select clause: x"),
    (
        "SELECT m, m.x FROM rng WHERE h='a' and r=1",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, x]",
    ),
    (
        "SELECT h FROM rng WHERE h='a' AND r='x'",
        "Key attribute's data type should match its data type in table's schema: Key r",
    ),
    ("SELECT h FROM rng WHERE h=? AND r=?", "Number of parameters in request and statement don't match."),
    (
        "SELECT h FROM rng WHERE h='a' ORDER BY m.x",
        "Argument to ORDER BY must be of type VariableReference. Type: PATH",
    ),
    (
        "SELECT h FROM rng WHERE n=1 ORDER BY r",
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.",
    ),
    (
        "SELECT h FROM rng WHERE h.x='a'",
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: h",
    ),
    (
        "SELECT h.x FROM rng WHERE h='a'",
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: h",
    ),
    (
        "SELECT h FROM rng WHERE h IN ['a', 1]",
        "Key attribute's data type should match its data type in table's schema: Key h",
    ),
    (
        "SELECT h FROM rng WHERE h IN []",
        "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq with at least one member",
    ),
    (
        "SELECT h FROM a",
        "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'.",
    ),
    (
        'SELECT h FROM "x y z"',
        "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'.",
    ),
    ("SELECT h FROM rng.gidx.foo", "A path may contain at most 2 components in the FROM clause"),
    (
        "SELECT h FROM rng WHERE n=123456789012345678901234567890123456789",
        "Attempting to store more than 38 significant digits in a Number",
    ),
    (
        "SELECT h FROM rng WHERE n=1e200",
        "Number overflow. Attempting to store a number with magnitude larger than supported range",
    ),
    ("UPDATE rng SET s='a' WHERE h='a'", "Where clause does not contain a mandatory equality on all key attributes"),
    (
        "UPDATE rng SET s='a' WHERE h='a' AND r='b'",
        "Key attribute's data type should match its data type in table's schema: Key r",
    ),
    (
        "UPDATE rng SET g=1 WHERE h='a' AND r=1",
        "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: gidx",
    ),
    (
        "UPDATE rng SET s=set_add(q,<<1>>) WHERE h='a' AND r=1",
        "The first argument to SET_ADD must equal the assignment value",
    ),
    (
        "UPDATE rng SET q=set_add(q,[1]) WHERE h='a' AND r=1",
        "The second argument to SET_ADD must be a value with type SET at 1:26:1",
    ),
    (
        "UPDATE rng SET q=set_add(q,5) WHERE h='a' AND r=1",
        "The second argument to SET_ADD must be a value with type SET at 1:26:1",
    ),
    (
        "UPDATE rng SET q=list_append(q) WHERE h='a' AND r=1",
        "Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1",
    ),
    ("UPDATE rng SET q=?+? WHERE h='a' AND r=1", "Number of parameters in request and statement don't match."),
    (
        "UPDATE rng SET q=-n WHERE h='a' AND r=1",
        "Incorrect number of operands for operator or function; operator or function: -, number of operands: 1",
    ),
    (
        "UPDATE rng SET s='a' WHERE h='a' AND r=1 RETURNING ALL OLD *, MODIFIED NEW *",
        "Invalid syntax with multiple returning elements in RETURNING clause",
    ),
    ("UPDATE rng.gidx SET s='a' WHERE h='a' AND r=1", "This operation is not supported on an index"),
    ("DELETE FROM rng.gidx WHERE h='a' AND r=1", "This operation is not supported on an index"),
    (
        "UPDATE rng SET s='a', h='b' WHERE h='a' AND r=1",
        "One or more parameter values were invalid: Cannot update attribute h. This attribute is part of the key",
    ),
    (
        "UPDATE rng SET h.x='a' WHERE h='a' AND r=1",
        "One or more parameter values were invalid: Cannot update attribute h. This attribute is part of the key",
    ),
    ("INSERT INTO rng VALUE {'h':'zz','r':1,'':1}", "Path component cannot be an empty string"),
    (
        "INSERT INTO rng VALUE {'h':'zz2','r':1,'g':5}",
        "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: gidx",
    ),
    (
        "INSERT INTO rng VALUE {'h':'zz2','r':1,'g':''}",
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: gidx, IndexKey: g",
    ),
    ("INSERT INTO rng VALUE {}", "Key attribute should be present in the item: Key h"),
    (
        "INSERT INTO rng VALUE {'h':'zz3','r':'1'}",
        "Key attribute's data type should match its data type in table's schema: Key r",
    ),
    (
        "INSERT INTO rng VALUE {'h':'zz6','r':1,'x':<<<<1>>>>}",
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags at 1:46:2",
    ),
    (
        "INSERT INTO rng VALUE {'h':'zz7','r':1.0,'x':1e2,'y':`x`}",
        "Ion Literals are not supported: SYMBOL under key root at 1:54:3",
    ),
    (
        "INSERT INTO rng VALUE {'h':'zz8','r':1,'x':<<true>>}",
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags at 1:46:4",
    ),
    (
        "INSERT INTO rng VALUE {'h':'zz9','r':1,'x':date '2020-01-01'}",
        "Unsupported data type: UNKNOWN under key root at 1:49:12",
    ),
    ("INSERT INTO rng VALUE {'h':'zz9','r':1,'x':\"a\"}", "Unsupported data type: a under key root at 1:44:3"),
]


async def tables(dynamodb: DynamoDb) -> None:
    await dynamodb.table(
        "rng",
        "h:S",
        "r:N",
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "gidx",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    await dynamodb.table("one", "h:S")
    await dynamodb.put("one", {"h": "1", "n": 5})
    await dynamodb.put("rng", {"h": "a", "r": 1})


async def test_not_well_formed(dynamodb_on_sqlite: DynamoDb) -> None:
    for statement in NOT_WELL_FORMED:
        refused = await dynamodb_on_sqlite.refusal("ExecuteStatement", Statement=statement)
        assert refused.message == f"Statement wasn't well formed, can't be processed: {statement}"


async def test_error_texts(dynamodb_on_sqlite: DynamoDb) -> None:
    await tables(dynamodb_on_sqlite)
    for statement, message in ERRORS:
        refused = await dynamodb_on_sqlite.refusal("ExecuteStatement", Statement=statement)
        assert (statement, refused.code, refused.message) == (statement, "ValidationException", message)


async def test_parameters_must_be_enough(dynamodb_on_sqlite: DynamoDb) -> None:
    await dynamodb_on_sqlite.table("one", "h:S")
    statement = "SELECT * FROM one WHERE h = ? AND n = ?"
    refused = await dynamodb_on_sqlite.refusal("ExecuteStatement", Statement=statement, Parameters=[{"S": "a"}])
    assert refused.message == "Number of parameters in request and statement don't match."


async def test_parameters_are_checked(dynamodb_on_sqlite: DynamoDb) -> None:
    await dynamodb_on_sqlite.table("one", "h:S")
    statement = "SELECT * FROM one WHERE h = ?"
    refused = await dynamodb_on_sqlite.refusal("ExecuteStatement", Statement=statement, Parameters=[{"N": "x"}])
    assert refused.message == "The parameter cannot be converted to a numeric value: x"


async def test_a_table_that_is_not_there(dynamodb_on_sqlite: DynamoDb) -> None:
    refused = await dynamodb_on_sqlite.refusal("ExecuteStatement", Statement="SELECT * FROM nowhere")
    assert (refused.code, refused.message) == ("ResourceNotFoundException", "Requested resource not found")


async def test_a_duplicate(dynamodb_on_sqlite: DynamoDb) -> None:
    await tables(dynamodb_on_sqlite)
    statement = "INSERT INTO one VALUE {'h': '1'}"
    refused = await dynamodb_on_sqlite.refusal("ExecuteStatement", Statement=statement)
    assert (refused.code, refused.message) == ("DuplicateItemException", "Duplicate primary key exists in table")
    refused = await dynamodb_on_sqlite.refusal(
        "ExecuteStatement", Statement=statement, ReturnValuesOnConditionCheckFailure="ALL_OLD"
    )
    assert refused.code == "ConditionalCheckFailedException"
    assert refused.body["Item"] == wire({"h": "1", "n": 5})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE one SET n = 1 WHERE h = 'nowhere'",
        "UPDATE one SET n = 1 WHERE h = '1' AND n = 6",
        "DELETE FROM one WHERE h = '1' AND n = 6",
        "DELETE FROM one WHERE h = 'nowhere' AND n = 5",
    ],
)
async def test_a_condition_that_does_not_hold(dynamodb_on_sqlite: DynamoDb, statement: str) -> None:
    await tables(dynamodb_on_sqlite)
    refused = await dynamodb_on_sqlite.refusal(
        "ExecuteStatement", Statement=statement, ReturnValuesOnConditionCheckFailure="ALL_OLD"
    )
    assert (refused.code, refused.message) == ("ConditionalCheckFailedException", "The conditional request failed")
    assert refused.body.get("Item") == (wire({"h": "1", "n": 5}) if "'1'" in statement else None)
