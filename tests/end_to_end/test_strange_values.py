"""Dates beyond the calendar, base64 that is none, what is nested deep, what is no number: never a 500."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest

from tests.end_to_end.raw_http import exchange, request
from tests.processes import Running

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOPIC = "arn:aws:sns:us-east-1:000000000000:strange"
QUEUE = "http://localhost/000000000000/strange"
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/strange"
DATES = [
    *("99999-01-01T00:00:00Z", "2020-02-30T00:00:00Z", "0000-00-00T00:00:00Z", "2020-01-01T24:61:61Z"),
    *("9999-12-31T23:59:59+99:99", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2030-02-31T00:00:00Z"),
    *("Mon, 99 Jan 2020 00:00:00 GMT", "Mon, 01 Jan 99999 00:00:00 GMT"),
    *("-1", "1e300", "1e400", "9" * 30, "nan", "inf", "٣", ""),
]
NOT_BASE64 = ["é", "A", "=", "====", "A" * 5, "٣٣٣٣"]
NESTED = {
    "lists": "[" * 900 + "]" * 900,
    "objects": '{"a":' * 900 + "1" + "}" * 900,
    "a statement": '{"Statement":[{"Action":' + "[" * 900 + "]" * 900 + "}]}",
    "without an end": "[" * 5000,
    "NUL": "\x00",
}
NUMBERS = ["1e400", "-1e400", "NaN", "1e-400", "[]", "{}", "null", '"a"', "true", "1.5", "-1", "9" * 20]


def signed(service: str, **headers: str) -> dict[str, str]:
    scope = f"Credential=test/20260101/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0", **headers}


def call(target: str, body: str) -> bytes:
    service = "sqs" if target.startswith("AmazonSQS") else "dynamodb"
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"}
    return request("POST", "/", signed(service, **headers), body.encode())


def form(service: str, parameters: dict[str, str]) -> bytes:
    return request("POST", "/", signed(service, **FORM), urlencode(parameters).encode())


def put(target: str, body: str) -> bytes:
    return request("PUT", target, signed("s3"), body.encode())


def as_header(text: str) -> str:
    return text.encode().decode("latin-1")


def posted(fields: dict[str, bytes], boundary: str = "bb") -> bytes:
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n' for name in fields]
    body = b"".join(part.encode() + value + b"\r\n" for part, value in zip(parts, fields.values(), strict=True))
    end = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nabc\r\n--{boundary}--\r\n'
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return request("POST", "/strange-bucket", headers, body + end.encode())


@pytest.fixture(scope="module")
def subscription(fleet: Running) -> str:
    """A bucket, a table, a queue and a topic to ask for, and the subscription that filters by messages' bodies."""
    locked = signed("s3", **{"x-amz-bucket-object-lock-enabled": "true"})
    table = {
        "TableName": "strange",
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    subscribe = {
        "Action": "Subscribe",
        "TopicArn": TOPIC,
        "Protocol": "sqs",
        "ReturnSubscriptionArn": "true",
        "Endpoint": "arn:aws:sqs:us-east-1:000000000000:strange",
        "Attributes.entry.1.key": "FilterPolicyScope",
        "Attributes.entry.1.value": "MessageBody",
        "Attributes.entry.2.key": "FilterPolicy",
        "Attributes.entry.2.value": '{"a":["b"]}',
    }
    answer = None
    for sent in (
        request("PUT", "/strange-bucket", locked),
        request("PUT", "/strange-bucket/k", signed("s3"), b"abc"),
        call("DynamoDB_20120810.CreateTable", json.dumps(table)),
        call("AmazonSQS.CreateQueue", '{"QueueName":"strange"}'),
        form("sns", {"Action": "CreateTopic", "Name": "strange"}),
        form("sns", subscribe),
    ):
        answer = exchange(fleet, sent)
        assert answer is not None
        assert answer.status == 200, answer
    assert answer is not None
    return answer.body.decode().partition("<SubscriptionArn>")[2].partition("<")[0]


def check(fleet: Running, sent: bytes) -> None:
    log = len(fleet.log.read_text())
    answer = exchange(fleet, sent)
    assert answer is not None, sent
    assert answer.status < 500 or answer.status == 501, (sent, answer)
    assert "Traceback" not in fleet.log.read_text()[log:], sent


def of_dates(date: str) -> Iterator[bytes]:
    for name in (
        *("If-Modified-Since", "If-Unmodified-Since", "x-amz-copy-source-if-modified-since", "Date", "x-amz-date"),
        *("Expires", "x-amz-object-lock-retain-until-date", "x-amz-if-match-last-modified-time"),
    ):
        lock = {"x-amz-object-lock-mode": "GOVERNANCE"} if "lock" in name else {}
        for method in ("GET", "PUT", "DELETE"):
            yield request(method, "/strange-bucket/k", signed("s3", **lock, **{name: as_header(date)}))
    text = quote(date)
    scope = f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test/{text}/us-east-1/s3/aws4_request"
    rest = f"X-Amz-Date={text}&X-Amz-Expires={text}&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
    yield request("GET", f"/strange-bucket/k?{scope}&{rest}", {})
    yield request("GET", f"/strange-bucket/k?AWSAccessKeyId=a&Signature=b&Expires={text}", {})
    yield request("GET", f"/strange-bucket/k?response-expires={text}", signed("s3"))
    for expires in (f"<Date>{date}</Date>", f"<Days>{date}</Days>"):
        rule = f"<Rule><ID>a</ID><Status>Enabled</Status><Filter/><Expiration>{expires}</Expiration></Rule>"
        document = f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>"
        yield put("/strange-bucket?lifecycle", document)
        yield request("GET", "/strange-bucket/k", signed("s3"))
    yield request("DELETE", "/strange-bucket?lifecycle", signed("s3"))
    until = f"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>{date}</RetainUntilDate></Retention>"
    yield put("/strange-bucket/k?retention", until)
    restore = f"<RestoreRequest><Days>{date}</Days></RestoreRequest>"
    yield request("POST", "/strange-bucket/k?restore", signed("s3"), restore.encode())
    for operation, name in (
        ("ExportTableToPointInTime", "ExportTime"),
        ("ListBackups", "TimeRangeLowerBound"),
        ("RestoreTableToPointInTime", "RestoreDateTime"),
    ):
        for value in (f'"{date}"', date if date in ("1e300", "-1", "1e400", "9" * 30) else "0"):
            named = f'"TableArn":"{TABLE}","SourceTableName":"strange","TargetTableName":"other","S3Bucket":"b"'
            yield call(f"DynamoDB_20120810.{operation}", f'{{{named},"{name}":{value}}}')
    expiration = json.dumps({"expiration": date, "conditions": []}).encode()
    yield posted({"key": b"k", "policy": base64.b64encode(expiration), **SIGNED_FORM})


SIGNED_FORM = {
    "x-amz-algorithm": b"AWS4-HMAC-SHA256",
    "x-amz-credential": b"test/20260101/us-east-1/s3/aws4_request",
    "x-amz-date": b"20260101T000000Z",
    "x-amz-signature": b"0",
}


@pytest.mark.parametrize("date", DATES)
@pytest.mark.usefixtures("subscription")
def test_dates(fleet: Running, date: str) -> None:
    for sent in of_dates(date):
        check(fleet, sent)


@pytest.mark.parametrize("text", NOT_BASE64)
@pytest.mark.usefixtures("subscription")
def test_base64_and_signatures(fleet: Running, text: str) -> None:
    header = as_header(text)
    for name in (
        *("Content-MD5", "x-amz-checksum-crc32", "x-amz-checksum-sha256", "x-amz-content-sha256"),
        *("x-amz-server-side-encryption-customer-key", "x-amz-server-side-encryption-context"),
    ):
        algorithm = {"x-amz-server-side-encryption-customer-algorithm": "AES256"} if "customer" in name else {}
        check(fleet, request("PUT", "/strange-bucket/k", signed("s3", **algorithm, **{name: header}), b"abc"))
    check(fleet, request("GET", f"/strange-bucket?list-type=2&continuation-token={quote(text)}", signed("s3")))
    for authorization in (
        f"AWS4-HMAC-SHA256 Credential={header}/20260101/us-east-1/s3/aws4_request,"
        f" SignedHeaders={header}, Signature={header}",
        f"AWS test:{header}",
        f"AWS {header}:{header}",
    ):
        check(fleet, request("GET", "/strange-bucket/k", {"Authorization": authorization}))
    check(fleet, call("DynamoDB_20120810.PutItem", f'{{"TableName":"strange","Item":{{"k":{{"B":"{text}"}}}}}}'))
    attributes = f'"MessageAttributes":{{"a":{{"DataType":"Binary","BinaryValue":"{text}"}}}}'
    check(fleet, call("AmazonSQS.SendMessage", f'{{"QueueUrl":"{QUEUE}","MessageBody":"a",{attributes}}}'))
    check(fleet, call("AmazonSQS.DeleteMessage", f'{{"QueueUrl":"{QUEUE}","ReceiptHandle":"{text}"}}'))
    check(fleet, call("AmazonSQS.ListQueues", f'{{"MaxResults":1,"NextToken":"{text}"}}'))
    attribute = "MessageAttributes.entry.1."
    binary = {
        "Action": "Publish",
        "TopicArn": TOPIC,
        "Message": "a",
        f"{attribute}Name": "a",
        f"{attribute}Value.DataType": "Binary",
        f"{attribute}Value.BinaryValue": text,
    }
    check(fleet, form("sns", binary))
    check(fleet, form("sns", {"Action": "ListTopics", "NextToken": text}))
    role = {"Action": "AssumeRoleWithWebIdentity", "RoleArn": "arn:aws:iam::111122223333:role/abc"}
    check(fleet, form("sts", {**role, "RoleSessionName": "ci", "WebIdentityToken": f"a.{text}.c"}))
    token = signed("sts", **FORM, **{"x-amz-security-token": header})
    check(fleet, request("POST", "/", token, b"Action=GetCallerIdentity&Version=2011-06-15"))


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_what_is_nested_deep(fleet: Running, subscription: str, text: str) -> None:
    for name in ("Policy", "RedrivePolicy", "RedriveAllowPolicy"):
        check(
            fleet,
            call("AmazonSQS.SetQueueAttributes", json.dumps({"QueueUrl": QUEUE, "Attributes": {name: text}})),
        )
    attribute = {"Action": "SetTopicAttributes", "TopicArn": TOPIC, "AttributeValue": text}
    for name in ("Policy", "DeliveryPolicy", "DataProtectionPolicy", "ArchivePolicy"):
        check(fleet, form("sns", {**attribute, "AttributeName": name}))
    attribute = {"Action": "SetSubscriptionAttributes", "SubscriptionArn": subscription, "AttributeValue": text}
    for name in ("FilterPolicy", "RedrivePolicy", "DeliveryPolicy", "ReplayPolicy"):
        check(fleet, form("sns", {**attribute, "AttributeName": name}))
    publish = {"Action": "Publish", "TopicArn": TOPIC, "Message": text}
    check(fleet, form("sns", publish))
    check(fleet, form("sns", {**publish, "MessageStructure": "json"}))
    value = "MessageAttributes.entry.1.Value."
    array = {f"{value}DataType": "String.Array", f"{value}StringValue": text, "MessageAttributes.entry.1.Name": "a"}
    check(fleet, form("sns", {**publish, "Message": "a", **array}))
    check(fleet, call("DynamoDB_20120810.PutResourcePolicy", json.dumps({"ResourceArn": TABLE, "Policy": text})))
    check(fleet, put("/strange-bucket?policy", text))
    for policy in (text, '{"expiration":"2030-01-01T00:00:00Z","conditions":' + text + "}"):
        check(fleet, posted({"key": b"k", "policy": base64.b64encode(policy.encode()), **SIGNED_FORM}))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.usefixtures("subscription")
def test_numbers_in_json(fleet: Running, number: str) -> None:
    for operation, name in (("ListTables", "Limit"), ("Query", "Limit"), ("CreateTable", "ProvisionedThroughput")):
        check(fleet, call(f"DynamoDB_20120810.{operation}", f'{{"TableName":"strange","{name}":{number}}}'))
    check(fleet, call("DynamoDB_20120810.DescribeTable", f'{{"TableName":{number}}}'))
    check(fleet, call("DynamoDB_20120810.CreateGlobalTable", '{"GlobalTableName":"tab","ReplicationGroup":[{}]}'))
    for operation, name in (
        *(("ReceiveMessage", "MaxNumberOfMessages"), ("SendMessage", "DelaySeconds"), ("ListQueues", "MaxResults")),
        ("ChangeMessageVisibility", "VisibilityTimeout"),
    ):
        body = f'{{"QueueUrl":"{QUEUE}","MessageBody":"a","ReceiptHandle":"x","{name}":{number}}}'
        check(fleet, call(f"AmazonSQS.{operation}", body))
    bounds = f'{{"expiration":"2030-01-01T00:00:00Z","conditions":[["content-length-range",{number},{number}]]}}'
    check(fleet, posted({"key": b"k", "policy": base64.b64encode(bounds.encode()), **SIGNED_FORM}))


@pytest.mark.parametrize("length", [1, 70, 256, 257, 1000])
@pytest.mark.usefixtures("subscription")
def test_boundaries_of_forms(fleet: Running, length: int) -> None:
    check(fleet, posted({"key": b"k"}, "b" * length))
