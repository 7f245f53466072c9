"""The gateway's own errors, read by botocore as the client of each service would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.awskit.test_http_client import hanging_port
from tests.gateway.servers import Peer, connect, dead_port, ok, request, running_gateway, scripted_service
from tests.waiting import quickest

PLAIN = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, parameter_validation=False)


def client(service: str, port: int, **given: Any) -> Any:
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    return session.client(service, endpoint_url=f"http://127.0.0.1:{port}", config=PLAIN, **given)


def error_of(service: str, operation: str, port: int, **arguments: Any) -> ClientError:
    made = client(service, port)
    try:
        with pytest.raises(ClientError) as caught:
            getattr(made, operation)(**arguments)
    finally:
        made.close()
    return caught.value


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A gateway whose services are all down."""
    with running_gateway() as found:
        yield found


@pytest.fixture(scope="module")
def port_of_few() -> Iterator[int]:
    """A gateway that has S3 and SNS alone, both down."""
    with running_gateway(services=("s3", "sns")) as found:
        yield found


CALLS = [
    ("s3", "list_buckets", {}),
    ("dynamodb", "list_tables", {}),
    ("dynamodbstreams", "list_streams", {}),
    ("sqs", "list_queues", {}),
    ("sns", "list_topics", {}),
    ("s3control", "list_tags_for_resource", {"AccountId": "000000000000", "ResourceArn": "arn:aws:s3:::b"}),
]


@pytest.mark.parametrize(("service", "operation", "arguments"), CALLS[:5])
def test_a_service_that_is_down_is_a_503(port: int, service: str, operation: str, arguments: dict[str, str]) -> None:
    assert quickest(lambda: error_of(service, operation, port, **arguments), 1) < 1
    error = error_of(service, operation, port, **arguments)
    assert error.response["Error"]["Code"] == "ServiceUnavailable"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert error.response["ResponseMetadata"]["RequestId"]
    assert "is not running" in error.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "named"), [("sqs", "list_queues", "sqs"), ("dynamodb", "list_tables", "dynamodb")]
)
def test_a_service_that_is_not_enabled_says_how_to_enable_it(
    port_of_few: int, service: str, operation: str, named: str
) -> None:
    error = error_of(service, operation, port_of_few)
    assert error.response["Error"]["Code"] == "ServiceNotEnabled"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert f"SERVICES=s3,sns,{named}" in error.response["Error"]["Message"]


def test_sts_and_iam_are_there_whatever_is_enabled(port_of_few: int) -> None:
    sts, iam = client("sts", port_of_few), client("iam", port_of_few)
    assert sts.get_caller_identity()["Account"] == "000000000000"
    assert iam.get_user()["User"]["Arn"] == "arn:aws:iam::000000000000:root"
    sts.close()
    iam.close()


ABSENT = [
    ("ec2", "describe_instances", {}),
    ("lambda", "list_functions", {}),
    ("logs", "describe_log_groups", {}),
    ("events", "list_rules", {}),
    ("kinesis", "list_streams", {}),
    ("secretsmanager", "list_secrets", {}),
    ("ssm", "describe_parameters", {}),
    ("stepfunctions", "list_state_machines", {}),
    ("cloudwatch", "list_metrics", {}),
    ("cloudformation", "list_stacks", {}),
    ("cloudfront", "list_distributions", {}),
    ("route53", "list_hosted_zones", {}),
    ("rds", "describe_db_instances", {}),
    ("ses", "list_identities", {}),
    ("sesv2", "list_email_identities", {}),
    ("apigateway", "get_rest_apis", {}),
    ("ecr", "describe_repositories", {}),
    ("autoscaling", "describe_auto_scaling_groups", {}),
    ("elbv2", "describe_load_balancers", {}),
]


@pytest.mark.parametrize(("service", "operation", "arguments"), ABSENT)
def test_a_service_that_is_not_here_is_a_400(
    port: int, service: str, operation: str, arguments: dict[str, str]
) -> None:
    error = error_of(service, operation, port, **arguments)
    assert error.response["Error"]["Code"] == "UnsupportedOperation"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error.response["Error"]["Message"].startswith("RustStack does not have the service '")


def test_of_iam_there_is_get_user_alone(port: int) -> None:
    error = error_of("iam", "list_roles", port)
    assert error.response["Error"]["Code"] == "UnsupportedOperation"
    assert error_of("iam", "get_user", port, UserName="ann").response["Error"]["Code"] == "NoSuchEntity"


def test_the_error_to_a_head_request_has_no_body(port: int) -> None:
    with connect(port) as peer:
        peer.send(b"HEAD /bucket HTTP/1.1\r\nHost: h\r\n\r\n")
        status, headers, _ = peer.read_answer(headless=True)
        assert status == 503
        assert int(headers["content-length"]) > 0
        peer.send(b"GET /bucket HTTP/1.1\r\nHost: h\r\n\r\n")
        assert peer.read_answer()[0] == 503


def test_each_form_of_the_error(port: int) -> None:
    s3 = request(port, b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n")
    assert s3[1]["content-type"] == "application/xml"
    assert b"<Error><Code>ServiceUnavailable</Code>" in s3[2]
    assert s3[1]["x-amz-request-id"].upper().encode() in s3[2]
    dynamodb = request(port, b"POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\n\r\n")
    assert b'"__type":"com.amazonaws.dynamodb.v20120810#ServiceUnavailable"' in dynamodb[2]
    assert "x-amz-crc32" in dynamodb[1]
    sqs = request(port, b"GET /?Action=ListQueues HTTP/1.1\r\nHost: h\r\n\r\n")
    assert sqs[2].startswith(b'<ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error>')
    assert b"<Type>Receiver</Type>" in sqs[2]
    ec2 = request(port, b"GET /?Action=DescribeVpcs&Version=2016-11-15 HTTP/1.1\r\nHost: h\r\n\r\n")
    assert b"<Response><Errors><Error><Code>UnsupportedOperation</Code>" in ec2[2]


def test_a_names_special_characters_do_not_break_the_error(port: int) -> None:
    scope = b"AKID/20260101/us-east-1/<&>\xff/aws4_request"
    head = b"GET / HTTP/1.1\r\nHost: h\r\nAuthorization: AWS4-HMAC-SHA256 Credential=%b\r\n" % scope
    status, _, body = request(port, head + b"Content-Type: application/x-www-form-urlencoded\r\n\r\n")
    assert status == 400
    assert "'&lt;&amp;&gt;ÿ'".encode() in body


def test_a_large_upload_to_a_service_that_is_down_gets_its_answer(port: int) -> None:
    with connect(port) as peer:
        peer.send(b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n")
        peer.send(bytes(5_000_000))
        assert peer.read_answer()[0] == 503
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert peer.read_answer()[0] == 503
    with connect(port) as peer:
        peer.send(b"PUT /b/k HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5000000\r\n\r\n")
        status, headers, _ = peer.read_answer()
        assert (status, headers["connection"]) == (503, "close")


def test_an_address_that_does_not_even_refuse_is_a_503_within_a_second() -> None:
    with ExitStack() as stack:
        ports = [stack.enter_context(hanging_port()) for _ in range(3)]
        gateway = stack.enter_context(running_gateway(s3_url=",".join(f"http://127.0.0.1:{port}" for port in ports)))
        for body in (b"\r\n", b"Content-Length: 200000\r\n\r\n" + bytes(200_000)):
            asked = b"PUT /b/k HTTP/1.1\r\nHost: h\r\n" + body
            statuses: list[int] = []
            assert quickest(lambda: statuses.append(request(gateway, asked)[0]), 1) < 1  # noqa: B023
            assert set(statuses) == {503}


def test_a_service_that_dies_with_the_request_in_its_hands_is_a_503() -> None:
    asked: list[bytes] = []

    def script(peer: Peer) -> None:
        head = peer.read_head()
        if head.startswith(b"POST"):  # the gateway asks for the service's health, too
            asked.append(head)
            peer.read(4)

    with scripted_service(script) as service, running_gateway(sqs_url=service.address) as port:
        head = b"POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: AmazonSQS.SendMessage\r\nContent-Length: 4\r\n\r\nbody"
        status, _, body = request(port, head)
        assert status == 503
        assert b"com.amazonaws.sqs#ServiceUnavailable" in body
        assert len(asked) == 1, "it may have been carried out: it is not sent again"


def test_a_read_that_a_service_died_over_is_asked_of_the_next_one() -> None:
    def dies(peer: Peer) -> None:
        peer.read_head()

    def serves(peer: Peer) -> None:
        while True:
            peer.read_head()
            peer.send(ok())

    with (
        scripted_service(dies) as first,
        scripted_service(serves) as second,
        running_gateway(s3_url=f"{second.address},{first.address}") as port,
    ):
        for _ in range(6):
            assert request(port, b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n")[0] == 200
        assert first.connections > 0


def test_a_service_that_comes_up_is_found_at_once() -> None:
    def serves(peer: Peer) -> None:
        while True:
            peer.read_head()
            peer.send(ok())

    service_port = dead_port()
    with running_gateway(s3_url=f"http://127.0.0.1:{service_port}") as port:
        ask = b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n"
        assert request(port, ask)[0] == 503
        with scripted_service(serves, port=service_port):
            assert request(port, ask)[0] == 200
        assert request(port, ask)[0] == 503
