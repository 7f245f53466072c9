"""Two accounts, and two regions, never see each other's resources, by name, URL or ARN: every operation is asked.

With any credentials, as the fleet starts by default. Buckets are apart from this: their names are all accounts'.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from awskit.wire.model import load_model
from tests.minimal_inputs import KEY, Named, minimal_input
from tests.processes import Running, running_fleet

OWNER, OTHER = "111111111111", "222222222222"
SECRET = "seen-by-its-account-alone"
MODELS = ("sqs", "sns", "dynamodb", "dynamodbstreams")
CASES = [(model, name) for model in MODELS for name in sorted(load_model(model).operations)]
Given = Mapping[str | tuple[str, str], Any]


class Callers:
    """Clients of one fleet, by account, region and service."""

    def __init__(self, fleet: Running) -> None:
        self._fleet = fleet
        self._made: dict[tuple[str, str, str], Any] = {}

    def client(self, service: str, account: str = OWNER, region: str = "us-east-1") -> Any:
        key = (service, account, region)
        if key not in self._made:
            config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
            session = boto3.session.Session(account, "test", region_name=region)
            self._made[key] = session.client(service, endpoint_url=self._fleet.url, config=config)
        return self._made[key]


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    with running_fleet(tmp_path_factory.mktemp("isolation")) as fleet:
        yield Callers(fleet)


@pytest.fixture(scope="module")
def owned(callers: Callers) -> Named:
    """Resources of one account, each holding `SECRET`."""
    named = Named(OWNER)
    sqs, sns, dynamodb = (callers.client(service) for service in ("sqs", "sns", "dynamodb"))
    queue = sqs.create_queue(QueueName=named.name, tags={"secret": SECRET})["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": named.arn("sqs", named.name), "maxReceiveCount": 1})
    sqs.create_queue(QueueName=f"{named.name}-source", Attributes={"RedrivePolicy": redrive})
    sqs.send_message(QueueUrl=queue, MessageBody=SECRET)
    tags = [{"Key": "secret", "Value": SECRET}]
    sns.create_topic(Name=named.name, Attributes={"DisplayName": SECRET}, Tags=tags)
    subscription = sns.subscribe(TopicArn=named.topic, Protocol="sqs", Endpoint=named.arn("sqs", named.name))
    credentials = {"PlatformCredential": "x"}
    application = sns.create_platform_application(Name=named.name, Platform="GCM", Attributes=credentials)
    device = sns.create_platform_endpoint(
        PlatformApplicationArn=application["PlatformApplicationArn"], Token=SECRET, CustomUserData=SECRET
    )
    dynamodb.create_table(
        TableName=named.name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=tags,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    dynamodb.put_item(TableName=named.name, Item={**KEY, "secret": {"S": SECRET}})
    dynamodb.update_continuous_backups(
        TableName=named.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    backup = dynamodb.create_backup(TableName=named.name, BackupName="backup")["BackupDetails"]["BackupArn"]
    label = dynamodb.describe_table(TableName=named.name)["Table"]["LatestStreamLabel"]
    stream = f"{named.table}/stream/{label}"
    streams = callers.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    further: dict[str, Any] = {
        "SubscriptionArn": subscription["SubscriptionArn"],
        "EndpointArn": device["EndpointArn"],
        "BackupArn": backup,
        "ShardId": shard,
        "ShardIterator": iterator["ShardIterator"],
        "ShardIteratorType": "TRIM_HORIZON",
    }
    return Named(OWNER, stream_label=label, further=further)


def answer(client: Any, model: str, operation: str, named: Named) -> str:
    """All that is answered, error or not, as text."""
    try:
        return repr(getattr(client, xform_name(operation))(**minimal_input(model, operation, named)))
    except ClientError as error:
        return repr(error.response)


def state(callers: Callers, owned: Named) -> str:
    """What the owner has."""
    sqs, sns, dynamodb = (callers.client(service) for service in ("sqs", "sns", "dynamodb"))
    found = [
        sqs.list_queues()["QueueUrls"],
        sqs.list_queue_tags(QueueUrl=owned.given()["QueueUrl"])["Tags"],
        sqs.get_queue_attributes(QueueUrl=owned.given()["QueueUrl"], AttributeNames=["All"])["Attributes"],
        sns.list_topics()["Topics"],
        sns.get_topic_attributes(TopicArn=owned.topic)["Attributes"],
        sns.list_tags_for_resource(ResourceArn=owned.topic)["Tags"],
        sns.list_subscriptions()["Subscriptions"],
        sns.get_subscription_attributes(SubscriptionArn=owned.further["SubscriptionArn"])["Attributes"],
        sns.get_endpoint_attributes(EndpointArn=owned.further["EndpointArn"])["Attributes"],
        sns.list_platform_applications()["PlatformApplications"],
        dynamodb.list_tables()["TableNames"],
        dynamodb.describe_table(TableName=owned.name)["Table"],
        dynamodb.scan(TableName=owned.name)["Items"],
        dynamodb.list_tags_of_resource(ResourceArn=owned.table)["Tags"],
        dynamodb.list_backups()["BackupSummaries"],
        dynamodb.describe_continuous_backups(TableName=owned.name)["ContinuousBackupsDescription"][
            "ContinuousBackupsStatus"
        ],
        dynamodb.describe_time_to_live(TableName=owned.name)["TimeToLiveDescription"],
        dynamodb.list_exports()["ExportSummaries"],
    ]
    return repr(found)


@pytest.mark.parametrize(("model", "operation"), CASES)
def test_another_account_sees_and_changes_nothing(callers: Callers, owned: Named, model: str, operation: str) -> None:
    before = state(callers, owned)
    told = answer(callers.client(model, OTHER), model, operation, owned)
    assert SECRET not in told
    assert state(callers, owned) == before


@pytest.mark.parametrize(("model", "operation"), CASES)
def test_another_region_sees_and_changes_nothing(callers: Callers, owned: Named, model: str, operation: str) -> None:
    before = state(callers, owned)
    told = answer(callers.client(model, OWNER, "eu-west-1"), model, operation, owned)
    assert SECRET not in told
    assert state(callers, owned) == before


def test_what_a_policy_lets_in_is_let_in(callers: Callers, owned: Named) -> None:
    principal = {"AWS": OTHER}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "dynamodb:GetItem", "Resource": owned.table}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    callers.client("dynamodb").put_resource_policy(ResourceArn=owned.table, Policy=policy)
    other = callers.client("dynamodb", OTHER)
    assert other.get_item(TableName=owned.table, Key=KEY)["Item"]["secret"] == {"S": SECRET}
    with pytest.raises(ClientError, match="AccessDeniedException"):
        other.delete_item(TableName=owned.table, Key=KEY)
    callers.client("dynamodb").delete_resource_policy(ResourceArn=owned.table)
