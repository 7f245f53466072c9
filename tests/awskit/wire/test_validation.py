"""The model's constraints in the words and the order of AWS."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from awskit.errors import AwsError
from awskit.wire.aws_json import AwsJson
from awskit.wire.constraints import constraints, java_order
from awskit.wire.http import HttpRequest
from awskit.wire.model import load_model

# What DynamoDB enforced of a table's name before it took ARNs.
NAMES = {"TableArn": {"min": 3, "max": 255, "pattern": "[a-zA-Z0-9_.-]+"}}
DYNAMODB = AwsJson(load_model("dynamodb"), constraints=NAMES)
NULL = "Member must not be null"


def refused(name: str, body: Any, protocol: AwsJson = DYNAMODB) -> str:
    request = HttpRequest("POST", "/", "", {}, orjson.dumps(body))
    with pytest.raises(AwsError) as raised:
        protocol.parse(protocol.model.operations[name], request)
    assert raised.value.code == "ValidationException"
    return raised.value.message


def listed(*violations: tuple[str, str, str]) -> str:
    texts = (f"Value {value} at '{path}' failed to satisfy constraint: {text}" for value, path, text in violations)
    count = len(violations)
    return f"{count} validation error{'s' if count > 1 else ''} detected: {'; '.join(texts)}"


def test_a_scan_lists_its_violations_in_the_order_of_java() -> None:
    condition = {"ComparisonOperator": ""}
    message = refused(
        "Scan",
        {
            "TableName": "abc;",
            "ReturnConsumedCapacity": "hi",
            "Select": "hi",
            "IndexName": "a;",
            "TotalSegments": -1,
            "Segment": -1,
            "Limit": -1,
            "ConditionalOperator": "",
            "ScanFilter": {"a": condition},
        },
    )
    pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
    assert message == listed(
        (
            "'hi'",
            "select",
            "Member must satisfy enum value set: "
            "[SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
        ),
        ("'a;'", "indexName", pattern),
        ("'a;'", "indexName", "Member must have length greater than or equal to 3"),
        ("'-1'", "totalSegments", "Member must have value greater than or equal to 1"),
        ("'hi'", "returnConsumedCapacity", "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"),
        ("'abc;'", "tableName", pattern),
        ("''", "conditionalOperator", "Member must satisfy enum value set: [OR, AND]"),
        (
            "''",
            "scanFilter.a.member.comparisonOperator",
            "Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, "
            "BEGINS_WITH, GE, CONTAINS]",
        ),
        ("'-1'", "segment", "Member must have value greater than or equal to 0"),
        ("'-1'", "limit", "Member must have value greater than or equal to 1"),
    )


@pytest.mark.parametrize(
    ("name", "body", "violation"),
    [
        ("ListTables", {"Limit": 0}, ("'0'", "limit", "Member must have value greater than or equal to 1")),
        ("ListTables", {"Limit": 101}, ("'101'", "limit", "Member must have value less than or equal to 100")),
        ("Query", {}, ("null", "tableName", NULL)),
        ("BatchWriteItem", {}, ("null", "requestItems", NULL)),
        (
            "BatchWriteItem",
            {"RequestItems": {}},
            ("'{}'", "requestItems", "Member must have length greater than or equal to 1"),
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"a;": [{}]}},
            (
                "'{a;=[{}]}'",
                "requestItems",
                "Map keys must satisfy constraint: [Member must have length less than or equal to 255, "
                "Member must have length greater than or equal to 3, "
                "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]",
            ),
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"abc": []}},
            (
                "'{abc=[]}'",
                "requestItems",
                "Map value must satisfy constraint: [Member must have length less than or equal to 25, "
                "Member must have length greater than or equal to 1]",
            ),
        ),
        (
            "BatchGetItem",
            {"RequestItems": {"abc": {"Keys": []}}},
            ("'[]'", "requestItems.abc.member.keys", "Member must have length greater than or equal to 1"),
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"abc": [{"DeleteRequest": {}}]}},
            ("null", "requestItems.abc.member.1.member.deleteRequest.key", NULL),
        ),
        (
            "CreateTable",
            {
                "TableName": "abc",
                "KeySchema": [{"KeyType": "HASH", "AttributeName": "a"}],
                "AttributeDefinitions": [{"AttributeName": "b", "AttributeType": "SS"}],
            },
            ("'SS'", "attributeDefinitions.1.member.attributeType", "Member must satisfy enum value set: [B, N, S]"),
        ),
        (
            "PutItem",
            {"TableName": "abc", "Item": {}, "ReturnValues": "x"},
            (
                "'x'",
                "returnValues",
                "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
            ),
        ),
        (
            "UntagResource",
            {"ResourceArn": "a", "TagKeys": ["x" * 129]},
            (
                f"'[{'x' * 129}]'",
                "tagKeys",
                "Member must satisfy constraint: [Member must have length less than or equal to 128, "
                "Member must have length greater than or equal to 1]",
            ),
        ),
    ],
)
def test_one_violation(name: str, body: Any, violation: tuple[str, str, str]) -> None:
    assert refused(name, body) == listed(violation)


@pytest.mark.parametrize(
    ("bucket", "fits"),
    [
        *((text, True) for text in ("ab", "a.b", "a-._-b", "A1", "aaa", "a" * 255)),
        *((text, False) for text in ("", "a", "-ab", "ab-", "a b", "a/b", ".a", "é1", "aé", "ab\n")),
    ],
)
def test_a_pattern_that_is_matched_in_another_way_says_the_same(bucket: str, fits: bool) -> None:
    """`ImportTable`'s S3Bucket: as it is written it takes a minute for 3,000 letters."""
    (holds, _), *_ = constraints("string", {"pattern": r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$"})
    assert holds(bucket) is fits


def test_only_the_first_ten_are_listed() -> None:
    definitions = [{"AttributeName": "", "AttributeType": ""}] * 20
    message = refused("CreateTable", {"AttributeDefinitions": definitions})
    assert message.startswith("10 validation errors detected: ")
    assert message.count("failed to satisfy constraint") == 10


def test_members_in_the_order_of_their_hashes() -> None:
    names = [
        "expressionAttributeNames",
        "consistentRead",
        "attributesToGet",
        "returnConsumedCapacity",
        "key",
        "tableName",
    ]
    recorded = ["attributesToGet", "returnConsumedCapacity", "key", "tableName"]
    assert [name for name in java_order(names) if name in recorded] == recorded


def test_validation_can_be_left_to_the_service() -> None:
    free = AwsJson(load_model("dynamodb"), validate=False)
    operation = free.model.operations["GetItem"]
    assert free.parse(operation, HttpRequest("POST", "/", "", {}, b"{}")) == {}
    seen: list[str] = []
    own = AwsJson(load_model("dynamodb"), validate=lambda operation: lambda value: seen.append(operation.name))
    own.parse(operation, HttpRequest("POST", "/", "", {}, b"{}"))
    assert seen == ["GetItem"]
