"""MiniStack and Moto's server behind a fleet: used through its port, called by its services, stopped midway."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fallback.emulators import Emulator, ministack, moto
from tests.processes import ACCOUNT_ID, Running, running_fleet
from tests.stand_in import Asked, StandIn, accepted, stand_in
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:teller"
CODE = """
import json, os, urllib.request

def handler(event, context):
    body = json.dumps(event).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ["TELL"], body, method="POST"), timeout=30).read()
"""


@dataclass
class Behind:
    """A fleet with an emulator behind it. `heard` has the events that the function was called with."""

    fleet: Running
    emulator: Emulator
    collector: StandIn
    runs_functions: bool

    def heard(self) -> list[Any]:
        wanted = [asked for asked in self.collector.asked if self.runs_functions or _is_event(asked)]
        return [record for asked in wanted for record in asked.content["Records"]]


def _is_event(asked: Asked) -> bool:
    return asked.headers.get("x-amz-invocation-type") == "Event"


@pytest.fixture(scope="module", params=["ministack", "moto"])
def behind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder = tmp_path_factory.mktemp(request.param)
    runs_functions = request.param == "ministack"
    with ExitStack() as stack:
        collector = stack.enter_context(stand_in(accepted()))
        emulator = ministack(folder) if runs_functions else moto(folder)
        stack.callback(emulator.stop)
        emulator.start()
        # Moto runs functions in containers alone: another stands in for Lambda
        urls = emulator.url if runs_functions else f"lambda={collector.url},*={emulator.url}"
        fleet = stack.enter_context(running_fleet(folder / "fleet", environment={"RUSTSTACK_FALLBACK_URL": urls}))
        yield Behind(fleet, emulator, collector, runs_functions)


def test_parameters_secrets_and_streams_through_the_fleets_port(behind: Behind, unique_name: str) -> None:
    fleet = behind.fleet
    ssm, secrets, kinesis = (fleet.client(name) for name in ("ssm", "secretsmanager", "kinesis"))
    ssm.put_parameter(Name=f"/{unique_name}", Value="välue", Type="String")
    assert ssm.get_parameter(Name=f"/{unique_name}")["Parameter"]["Value"] == "välue"
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name=f"/{unique_name}/none")
    secrets.create_secret(Name=unique_name, SecretString="x" * 60_000)
    assert secrets.get_secret_value(SecretId=unique_name)["SecretString"] == "x" * 60_000
    kinesis.create_stream(StreamName=unique_name, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=unique_name)
    data = bytes(range(256)) * 2_000  # more than the gateway holds of a body
    kinesis.put_record(StreamName=unique_name, PartitionKey="k", Data=data)
    assert [record["Data"] for record in read(kinesis, unique_name)] == [data]
    fleet.client("s3").create_bucket(Bucket=unique_name)
    assert behind.emulator.client("s3").list_buckets()["Buckets"] == []
    shown = fleet.get("/_ruststack/requests?service=kinesis&operation=PutRecord")["requests"]
    assert [entry["status"] for entry in shown] == [200]
    assert fleet.get("/_ruststack/health")["fallback"]["*"]["status"] == "running"


def read(kinesis: Any, stream: str) -> list[Any]:
    """Every record of a stream with one shard."""
    (shard,) = kinesis.list_shards(StreamName=stream)["Shards"]
    start = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(StreamName=stream, **start)["ShardIterator"]
    found: list[Any] = kinesis.get_records(ShardIterator=iterator)["Records"]
    return found


def make_function(behind: Behind) -> None:
    if not behind.runs_functions:
        return
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("teller.py", CODE)
    client = behind.fleet.client("lambda")
    client.create_function(
        FunctionName="teller",
        Runtime="python3.12",
        Role=f"arn:aws:iam::{ACCOUNT_ID}:role/teller",
        Handler="teller.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"TELL": behind.collector.url}},
        Timeout=60,
    )
    client.get_waiter("function_active_v2").wait(FunctionName="teller")


def make_stream(behind: Behind, name: str) -> str:
    """A stream's ARN, once it takes records."""
    kinesis = behind.fleet.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=name)
    arn: str = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    return arn


def make_rule(behind: Behind, name: str) -> None:
    """A rule whose events end in a queue of the emulator's own."""
    sqs = behind.emulator.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events = behind.fleet.client("events")
    pattern = {"source": ["aws.s3", "ruststack.s3"], "detail": {"bucket": {"name": [name]}}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue}])


@dataclass
class Told:
    """What has arrived: messages at the function by SNS, keys there by S3, in the stream and in EventBridge's queue."""

    messages: set[str]
    keys: set[str]
    items: set[str]
    events: set[str]

    def listen(self, behind: Behind, name: str) -> Told:
        """Look once more."""
        for record in behind.heard():
            if "Sns" in record:
                self.messages.add(record["Sns"]["Message"])
            else:
                self.keys.add(record["s3"]["object"]["key"])
        for record in read(behind.fleet.client("kinesis"), name):
            self.items.add(json.loads(record["Data"])["dynamodb"]["Keys"]["id"]["S"])
        sqs = behind.emulator.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            self.events.add(json.loads(message["Body"])["detail"]["object"]["key"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return self

    def has(self, wanted: set[str], events: set[str]) -> bool:
        """Whether all of it has arrived, and nothing else; of EventBridge's at least `events`."""
        return self.messages == self.keys == self.items == wanted and events <= self.events <= wanted


def test_what_our_services_send_there_arrives_though_it_is_stopped_midway(behind: Behind, unique_name: str) -> None:
    fleet, name = behind.fleet, unique_name
    make_function(behind)
    make_rule(behind, name)
    stream = make_stream(behind, name)
    sns, s3, dynamodb = (fleet.client(service) for service in ("sns", "s3", "dynamodb"))
    topic = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)
    s3.create_bucket(Bucket=name)
    functions = [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:*"]}]
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={"EventBridgeConfiguration": {}, "LambdaFunctionConfigurations": functions},
    )
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.enable_kinesis_streaming_destination(TableName=name, StreamArn=stream)

    def status() -> str:
        (found,) = dynamodb.describe_kinesis_streaming_destination(TableName=name)["KinesisDataStreamDestinations"]
        return str(found["DestinationStatus"])

    wait_until(lambda: status() == "ACTIVE")

    def cause(first: int, last: int) -> set[str]:
        texts = {str(number) for number in range(first, last)}
        for text in sorted(texts):
            sns.publish(TopicArn=topic, Message=text)
            s3.put_object(Bucket=name, Key=text, Body=b"x")
            dynamodb.put_item(TableName=name, Item={"id": {"S": text}})
        return texts

    told = Told(set(), set(), set(), set())
    wanted = cause(0, 5)
    wait_until(lambda: told.listen(behind, name).has(wanted, wanted))
    behind.emulator.stop()
    if not behind.runs_functions:
        behind.collector.close()
    events = set(wanted)
    wanted |= cause(5, 10)
    with pytest.raises(Exception, match="does not answer"):
        fleet.client("ssm").get_parameter(Name="/p")
    behind.emulator.start()
    if not behind.runs_functions:
        behind.collector.open()
    if behind.emulator.keeps_state:
        events = set(wanted)
    else:
        # It takes events before the rule is there again, and tells nobody; a stream that is not there takes nothing
        make_rule(behind, name)
        make_stream(behind, name)
    later = cause(10, 12)
    wait_until(lambda: told.listen(behind, name).has(wanted | later, events | later), 120)


def test_a_stream_gets_what_firehose_is_sent(behind: Behind, unique_name: str) -> None:
    """Firehose, of whichever emulator, writes to a bucket of its own."""
    bucket = behind.emulator.client("s3")
    bucket.create_bucket(Bucket=unique_name)
    firehose = behind.fleet.client("firehose")
    role = f"arn:aws:iam::{ACCOUNT_ID}:role/firehose"
    created = firehose.create_delivery_stream(
        DeliveryStreamName=unique_name,
        ExtendedS3DestinationConfiguration={"RoleARN": role, "BucketARN": f"arn:aws:s3:::{unique_name}"},
    )
    sns = behind.fleet.client("sns")
    topic = sns.create_topic(Name=unique_name)["TopicArn"]
    attributes = {"SubscriptionRoleArn": role}
    sns.subscribe(TopicArn=topic, Protocol="firehose", Endpoint=created["DeliveryStreamARN"], Attributes=attributes)
    sns.publish(TopicArn=topic, Message="archived")

    def archived() -> list[bytes]:
        keys = [found["Key"] for found in bucket.list_objects_v2(Bucket=unique_name).get("Contents", [])]
        return [bucket.get_object(Bucket=unique_name, Key=key)["Body"].read() for key in keys]

    wait_until(lambda: any(b"archived" in body or base64.b64encode(b"archived") in body for body in archived()), 120)
