"""The query protocol, as curl and older SDKs speak it: to `/` and to the queue's URL, GET and POST, errors in XML."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.sqs.conftest import Refused, Sqs

QUEUE = "/000000000000/queue"
OWN_TRACE_HEADER = {"Name": "AWSTraceHeader", "Value.DataType": "String", "Value.StringValue": "Root=1"}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", [QUEUE, "/queue/us-east-1/000000000000/queue", "/"])
async def test_a_message_goes_round_by_path_or_parameter(sqs_on_sqlite: Sqs, method: str, path: str) -> None:
    url = await sqs_on_sqlite.queue()
    given = {"QueueUrl": url} if path == "/" else {}
    sent = await sqs_on_sqlite.query(
        path,
        {
            "Action": "SendMessage",
            "MessageBody": "<a>&é</a>",
            "MessageAttribute.1.Name": "a",
            "MessageAttribute.1.Value.DataType": "Binary",
            "MessageAttribute.1.Value.BinaryValue": "AP8=",
            "DelaySeconds": "0",
            **given,
        },
        method,
    )
    assert (sent.status, sent.headers["content-type"]) == (200, "text/xml")
    assert sent.xml().tag == "SendMessageResponse"
    assert sent.xml().findtext("SendMessageResult/MessageId")
    asked = {
        "Action": "ReceiveMessage",
        "AttributeName.1": "SentTimestamp",
        "MessageAttributeName.1": "All",
        "MaxNumberOfMessages": "10",
        **given,
    }
    message = (await sqs_on_sqlite.query(path, asked, method)).xml().find("ReceiveMessageResult/Message")
    assert message is not None
    assert message.findtext("Body") == "<a>&é</a>"
    assert message.findtext("Attribute/Name") == "SentTimestamp"
    assert message.findtext("MessageAttribute/Value/BinaryValue") == "AP8="
    handle = message.findtext("ReceiptHandle") or ""
    deleted = await sqs_on_sqlite.query(path, {"Action": "DeleteMessage", "ReceiptHandle": handle, **given}, method)
    assert deleted.xml().tag == "DeleteMessageResponse"
    assert deleted.xml().findtext("ResponseMetadata/RequestId")
    assert await sqs_on_sqlite.counts(url) == (0, 0, 0)


async def test_queues_by_the_query_protocol(sqs_on_sqlite: Sqs) -> None:
    created = await sqs_on_sqlite.query(
        "/",
        {
            "Action": "CreateQueue",
            "QueueName": "queue",
            "Attribute.1.Name": "VisibilityTimeout",
            "Attribute.1.Value": "7",
            "Tag.1.Key": "k",
            "Tag.1.Value": "v",
        },
    )
    url = created.xml().findtext("CreateQueueResult/QueueUrl")
    assert url == f"http://localhost:4566{QUEUE}"
    listed = await sqs_on_sqlite.query("/", {"Action": "ListQueues"})
    assert listed.xml().findtext("ListQueuesResult/QueueUrl") == url
    shown = await sqs_on_sqlite.query(QUEUE, {"Action": "GetQueueAttributes", "AttributeName.1": "VisibilityTimeout"})
    assert shown.xml().findtext("GetQueueAttributesResult/Attribute/Value") == "7"
    tags = await sqs_on_sqlite.query(QUEUE, {"Action": "ListQueueTags"})
    assert tags.xml().findtext("ListQueueTagsResult/Tag/Value") == "v"
    assert (await sqs_on_sqlite.query(QUEUE, {"Action": "DeleteQueue"})).status == 200
    assert await sqs_on_sqlite.list_queues() == {}


async def test_batches_by_the_query_protocol(sqs_on_sqlite: Sqs) -> None:
    await sqs_on_sqlite.queue()
    entries = {
        "SendMessageBatchRequestEntry.1.Id": "good",
        "SendMessageBatchRequestEntry.1.MessageBody": "x",
        "SendMessageBatchRequestEntry.2.Id": "bad",
        "SendMessageBatchRequestEntry.2.MessageBody": "x",
        "SendMessageBatchRequestEntry.2.DelaySeconds": "901",
    }
    answer = (await sqs_on_sqlite.query(QUEUE, {"Action": "SendMessageBatch", **entries})).xml()
    assert answer.findtext("SendMessageBatchResult/SendMessageBatchResultEntry/Id") == "good"
    assert answer.findtext("SendMessageBatchResult/BatchResultErrorEntry/Id") == "bad"
    assert answer.findtext("SendMessageBatchResult/BatchResultErrorEntry/SenderFault") == "true"


@pytest.mark.parametrize(
    ("parameters", "status", "code", "message"),
    [
        ({"Action": "SendMessage"}, 400, "MissingParameter", "MessageBody"),
        ({"Action": "Nonsense"}, 400, "InvalidAction", "Nonsense"),
        ({"Action": "ListQueues"}, 400, "InvalidAction", "The action ListQueues is not valid for this endpoint."),
        ({"Action": "CreateQueue"}, 400, "InvalidAction", "The action CreateQueue is not valid for this endpoint."),
        ({"Action": "ReceiveMessage", "MaxNumberOfMessages": "x"}, 400, "InvalidParameterValue", "MaxNumberOfMessages"),
        ({"Action": "DeleteMessage", "ReceiptHandle": "x"}, 404, "ReceiptHandleIsInvalid", "not a valid receipt"),
    ],
)
async def test_errors_in_xml(
    sqs_on_sqlite: Sqs, parameters: dict[str, str], status: int, code: str, message: str
) -> None:
    await sqs_on_sqlite.queue()
    answer = await sqs_on_sqlite.query(QUEUE, parameters)
    assert answer.status == status
    error = answer.xml()
    assert error.tag == "ErrorResponse"
    assert error.findtext("Error/Type") == "Sender"
    assert error.findtext("Error/Code") == code
    assert message in (error.findtext("Error/Message") or "")
    assert error.findtext("RequestId")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_queues_url_without_an_action(sqs_on_sqlite: Sqs, method: str) -> None:
    await sqs_on_sqlite.queue()
    answer = await sqs_on_sqlite.query(QUEUE, {}, method)
    assert (answer.status, answer.xml().tag) == (404, "UnknownOperationException")


async def test_the_parameter_goes_before_the_path(sqs_on_sqlite: Sqs) -> None:
    await sqs_on_sqlite.queue()
    other = await sqs_on_sqlite.queue("other")
    asked = {"Action": "GetQueueAttributes", "AttributeName.1": "QueueArn", "QueueUrl": other}
    answer = await sqs_on_sqlite.query(QUEUE, asked)
    assert (answer.xml().findtext("GetQueueAttributesResult/Attribute/Value") or "").endswith(":other")


async def test_a_queue_that_does_not_exist(sqs: Sqs) -> None:
    answer = await sqs.query("/000000000000/none", {"Action": "ReceiveMessage"})
    assert (answer.status, answer.xml().findtext("Error/Code")) == (400, "AWS.SimpleQueueService.NonExistentQueue")


async def test_an_unsigned_request_finds_the_queue_of_another_region(sqs: Sqs) -> None:
    abroad = sqs.caller(region="eu-west-1")
    url = await abroad.queue()
    await sqs.query(QUEUE, {"Action": "SendMessage", "MessageBody": "x"})
    assert await abroad.bodies(url) == ["x"]
    with pytest.raises(Refused, match="does not exist"):
        await sqs.bodies(url)


async def test_an_unsigned_request_is_for_the_region_of_its_host(sqs_on_sqlite: Sqs) -> None:
    host = "sqs.eu-west-1.localhost.localstack.cloud:4566"
    await sqs_on_sqlite.query("/", {"Action": "CreateQueue", "QueueName": "queue"}, host=host)
    assert await sqs_on_sqlite.list_queues() == {}
    listed = await sqs_on_sqlite.caller(region="eu-west-1").list_queues()
    assert listed == {"QueueUrls": ["http://localhost:4566/000000000000/queue"]}


async def test_the_json_protocol_at_the_queues_url(sqs: Sqs) -> None:
    url = await sqs.queue()
    headers = {"x-amz-target": "AmazonSQS.SendMessage", "content-type": "application/x-amz-json-1.0"}
    for path, body in ((QUEUE, {}), ("/000000000000/other", {"QueueUrl": url})):
        answer = await sqs.request("POST", path, headers, json.dumps({"MessageBody": "x", **body}).encode())
        assert answer.status == 200
    assert await sqs.bodies(url) == ["x", "x"]


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"QueueUrl": 1}', b'{"QueueUrl": "http://x/"}', b""])
async def test_malformed_json_is_a_client_error(sqs_on_sqlite: Sqs, body: bytes) -> None:
    headers: dict[str, Any] = {"x-amz-target": "AmazonSQS.ReceiveMessage", "content-type": "application/x-amz-json-1.0"}
    answer = await sqs_on_sqlite.request("POST", "/", headers, body)
    assert 400 <= answer.status < 500
    assert json.loads(answer.body)["__type"]


async def test_every_other_operation_by_the_query_protocol(sqs_on_sqlite: Sqs) -> None:
    sqs = sqs_on_sqlite
    url = await sqs.queue()
    dead = await sqs.queue("dead")
    dead_arn = await sqs.arn(dead)

    async def ask(action: str, path: str = QUEUE, **parameters: str) -> Any:
        given = {name.replace("_", "."): value for name, value in parameters.items()}
        answer = await sqs.query(path, {"Action": action, "Version": "2012-11-05", **given})
        assert answer.status == 200, answer.body
        document = answer.xml()
        assert document.tag == f"{action}Response"
        assert document.findtext("ResponseMetadata/RequestId")
        return document

    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})
    await ask("SetQueueAttributes", Attribute_1_Name="RedrivePolicy", Attribute_1_Value=policy)
    await ask("SetQueueAttributes", Attribute_Name="VisibilityTimeout", Attribute_Value="3")
    found = await ask("GetQueueUrl", "/", QueueName="queue")
    assert found.findtext("GetQueueUrlResult/QueueUrl") == url
    sources = await ask("ListDeadLetterSourceQueues", "/000000000000/dead")
    assert sources.findtext("ListDeadLetterSourceQueuesResult/QueueUrl") == url
    await ask("TagQueue", Tag_1_Key="a", Tag_1_Value="1", Tag_2_Key="b", Tag_2_Value="2")
    await ask("UntagQueue", TagKey_1="a")
    assert await sqs.list_queue_tags(QueueUrl=url) == {"Tags": {"b": "2"}}
    await ask("AddPermission", Label="l", AWSAccountId_1="111122223333", ActionName_1="SendMessage")
    await ask("RemovePermission", Label="l")

    await sqs.send(url, "one", "two")
    first, second = await sqs.take(url)
    await ask("ChangeMessageVisibility", ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout="9")
    entry = "ChangeMessageVisibilityBatchRequestEntry_1_"
    hidden = {f"{entry}Id": "i", f"{entry}ReceiptHandle": second["ReceiptHandle"], f"{entry}VisibilityTimeout": "0"}
    changed = await ask("ChangeMessageVisibilityBatch", **hidden)
    path = "ChangeMessageVisibilityBatchResult/ChangeMessageVisibilityBatchResultEntry/Id"
    assert changed.findtext(path) == "i"
    entry = "DeleteMessageBatchRequestEntry_1_"
    gone = {f"{entry}Id": "i", f"{entry}ReceiptHandle": first["ReceiptHandle"]}
    deleted = await ask("DeleteMessageBatch", **gone)
    assert deleted.findtext("DeleteMessageBatchResult/DeleteMessageBatchResultEntry/Id") == "i"

    started = await ask("StartMessageMoveTask", "/", SourceArn=dead_arn)
    handle = started.findtext("StartMessageMoveTaskResult/TaskHandle")
    cancelled = await sqs.query("/", {"Action": "CancelMessageMoveTask", "TaskHandle": handle})
    assert cancelled.status in (200, 400)  # it may have ended already
    listed = await ask("ListMessageMoveTasks", "/", SourceArn=dead_arn)
    assert listed.findtext("ListMessageMoveTasksResult/ListMessageMoveTasksResultEntry/SourceArn") == dead_arn
    await ask("PurgeQueue")
    assert await sqs.counts(url) == (0, 0, 0)


async def test_a_query_request_may_ask_for_json(sqs_on_sqlite: Sqs) -> None:
    sqs = sqs_on_sqlite
    url = await sqs.queue()

    async def ask(path: str, **parameters: str) -> tuple[int, Any]:
        answer = await sqs.query(path, parameters, "GET", accept="application/json, text/plain")
        assert answer.headers["content-type"] == "application/json"
        return answer.status, json.loads(answer.body)

    assert (await ask("/", Action="GetQueueUrl", QueueName="queue"))[1]["GetQueueUrlResponse"]["GetQueueUrlResult"] == {
        "QueueUrl": url
    }
    assert (await ask("/", Action="ListQueues"))[1]["ListQueuesResponse"]["ListQueuesResult"] == {
        "queueUrls": [url],
        "NextToken": None,
    }
    _, sent = await ask(QUEUE, Action="SendMessage", MessageBody="x")
    assert sent["SendMessageResponse"]["ResponseMetadata"]["RequestId"]
    _, received = await ask(QUEUE, Action="ReceiveMessage")
    (message,) = received["ReceiveMessageResponse"]["ReceiveMessageResult"]["messages"]
    assert (message["Body"], message["Attributes"]) == ("x", None)
    _, empty = await ask(QUEUE, Action="ReceiveMessage")
    assert empty["ReceiveMessageResponse"]["ReceiveMessageResult"] == {"messages": None}
    _, shown = await ask(QUEUE, **{"Action": "GetQueueAttributes", "AttributeName.1": "DelaySeconds"})
    assert shown["GetQueueAttributesResponse"]["GetQueueAttributesResult"] == {
        "Attributes": [{"Name": "DelaySeconds", "Value": "0"}]
    }
    status, refused = await ask(QUEUE, Action="SendMessage")
    assert (status, refused["Error"]) == (
        400,
        {
            "Type": "Sender",
            "Code": "MissingParameter",
            "Message": "The request must contain the parameter MessageBody.",
        },
    )
    entry = {"SendMessageBatchRequestEntry.1.Id": "a", "SendMessageBatchRequestEntry.1.MessageBody": ""}
    _, batch = await ask(QUEUE, Action="SendMessageBatch", **entry)
    (failed,) = batch["SendMessageBatchResponse"]["SendMessageBatchResult"]["Failed"]
    assert failed["Message"] == "The request must contain the parameter MessageBody."


async def test_every_valid_character_survives_xml(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue()
    body = "\t\r\n <&>\"' \u007f\u0085\u2028\ud7ff\ue000\ufffd\U00010000\U0010ffff \r"
    sent = await sqs_on_sqlite.query(QUEUE, {"Action": "SendMessage", "MessageBody": body})
    received = await sqs_on_sqlite.query(QUEUE, {"Action": "ReceiveMessage"})
    assert received.xml().findtext("ReceiveMessageResult/Message/Body") == body
    digest = received.xml().findtext("ReceiveMessageResult/Message/MD5OfBody")
    assert sent.xml().findtext("SendMessageResult/MD5OfMessageBody") == digest
    await sqs_on_sqlite.delete_queue(QueueUrl=url)


async def test_a_trace_header_is_carried_by_the_messages(sqs: Sqs) -> None:
    url, trace = await sqs.queue(), {"x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"}
    await sqs.query(QUEUE, {"Action": "SendMessage", "MessageBody": "one"}, **trace)
    entry = "SendMessageBatchRequestEntry"
    batch = {
        f"{entry}.1.Id": "a",
        f"{entry}.1.MessageBody": "two",
        f"{entry}.2.Id": "b",
        f"{entry}.2.MessageBody": "own",
    }
    own = {f"{entry}.2.MessageSystemAttribute.1.{name}": value for name, value in OWN_TRACE_HEADER.items()}
    await sqs.query(QUEUE, {"Action": "SendMessageBatch", **batch, **own}, **trace)
    await sqs.query(QUEUE, {"Action": "SendMessage", "MessageBody": "none"})
    carried = {message["Body"]: message["Attributes"].get("AWSTraceHeader") for message in await sqs.take(url, 10)}
    header = trace["x-amzn-trace-id"]
    assert carried == {"one": header, "two": header, "own": "Root=1", "none": None}
