"""awsQuery beyond the round trips: what old SDKs and people type, and errors."""

from __future__ import annotations

from typing import Any

import pytest

from awskit.errors import AwsError
from awskit.wire.aws_query import AwsQuery
from awskit.wire.http import HttpRequest
from awskit.wire.model import load_model

SQS = AwsQuery(load_model("sqs"))
SNS = AwsQuery(load_model("sns"))
STS = AwsQuery(load_model("sts"))


def parsed(protocol: AwsQuery, body: str, *, method: str = "POST", path: str = "/", query: str = "") -> dict[str, Any]:
    request = HttpRequest(method, path, query, {"host": "localhost:4566"}, body.encode())
    return protocol.parse(protocol.resolve(request), request)


def refused(protocol: AwsQuery, body: str) -> AwsError:
    with pytest.raises(AwsError) as raised:
        parsed(protocol, body)
    return raised.value


def test_parameters_of_a_get() -> None:
    result = parsed(SQS, "", method="GET", query="Action=ListQueues&QueueNamePrefix=a%20b+c&Version=2012-11-05")
    assert result == {"QueueNamePrefix": "a b c"}


def test_the_queue_of_the_path() -> None:
    result = parsed(SQS, "Action=DeleteMessage&ReceiptHandle=r", path="/000000000000/queue")
    assert result == {"QueueUrl": "http://localhost:4566/000000000000/queue", "ReceiptHandle": "r"}


def test_flattened_lists_and_maps_with_gaps_and_in_any_order() -> None:
    result = parsed(
        SQS,
        "Action=ReceiveMessage&QueueUrl=u&AttributeName.10=c&AttributeName.9=b&AttributeName.1=a&MessageAttributeName=x",
    )
    assert result["AttributeNames"] == ["a", "b", "c"]
    assert result["MessageAttributeNames"] == ["x"]
    result = parsed(
        SQS,
        "Action=SetQueueAttributes&QueueUrl=u&Attribute.2.Value=v2&Attribute.2.Name=n2&Attribute.1.Name=n1"
        "&Attribute.1.Value=v1&Attribute.3.Value=orphan",
    )
    assert result["Attributes"] == {"n1": "v1", "n2": "v2"}
    result = parsed(SQS, "Action=SetQueueAttributes&QueueUrl=u&Attribute.Name=n&Attribute.Value=v")
    assert result["Attributes"] == {"n": "v"}


def test_wrapped_lists_and_maps() -> None:
    result = parsed(
        SNS,
        "Action=CreateTopic&Name=t&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=d"
        "&Tags.member.1.Key=a&Tags.member.1.Value=b",
    )
    assert result == {"Name": "t", "Attributes": {"DisplayName": "d"}, "Tags": [{"Key": "a", "Value": "b"}]}


def test_message_attributes_with_bytes() -> None:
    result = parsed(
        SNS,
        "Action=Publish&TopicArn=t&Message=m&MessageAttributes.entry.1.Name=b"
        "&MessageAttributes.entry.1.Value.DataType=Binary&MessageAttributes.entry.1.Value.BinaryValue=AAE%3D",
    )
    assert result["MessageAttributes"] == {"b": {"DataType": "Binary", "BinaryValue": b"\0\1"}}


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("", "MissingAction", "The request must contain the parameter Action."),
        ("QueueUrl=u", "MissingAction", "The request must contain the parameter Action."),
        ("Action=Fly", "InvalidAction", "The action Fly is not valid for this endpoint."),
        ("Action=SendMessage&MessageBody=b", "MissingParameter", "The request must contain the parameter QueueUrl."),
        ("Action=SendMessage&QueueUrl=u", "MissingParameter", "The request must contain the parameter MessageBody."),
        (
            "Action=SendMessageBatch&QueueUrl=u&SendMessageBatchRequestEntry.1.Id=a",
            "MissingParameter",
            "The request must contain the parameter SendMessageBatchRequestEntry.1.MessageBody.",
        ),
        (
            "Action=ReceiveMessage&QueueUrl=u&WaitTimeSeconds=soon",
            "InvalidParameterValue",
            "Value soon for parameter WaitTimeSeconds is invalid. Reason: Must be an integer.",
        ),
    ],
)
def test_what_sqs_refuses(body: str, code: str, message: str) -> None:
    error = refused(SQS, body)
    assert (error.code, error.message, error.status) == (code, message, 400)


@pytest.mark.parametrize(
    ("query", "version"), [("Action=Fly", "NO_VERSION_SPECIFIED"), ("Action=Fly&Version=2010-03-31", "2010-03-31")]
)
def test_an_action_that_sns_does_not_have(query: str, version: str) -> None:
    error = refused(SNS, query)
    response = SNS.serialize_error(error, HttpRequest("POST", "/", "", {}), None, "ID")
    assert (response.status, response.body) == (
        400,
        b'<ErrorResponse xmlns="http://webservices.amazon.com/AWSFault/2005-15-09"><Error><Type>Sender</Type>'
        b"<Code>InvalidAction</Code><Message>Could not find operation Fly for version %b</Message></Error>"
        b"<RequestId>ID</RequestId></ErrorResponse>" % version.encode(),
    )


def test_what_sns_and_sts_refuse() -> None:
    error = refused(SNS, "Action=ConfirmSubscription&Token=t")
    assert error.code == "ValidationError"
    assert error.message == (
        "1 validation error detected: Value null at 'topicArn' failed to satisfy constraint: Member must not be null"
    )
    error = refused(STS, "Action=AssumeRole&RoleArn=short&RoleSessionName=a+b")
    assert error.code == "ValidationError"
    assert error.message.startswith("2 validation errors detected: ")
    assert (
        "Value 'short' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20"
        in error.message
    )
    value = "MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.BinaryValue=!"
    assert refused(SNS, f"Action=Publish&Message=m&{value}").code == "MalformedInput"


@pytest.mark.parametrize(
    "body", ["&&&", "=", "Action", "%zz=%", "Action=ListQueues&Action.1.x=1&MaxResults.1=2", "\x00"]
)
def test_odd_bodies_are_no_failures(body: str) -> None:
    with pytest.raises(AwsError):
        parsed(SQS, body)


def test_an_answer_of_sqs_as_old_sdks_read_it() -> None:
    operation = SQS.model.operations["ReceiveMessage"]
    message = {"MessageId": "1", "Body": "a<b", "Attributes": {"SenderId": "s"}}
    response = SQS.serialize(operation, {"Messages": [message]}, "ID")
    assert response.status == 200
    assert response.headers == [("x-amzn-RequestId", "ID"), ("Content-Type", "text/xml")]
    assert response.body == (
        b'<?xml version="1.0"?><ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
        b"<ReceiveMessageResult><Message><MessageId>1</MessageId><Body>a&lt;b</Body>"
        b"<Attribute><Name>SenderId</Name><Value>s</Value></Attribute></Message></ReceiveMessageResult>"
        b"<ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></ReceiveMessageResponse>"
    )


def test_errors() -> None:
    request = HttpRequest("POST", "/", "", {})
    response = SQS.serialize_error(AwsError("QueueNameExists", "A queue & more"), request, None, "ID")
    assert response.body == (
        b'<?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error>'
        b"<Type>Sender</Type><Code>QueueAlreadyExists</Code><Message>A queue &amp; more</Message><Detail/></Error>"
        b"<RequestId>ID</RequestId></ErrorResponse>"
    )
    response = SNS.serialize_error(AwsError("NotFoundException", "Topic does not exist"), request, None, "ID")
    assert response.status == 404
    assert b"<Code>NotFound</Code>" in response.body  # type: ignore[operator]
    response = SNS.serialize_error(AwsError("InternalFailure", "", 500), request, None, "ID")
    assert response.status == 500
    assert b"<Type>Receiver</Type>" in response.body  # type: ignore[operator]
