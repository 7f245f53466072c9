"""Routing: which service a request's head names."""

from __future__ import annotations

import pytest

from awskit.wire.model import load_model
from gateway.routing.actions import is_action_of
from gateway.routing.hosts import DOMAINS, service_of_host
from gateway.routing.service_routing import PREFLIGHT, service_of, service_of_form


def v4(service: str, region: str = "us-east-1") -> dict[str, str]:
    scope = f"AKID/20260101/{region}/{service}/aws4_request"
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"}


FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}

SIGNED = [
    (v4("s3"), "s3"),
    (v4("s3", "eu-central-1"), "s3"),
    (v4("s3express"), "s3"),
    (v4("s3-outposts"), "s3"),
    (v4("dynamodb"), "dynamodb"),
    (v4("sqs"), "sqs"),
    (v4("sns"), "sns"),
    (v4("sts"), "sts"),
    (v4("iam"), "iam"),
    (v4("lambda"), "lambda"),
    (v4("ec2"), "ec2"),
    (v4("monitoring"), "monitoring"),
    # the scope wins over everything that comes after it
    ({**v4("s3"), "host": "sqs.us-east-1.amazonaws.com", "x-amz-target": "AmazonSQS.SendMessage"}, "s3"),
    ({**v4("lambda"), "host": "localhost:4566", "x-amz-target": "AmazonSQS.SendMessage"}, "lambda"),
    ({**v4("sqs"), "host": "sqs:4566"}, "sqs"),
    ({**v4("lambda"), "host": "lambda.us-east-1.amazonaws.com"}, "lambda"),
    # boto 2 and its like take the host's first label for the service
    ({**v4("127", "0"), "host": "127.0.0.1:4566", "x-amz-target": "AmazonSQS.SendMessage"}, "sqs"),
    ({**v4("localhost"), "host": "localhost:4566", "x-amz-target": "DynamoDB_20120810.PutItem"}, "dynamodb"),
    ({**v4("aws"), "host": "aws:4566"}, "s3"),
    ({"authorization": "AWS AKID:c2lnbmF0dXJl"}, "s3"),
    ({"authorization": "AWS4-ECDSA-P256-SHA256 Credential=AKID/20260101/s3/aws4_request, Signature=00"}, "s3"),
]


@pytest.mark.parametrize(("headers", "expected"), SIGNED)
def test_signed_headers(headers: dict[str, str], expected: str) -> None:
    assert route(headers=headers) == expected


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer x", "AWS", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=", "AWS4-HMAC-SHA256 Credential=A/B/C"],
)
def test_unreadable_authorization_is_passed_over(authorization: str) -> None:
    assert route(headers={"authorization": authorization, "host": "sqs.us-east-1.amazonaws.com"}) == "sqs"
    assert route(headers={"authorization": authorization}) == "s3"


PRESIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20260101%2Fus-east-1%2F{}%2Faws4_request"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (PRESIGNED.format("s3") + "&X-Amz-Signature=00", "s3"),
        (PRESIGNED.format("sqs") + "&Action=SendMessage&X-Amz-Signature=00", "sqs"),
        (PRESIGNED.format("sts") + "&Action=GetCallerIdentity&X-Amz-Signature=00", "sts"),
        ("X-Amz-Credential=AKID/20260101/us-east-1/sns/aws4_request&X-Amz-Signature=00", "sns"),
        ("AWSAccessKeyId=AKID&Signature=abc%3D&Expires=1800000000", "s3"),
        ("AWSAccessKeyId=AKID&SignatureVersion=2&SignatureMethod=HmacSHA256&Signature=a&Action=SendMessage", "sqs"),
        ("AWSAccessKeyId=AKID&SignatureVersion=2&Signature=a&Action=Publish&Version=2010-03-31", "sns"),
        ("X-Amz-Credential=", "s3"),
        ("X-Amz-Credential=%ff%fe", "s3"),
    ],
)
def test_presigned_queries(query: str, expected: str) -> None:
    assert route("GET", "/bucket/key", query) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("DynamoDB_20120810.PutItem", "dynamodb"),
        ("DynamoDBStreams_20120810.GetRecords", "dynamodb"),
        ("AmazonSQS.SendMessage", "sqs"),
        ("Logs_20140328.PutLogEvents", "logs"),
        ("AWSEvents.PutEvents", "events"),
        ("Unheard_20300101.Of", "unheard"),
        ("", "unknown"),
        ("DynamoDB_19990101.PutItem", "dynamodb"),
    ],
)
def test_targets(target: str, expected: str) -> None:
    assert route("POST", headers={"x-amz-target": target}) == expected


HOSTS = [
    ("localhost:4566", None),
    ("localhost", None),
    ("127.0.0.1:4566", None),
    ("[::1]:4566", None),
    ("ruststack:4566", None),
    ("my-aws.internal", None),
    ("localhost.localstack.cloud:4566", None),
    ("", None),
    ("x" * 70_000, None),
    # buckets
    ("bucket.localhost:4566", "s3"),
    ("my.bucket.localhost:4566", "s3"),
    ("bucket.s3.localhost.localstack.cloud:4566", "s3"),
    ("s3.localhost.localstack.cloud:4566", "s3"),
    ("s3.localhost:4566", "s3"),
    ("S3.LOCALHOST:4566", "s3"),
    ("bucket.s3.us-east-1.localhost.localstack.cloud:4566", "s3"),
    ("bucket.s3.amazonaws.com", "s3"),
    ("my.dotted.bucket.s3.amazonaws.com", "s3"),
    ("s3.amazonaws.com", "s3"),
    ("s3.eu-west-1.amazonaws.com", "s3"),
    ("s3-eu-west-1.amazonaws.com", "s3"),
    ("bucket.s3-eu-west-1.amazonaws.com", "s3"),
    ("bucket.s3.eu-west-1.amazonaws.com", "s3"),
    ("bucket.s3.dualstack.eu-west-1.amazonaws.com", "s3"),
    ("s3.cn-north-1.amazonaws.com.cn", "s3"),
    ("bucket.s3-accelerate.amazonaws.com", "s3"),
    ("bucket.s3-accelerate.dualstack.amazonaws.com", "s3"),
    ("bucket.s3-website-us-east-1.amazonaws.com", "s3"),
    ("bucket.s3-website.eu-central-1.amazonaws.com", "s3"),
    ("bucket.s3-website.localhost.localstack.cloud:4566", "s3"),
    ("s3-external-1.amazonaws.com", "s3"),
    ("000000000000.s3-control.us-east-1.amazonaws.com", "s3"),
    ("000000000000.s3-control.localhost.localstack.cloud:4566", "s3"),
    ("point-000000000000.s3-accesspoint.us-east-1.amazonaws.com", "s3"),
    ("mabc.mrap.accesspoint.s3-global.amazonaws.com", "s3"),
    ("base--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "s3"),
    ("point-000000000000.accesspoint.vpce-1-2.s3.us-east-1.vpce.amazonaws.com", "s3"),
    ("sqs-bucket.localhost:4566", "s3"),
    ("my.sqs.localhost:4566", "s3"),
    ("queue-archive.s3.amazonaws.com", "s3"),
    # queues
    ("sqs.us-east-1.localhost.localstack.cloud:4566", "sqs"),
    ("sqs.localhost:4566", "sqs"),
    ("sqs.eu-west-1.amazonaws.com", "sqs"),
    ("queue.localhost:4566", "sqs"),
    ("queue.localhost.localstack.cloud:4566", "sqs"),
    ("eu-west-1.queue.localhost.localstack.cloud:4566", "sqs"),
    ("us-east-2.queue.amazonaws.com", "sqs"),
    ("sqs-fips.us-west-2.amazonaws.com", "sqs"),
    # the others
    ("sns.us-east-1.amazonaws.com", "sns"),
    ("sns.us-east-1.localhost.localstack.cloud:4566", "sns"),
    ("dynamodb.us-east-1.amazonaws.com", "dynamodb"),
    ("dynamodb.localhost:4566", "dynamodb"),
    ("streams.dynamodb.us-east-1.amazonaws.com", "dynamodb"),
    ("streams.dynamodb.localhost:4566", "dynamodb"),
    ("streams-dynamodb.us-east-1.api.aws", "dynamodb"),
    ("111122223333.ddb.us-east-1.amazonaws.com", "dynamodb"),
    ("sts.amazonaws.com", "sts"),
    ("sts.us-west-2.amazonaws.com", "sts"),
    ("iam.amazonaws.com", "iam"),
    # not here
    ("lambda.us-east-1.amazonaws.com", "lambda"),
    ("lambda.us-east-1.localhost.localstack.cloud:4566", "lambda"),
    ("cloudfront.amazonaws.com", "cloudfront"),
    ("a1b2c3.execute-api.us-east-1.amazonaws.com", "execute-api"),
    ("a1b2c3.execute-api.localhost.localstack.cloud:4566", "execute-api"),
    ("a1b2c3.execute-api.localhost:4566", "execute-api"),
    ("a1b2c3.lambda-url.us-east-1.on.aws", "lambda"),
    ("a1b2c3.lambda-url.us-east-1.localhost.localstack.cloud:4566", "lambda"),
    ("a1b2c3.appsync-api.eu-west-1.amazonaws.com", "appsync"),
    ("execute-api.localhost:4566", "s3"),
    ("execute-api.s3.localhost:4566", "s3"),
]


@pytest.mark.parametrize(("host", "expected"), HOSTS, ids=[host[:60] for host, _ in HOSTS])
def test_hosts(host: str, expected: str | None) -> None:
    assert service_of_host(host) == expected
    assert route(headers={"host": host}) == (expected or "s3")


def test_further_domain() -> None:
    assert service_of_host("bucket.aws.test:4566") is None
    assert service_of_host("bucket.aws.test:4566", ("aws.test", *DOMAINS)) == "s3"
    assert service_of_host("sqs.eu-west-1.aws.test", ("aws.test", *DOMAINS)) == "sqs"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Action=SendMessage&MessageBody=x", "sqs"),
        ("Action=ListTopics", "sns"),
        ("Action=GetCallerIdentity&Version=2011-06-15", "sts"),
        ("Action=GetUser&Version=2010-05-08", "iam"),
        ("Action=CreateRole&Version=2010-05-08", "iam"),
        ("Action=DescribeInstances&Version=2016-11-15", "ec2"),
        ("Version=2012-11-05&Action=Whatever", "sqs"),
        # both services have it
        ("Action=AddPermission&Label=x", "sqs"),
        ("Action=AddPermission&Label=x&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A000000000000%3At", "sns"),
        ("Action=Unheard", "s3"),
        ("list-type=2", "s3"),
        ("prefix=Action=", "s3"),
    ],
)
def test_actions(query: str, expected: str) -> None:
    assert route("GET", "/", query, {"host": "localhost:4566"}) == expected
    assert service_of_form(query.encode()) == expected


@pytest.mark.parametrize(("host", "name"), [("127.0.0.1:4566", "127"), ("localhost", "localhost"), ("aws:1", "aws")])
def test_a_scope_made_of_the_host_says_nothing(host: str, name: str) -> None:
    headers = {**v4(name, "0"), "host": host}
    assert route("GET", "/", "Action=ListQueues", headers) == "sqs"
    assert route("GET", "/000000000000/name", "", headers) == "sqs"
    assert route("POST", "/", "", {**headers, **FORM}) is None


PREFLIGHT_HEAD = {"origin": "http://localhost:3000", "access-control-request-method": "POST"}


@pytest.mark.parametrize(
    ("path", "query", "headers", "expected"),
    [
        ("/", "", {"host": "localhost:4566"}, PREFLIGHT),
        ("/000000000000/name", "", {"host": "localhost:4566"}, PREFLIGHT),
        ("/queue/us-east-1/000000000000/name", "", {"host": "localhost:4566"}, PREFLIGHT),
        ("/bucket/key", "", {"host": "localhost:4566"}, "s3"),
        ("/", "", {"host": "bucket.localhost:4566"}, "s3"),
        ("/", "", {"host": "dynamodb.localhost:4566"}, "dynamodb"),
        ("/", "Action=ListQueues", {"host": "localhost:4566"}, "sqs"),
        ("/_aws/sqs/messages", "", {"host": "localhost:4566"}, "sqs"),
    ],
)
def test_preflights(path: str, query: str, headers: dict[str, str], expected: str) -> None:
    assert route("OPTIONS", path, query, {**headers, **PREFLIGHT_HEAD}) == expected


def test_a_bucket_host_wins_over_an_action() -> None:
    assert route("GET", "/key", "Action=SendMessage", {"host": "bucket.localhost:4566"}) == "s3"


@pytest.mark.parametrize("service", ["sqs", "sns", "sts"])
def test_every_operation_of_the_models_is_known(service: str) -> None:
    shared = {"AddPermission", "RemovePermission"} if service == "sns" else set()
    assert {name for name in load_model(service).operations if not is_action_of(service, name)} == shared


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/000000000000/name", "sqs"),
        ("/000000000000/name.fifo", "sqs"),
        ("/000000000000/name/", "sqs"),
        ("/queue/us-east-1/000000000000/name", "sqs"),
        ("/queue/us-gov-west-1/000000000000/name", "sqs"),
        ("/000000000000", "s3"),
        ("/00000000000/name", "s3"),
        ("/000000000000/folder/name", "s3"),
        ("/000000000000/na%20me", "s3"),
        ("/queue/name", "s3"),
        ("/_aws/sqs/messages", "sqs"),
        ("/_aws/sns/SimpleNotificationService-0.pem", "sns"),
        ("/_aws/ses", "s3"),
        ("//", "s3"),
        ("/", "s3"),
        ("", "s3"),
    ],
)
def test_paths(path: str, expected: str) -> None:
    assert route("GET", path, headers={"host": "localhost:4566"}) == expected


def test_a_signature_wins_over_a_queue_path() -> None:
    assert route("GET", "/000000000000/key", headers=v4("s3")) == "s3"


def test_only_a_form_body_can_tell() -> None:
    assert route("POST", "/", headers={**FORM, "host": "localhost:4566"}) is None
    assert route("POST", "/", headers={**FORM, **v4("sns")}) == "sns"
    assert route("POST", "/000000000000/name", headers=FORM) == "sqs"
    assert route("PUT", "/", headers=FORM) == "s3"
    # old clients: to any path, or without saying what it is
    assert route("POST", "/queue/name", headers=FORM) is None
    assert route("POST", "/") is None
    assert route("POST", "/bucket/key") == "s3"
    assert route("POST", "/", headers={"content-type": "multipart/form-data; boundary=x"}) == "s3"
    assert route("POST", "/", "delete", {"content-type": "application/xml"}) == "s3"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"Action", b"Action=", b"=" * 1000, b"%%%&&&"])
def test_a_form_that_says_nothing_is_for_s3(body: bytes) -> None:
    assert service_of_form(body) == "s3"


def route(method: str = "GET", path: str = "/", query: str = "", headers: dict[str, str] | None = None) -> str | None:
    given = {name.encode(): value.encode("latin-1") for name, value in (headers or {}).items()}
    return service_of(method, path.encode("latin-1"), query.encode("latin-1"), given)
