"""awsJson beyond the round trips: AWS's type errors, malformed requests, errors, overrides."""

from __future__ import annotations

import zlib
from typing import Any

import orjson
import pytest

from awskit.errors import AwsError
from awskit.wire.aws_json import AwsJson
from awskit.wire.http import HttpRequest
from awskit.wire.model import load_model

DYNAMODB = AwsJson(load_model("dynamodb"))
SQS = AwsJson(load_model("sqs"))
CAST = (
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class "
    "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of "
    "loader 'bootstrap')"
)


def request_of(name: str, body: Any, content_type: str = "application/x-amz-json-1.0") -> HttpRequest:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return HttpRequest("POST", "/", "", {"x-amz-target": name, "content-type": content_type}, data)


def parsed(name: str, body: Any, protocol: AwsJson = DYNAMODB) -> dict[str, Any]:
    request = request_of(f"{protocol.model.target_prefix}.{name}", body)
    return protocol.parse(protocol.resolve(request), request)


def refused(name: str, body: Any, protocol: AwsJson = DYNAMODB) -> AwsError:
    with pytest.raises(AwsError) as raised:
        parsed(name, body, protocol)
    return raised.value


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("ListTables", {"ExclusiveStartTableName": True}, "TRUE_VALUE cannot be converted to String"),
        ("ListTables", {"ExclusiveStartTableName": False}, "FALSE_VALUE cannot be converted to String"),
        ("ListTables", {"ExclusiveStartTableName": 23}, "NUMBER_VALUE cannot be converted to String"),
        ("ListTables", {"ExclusiveStartTableName": 34.56}, "DECIMAL_VALUE cannot be converted to String"),
        ("ListTables", {"ExclusiveStartTableName": []}, "Unrecognized collection type class java.lang.String"),
        ("ListTables", {"ExclusiveStartTableName": {}}, "Start of structure or map found where not expected"),
        ("ListTables", {"Limit": "23"}, "STRING_VALUE cannot be converted to Integer"),
        ("ListTables", {"Limit": True}, "TRUE_VALUE cannot be converted to Integer"),
        ("ListTables", {"Limit": []}, "Unrecognized collection type class java.lang.Integer"),
        ("GetItem", {"ConsistentRead": "23"}, "Unexpected token received from parser"),
        ("GetItem", {"ConsistentRead": 23}, "NUMBER_VALUE cannot be converted to Boolean"),
        ("GetItem", {"ConsistentRead": 34.56}, "DECIMAL_VALUE cannot be converted to Boolean"),
        ("GetItem", {"ConsistentRead": []}, "Unrecognized collection type class java.lang.Boolean"),
        (
            "CreateTable",
            {"ProvisionedThroughput": {"ReadCapacityUnits": "1"}},
            "STRING_VALUE cannot be converted to Long",
        ),
        ("CreateTable", {"ProvisionedThroughput": "1"}, "Unexpected field type"),
        (
            "CreateTable",
            {"ProvisionedThroughput": []},
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.ProvisionedThroughput",
        ),
        ("CreateTable", {"KeySchema": "1"}, "Unexpected field type"),
        ("CreateTable", {"KeySchema": {}}, "Start of structure or map found where not expected"),
        ("CreateTable", {"KeySchema": [True]}, "Unexpected value type in payload"),
        (
            "CreateTable",
            {"KeySchema": [[]]},
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.KeySchemaElement",
        ),
        ("GetItem", {"Key": 23}, "Unexpected field type"),
        (
            "GetItem",
            {"Key": []},
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>",
        ),
        (
            "GetItem",
            {"ExpressionAttributeNames": []},
            "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>",
        ),
        (
            "BatchWriteItem",
            {"RequestItems": []},
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>>",
        ),
        ("BatchWriteItem", {"RequestItems": {"a": "1"}}, CAST),
        ("BatchWriteItem", {"RequestItems": {"a": {}}}, "Start of structure or map found where not expected"),
        ("BatchGetItem", {"RequestItems": {"a": {"Keys": [1]}}}, CAST),
        (
            "BatchGetItem",
            {"RequestItems": {"a": {"Keys": [[]]}}},
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>",
        ),
        ("GetItem", {"Key": {"a": "1"}}, "Unexpected value type in payload"),
        (
            "GetItem",
            {"Key": {"a": []}},
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue",
        ),
        ("GetItem", {"Key": {"a": {"B": 1}}}, "only base-64-encoded strings are convertible to bytes"),
        ("GetItem", {"Key": {"a": {"B": []}}}, "Unrecognized collection type class java.nio.ByteBuffer"),
        ("GetItem", {"Key": {"a": {"B": {}}}}, "Start of structure or map found where not expected"),
        (
            "GetItem",
            {"Key": {"a": {"B": "23456"}}},
            "Base64 encoded length is expected a multiple of 4 bytes but found: 5",
        ),
        ("GetItem", {"Key": {"a": {"B": "=+/="}}}, "Invalid last non-pad Base64 character dectected"),
        ("GetItem", {"Key": {"a": {"B": "+/+="}}}, "Invalid last non-pad Base64 character dectected"),
    ],
)
def test_a_value_of_another_type(name: str, body: Any, message: str) -> None:
    error = refused(name, body)
    assert (error.code, error.message, error.status) == ("SerializationException", message, 400)


@pytest.mark.parametrize("body", [b"hi", b'{"a":', b"", b"\xff\xfe", b'{"a":1}x'])
def test_what_is_no_json(body: bytes) -> None:
    error = refused("ListTables", body)
    assert (error.code, error.message) == ("SerializationException", "")


def test_a_document_that_is_no_object() -> None:
    assert refused("ListTables", b"3").message == "Unexpected value type in payload"
    assert refused("ListTables", b"[]").code == "SerializationException"


def test_nulls_and_unknown_members_are_left_out() -> None:
    assert parsed("ListTables", {"Limit": None, "Unknown": {"a": 1}}) == {}


def test_a_fraction_is_cut_off_where_an_integer_is_wanted() -> None:
    assert parsed("ListTables", {"Limit": 34.56}) == {"Limit": 34}


def test_an_empty_body_is_an_empty_input_outside_dynamodb() -> None:
    assert parsed("ListQueues", b"", SQS) == {}


@pytest.mark.parametrize(
    ("method", "headers", "status", "body"),
    [
        ("POST", {"content-type": "application/json"}, 400, b""),
        (
            "POST",
            {"content-type": "application/x-amz-json-1.0;x", "x-amz-target": "DynamoDB_20120810.Other"},
            400,
            b"{}",
        ),
        ("POST", {}, 404, b"hi"),
        ("POST", {"content-type": "application/x-amz-json-1.1"}, 404, b"hi"),
        ("POST", {"content-type": "application/jsonx", "x-amz-target": "DynamoDB_20120810.ListTables"}, 404, b"{}"),
        ("PUT", {"content-type": "application/json", "x-amz-target": "DynamoDB_20120810.ListTables"}, 404, b"{}"),
    ],
)
def test_a_request_for_no_operation(method: str, headers: dict[str, str], status: int, body: bytes) -> None:
    request = HttpRequest(method, "/", "", headers, body)
    with pytest.raises(AwsError) as raised:
        DYNAMODB.resolve(request)
    response = DYNAMODB.serialize_error(raised.value, request, None, "ID")
    assert response.status == status
    if status == 404:
        assert response.body == b"<UnknownOperationException/>\n"
        assert ("x-amz-crc32", "3552371480") in response.headers
    else:
        assert response.body == b'{"__type":"com.amazon.coral.service#UnknownOperationException"}'
        assert ("x-amz-crc32", "1368724161") in response.headers


def test_a_body_that_is_no_json_comes_before_a_missing_target() -> None:
    request = HttpRequest("POST", "/", "", {"content-type": "application/json"}, b"hi")
    with pytest.raises(AwsError) as raised:
        DYNAMODB.resolve(request)
    response = DYNAMODB.serialize_error(raised.value, request, None, "ID")
    assert response.body == b'{"__type":"com.amazon.coral.service#SerializationException"}'
    assert {"x-amz-crc32": "3948637019", "Content-Type": "application/json"}.items() <= dict(response.headers).items()


@pytest.mark.parametrize(
    ("protocol", "error", "body", "headers"),
    [
        (
            DYNAMODB,
            AwsError("ResourceNotFoundException", "Requested resource not found"),
            {
                "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                "message": "Requested resource not found",
            },
            {},
        ),
        (
            DYNAMODB,
            AwsError("ValidationException", "no"),
            {"__type": "com.amazon.coral.validate#ValidationException", "message": "no"},
            {},
        ),
        (
            DYNAMODB,
            AwsError("SerializationException", "no"),
            {"__type": "com.amazon.coral.service#SerializationException", "Message": "no"},
            {},
        ),
        (
            DYNAMODB,
            AwsError(
                "TransactionCanceledException",
                "Cancelled",
                members={"CancellationReasons": [{"Item": {"a": {"B": b"x"}}}]},
            ),
            {
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "CancellationReasons": [{"Item": {"a": {"B": "eA=="}}}],
                "Message": "Cancelled",
            },
            {},
        ),
        (
            SQS,
            AwsError("QueueDoesNotExist", "The specified queue does not exist."),
            {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "The specified queue does not exist."},
            {"x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"},
        ),
        (
            SQS,
            AwsError("AWS.SimpleQueueService.NonExistentQueue", "no"),
            {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no"},
            {"x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"},
        ),
        (
            SQS,
            AwsError("MissingParameter", "no"),
            {"__type": "com.amazon.coral.service#MissingRequiredParameterException", "message": "no"},
            {"x-amzn-query-error": "MissingParameter;Sender"},
        ),
        (
            SQS,
            AwsError("InternalFailure", "no", 500),
            {"__type": "com.amazon.coral.service#InternalFailure", "message": "no"},
            {"x-amzn-query-error": "InternalFailure;Receiver"},
        ),
    ],
)
def test_an_error(protocol: AwsJson, error: AwsError, body: Any, headers: dict[str, str]) -> None:
    response = protocol.serialize_error(error, request_of("any", {}), None, "ID")
    assert response.status == error.status
    assert orjson.loads(response.body) == body  # type: ignore[arg-type]
    expected = {"x-amzn-RequestId": "ID", "Content-Type": "application/x-amz-json-1.0", **headers}
    assert expected.items() <= dict(response.headers).items()
    assert "x-amzn-errortype" not in {name.lower() for name, _ in response.headers}


def test_an_answer_carries_its_checksum_in_dynamodb_alone() -> None:
    response = DYNAMODB.serialize(DYNAMODB.model.operations["ListTables"], {"TableNames": ["a"]}, "ID")
    assert response.body == b'{"TableNames":["a"]}'
    assert ("x-amz-crc32", str(zlib.crc32(response.body))) in response.headers
    response = SQS.serialize(SQS.model.operations["ListQueues"], {}, "ID")
    assert "x-amz-crc32" not in dict(response.headers)


def test_operations_without_output() -> None:
    assert SQS.serialize(SQS.model.operations["DeleteMessage"], {}, "ID").body == b""


def test_a_shape_can_be_handed_on_as_it_is() -> None:
    passing = AwsJson(
        load_model("dynamodb"), parse_overrides={"AttributeValue": None}, serialize_overrides={"AttributeValue": None}
    )
    item = {"a": {"B": "eA==", "Unknown": [None]}}
    assert parsed("PutItem", {"TableName": "abc", "Item": item}, passing)["Item"] == item
    response = passing.serialize(passing.model.operations["GetItem"], {"Item": item}, "ID")
    assert orjson.loads(response.body) == {"Item": item}  # type: ignore[arg-type]


def test_a_shape_can_be_handled_by_the_service() -> None:
    upper = AwsJson(
        load_model("dynamodb"),
        parse_overrides={"AttributeValue": lambda value: ("parsed", value)},
        serialize_overrides={"AttributeValue": lambda value: {"S": value}},
    )
    assert parsed("PutItem", {"TableName": "abc", "Item": {"a": {"S": "b"}}}, upper)["Item"] == {
        "a": ("parsed", {"S": "b"})
    }
    assert upper.serialize(upper.model.operations["GetItem"], {"Item": {"a": "b"}}, "ID").body == (
        b'{"Item":{"a":{"S":"b"}}}'
    )
