"""What version 6 of the provider asks of DynamoDB, SQS and SNS, in its order and with its members, shown by boto3.

Version 6 is not to be had from a package index; its requests were recorded once. It waits until a change is seen: a
queue's attributes six times in a row, its end fifteen times.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.processes import REGION, Running

Client = Callable[..., Any]


@pytest.fixture
def client(fleet: Running, account_id: str) -> Client:
    return lambda service, **given: fleet.client(service, account_id=account_id, **given)


def test_a_table(client: Client, account_id: str) -> None:
    dynamodb = client("dynamodb")
    whole = {"TableName": "full"}
    for _ in range(2):
        with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
            dynamodb.describe_table(**whole)
    dynamodb.create_table(
        **whole,
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        TableClass="STANDARD",
        DeletionProtectionEnabled=False,
        SSESpecification={"Enabled": False},
        Tags=[{"Key": "Team", "Value": "music"}],
    )

    def table() -> dict[str, Any]:
        described: dict[str, Any] = dynamodb.describe_table(**whole)["Table"]
        return described

    assert [table()["TableStatus"] for _ in range(4)] == ["ACTIVE"] * 4
    backups = dynamodb.describe_continuous_backups(**whole)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
    ttl = dynamodb.describe_time_to_live(**whole)["TimeToLiveDescription"]
    assert ttl["TimeToLiveStatus"] == "DISABLED"
    tags = dynamodb.list_tags_of_resource(ResourceArn=table()["TableArn"])["Tags"]
    assert tags == [{"Key": "Team", "Value": "music"}]

    warm = {"ReadUnitsPerSecond": 12500, "WriteUnitsPerSecond": 4500}
    dynamodb.update_table(**whole, WarmThroughput=warm)
    assert {name: table()["WarmThroughput"][name] for name in warm} == warm
    dynamodb.update_table(**whole, TableClass="STANDARD_INFREQUENT_ACCESS")
    assert table()["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    dynamodb.update_table(**whole, DeletionProtectionEnabled=True)
    assert table()["DeletionProtectionEnabled"]
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    dynamodb.update_table(**whole, StreamSpecification=stream)
    assert table()["StreamSpecification"] == stream
    keys = [{"AttributeName": "Kind", "KeyType": "HASH"}]
    index = {"IndexName": "ByKind", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("Id", "Kind")]
    dynamodb.update_table(**whole, AttributeDefinitions=attributes, GlobalSecondaryIndexUpdates=[{"Create": index}])
    assert table()["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    dynamodb.update_continuous_backups(**whole, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    backups = dynamodb.describe_continuous_backups(**whole)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    dynamodb.update_table(**whole, DeletionProtectionEnabled=False)
    dynamodb.delete_table(**whole)
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        table()


@pytest.fixture
def streamed_table(client: Client) -> str:
    client("dynamodb").create_table(
        TableName="table",
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return "table"


def test_what_stands_beside_a_table(client: Client, streamed_table: str) -> None:
    dynamodb = client("dynamodb")
    whole = {"TableName": streamed_table}
    arn = {"ResourceArn": dynamodb.describe_table(**whole)["Table"]["TableArn"]}
    with pytest.raises(dynamodb.exceptions.PolicyNotFoundException):
        dynamodb.get_resource_policy(**arn)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": arn["ResourceArn"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    revision = dynamodb.put_resource_policy(**arn, Policy=policy)["RevisionId"]
    got = dynamodb.get_resource_policy(**arn)
    assert (json.loads(got["Policy"]), got["RevisionId"]) == (json.loads(policy), revision)
    dynamodb.delete_resource_policy(**arn)
    with pytest.raises(dynamodb.exceptions.PolicyNotFoundException):
        dynamodb.get_resource_policy(**arn)
    for action, status in (("ENABLE", "ENABLED"), ("DISABLE", "DISABLED")):
        dynamodb.update_contributor_insights(**whole, ContributorInsightsAction=action)
        assert dynamodb.describe_contributor_insights(**whole)["ContributorInsightsStatus"] == status
    item = {"Id": {"S": "1"}, "Tags": {"SS": ["a", "b"]}}
    names = {"#id": "Id"}
    once = {"ConditionExpression": "attribute_not_exists(#id)", "ExpressionAttributeNames": names}
    dynamodb.put_item(**whole, Item=item, **once)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(**whole, Item=item, **once)
    read = {"ConsistentRead": True, "ProjectionExpression": "#id, #tags"}
    got = dynamodb.get_item(
        **whole, Key={"Id": {"S": "1"}}, **read, ExpressionAttributeNames={**names, "#tags": "Tags"}
    )
    assert got["Item"] == item
    dynamodb.put_item(**whole, Item={**item, "Id": {"S": "2"}})
    dynamodb.delete_item(**whole, Key={"Id": {"S": "1"}})


def replica_of(dynamodb: Any, region: str) -> dict[str, Any] | None:
    """What the table says of its replica in a region: None where there is none."""
    replicas = dynamodb.describe_table(TableName="table")["Table"].get("Replicas", ())
    return next((replica for replica in replicas if replica["RegionName"] == region), None)


def test_replicas_of_a_table(client: Client, account_id: str, streamed_table: str) -> None:
    """`replica {}`: each made from the table's region, then read and changed in its own."""
    dynamodb = client("dynamodb")
    whole = {"TableName": streamed_table}
    for region in ("us-west-2", "eu-west-1"):
        dynamodb.update_table(**whole, ReplicaUpdates=[{"Create": {"RegionName": region}}])
        assert [replica_of(dynamodb, region)["ReplicaStatus"] for _ in range(2)] == ["ACTIVE"] * 2  # type: ignore[index]
        there = client("dynamodb", region_name=region)
        arn = there.describe_table(**whole)["Table"]["TableArn"]
        assert arn == f"arn:aws:dynamodb:{region}:{account_id}:table/table"
        recovery = {"PointInTimeRecoveryEnabled": True}
        there.update_continuous_backups(**whole, PointInTimeRecoverySpecification=recovery)
        described = there.describe_continuous_backups(**whole)["ContinuousBackupsDescription"]
        assert described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        there.tag_resource(ResourceArn=arn, Tags=[{"Key": "Team", "Value": region}])
        assert there.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "Team", "Value": region}]
        there.update_table(**whole, DeletionProtectionEnabled=True)
        assert there.describe_table(**whole)["Table"]["DeletionProtectionEnabled"]
        there.update_table(**whole, DeletionProtectionEnabled=False)
    described = dynamodb.describe_continuous_backups(**whole)["ContinuousBackupsDescription"]
    assert described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
    for region in ("us-west-2", "eu-west-1"):
        dynamodb.update_table(**whole, ReplicaUpdates=[{"Delete": {"RegionName": region}}])
        assert replica_of(dynamodb, region) is None
        there = client("dynamodb", region_name=region)
        with pytest.raises(there.exceptions.ResourceNotFoundException):
            there.describe_table(**whole)
    dynamodb.delete_table(**whole)


def test_a_replica_by_itself(client: Client, account_id: str, streamed_table: str) -> None:
    """aws_dynamodb_table_replica: the provider is in the replica's region, and asks the table's for it."""
    home, there = client("dynamodb"), client("dynamodb", region_name="us-west-2")
    whole = {"TableName": streamed_table}
    key = client("kms", region_name="us-west-2").describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]["Arn"]
    assert key.startswith(f"arn:aws:kms:us-west-2:{account_id}:key/")
    create = {"RegionName": "us-west-2", "TableClassOverride": "STANDARD_INFREQUENT_ACCESS"}
    home.update_table(**whole, ReplicaUpdates=[{"Create": create}])
    replica = replica_of(home, "us-west-2")
    assert replica is not None
    assert replica["ReplicaTableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    arn = there.describe_table(**whole)["Table"]["TableArn"]
    assert there.describe_table(**whole)["Table"]["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    there.tag_resource(ResourceArn=arn, Tags=[{"Key": "Team", "Value": "music"}])
    update = {"RegionName": "us-west-2", "TableClassOverride": "STANDARD"}
    home.update_table(**whole, ReplicaUpdates=[{"Update": update}])
    assert there.describe_table(**whole)["Table"]["TableClassSummary"]["TableClass"] == "STANDARD"
    home.update_table(**whole, ReplicaUpdates=[{"Delete": {"RegionName": "us-west-2"}}])
    assert replica_of(home, "us-west-2") is None
    home.delete_table(**whole)


def test_a_global_table_of_2017(client: Client, streamed_table: str) -> None:
    """aws_dynamodb_global_table: gone once its last replica was taken away."""
    home, there = client("dynamodb"), client("dynamodb", region_name="us-west-2")
    table = home.describe_table(TableName=streamed_table)["Table"]
    names = ("TableName", "AttributeDefinitions", "KeySchema", "StreamSpecification")
    there.create_table(**{name: table[name] for name in names}, BillingMode="PAY_PER_REQUEST")
    named = {"GlobalTableName": streamed_table}
    home.create_global_table(**named, ReplicationGroup=[{"RegionName": "us-east-1"}, {"RegionName": "us-west-2"}])

    def described() -> dict[str, Any]:
        found: dict[str, Any] = home.describe_global_table(**named)["GlobalTableDescription"]
        return found

    assert [described()["GlobalTableStatus"] for _ in range(2)] == ["ACTIVE"] * 2
    for region in ("us-west-2", "us-east-1"):
        home.update_global_table(**named, ReplicaUpdates=[{"Delete": {"RegionName": region}}])
    with pytest.raises(home.exceptions.GlobalTableNotFoundException):
        described()
    for client_ in (home, there):
        client_.delete_table(TableName=streamed_table)


def test_a_queue(client: Client, account_id: str) -> None:
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{account_id}"
    # a heredoc, the count first and as a text: AWS gives back its own form
    written = f'{{\n  "maxReceiveCount": "3",\n  "deadLetterTargetArn": "{arn}:dead"\n}}\n'
    given = {"VisibilityTimeout": "45", "DelaySeconds": "5", "SqsManagedSseEnabled": "true", "RedrivePolicy": written}
    url = sqs.create_queue(QueueName="queue", Attributes=given, tags={"Team": "music"})["QueueUrl"]
    kept = {**given, "RedrivePolicy": f'{{"deadLetterTargetArn":"{arn}:dead","maxReceiveCount":3}}'}

    def attributes() -> dict[str, str]:
        found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return {name: found[name] for name in kept if name in found}

    assert [attributes() for _ in range(6)] == [kept] * 6
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"Team": "music"}
    kept["DelaySeconds"] = "0"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    assert [attributes() for _ in range(6)] == [kept] * 6
    allow = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [f"{arn}:queue"]}, separators=(",", ":"))
    sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": allow})
    got = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["RedriveAllowPolicy"])["Attributes"]
    assert json.loads(got["RedriveAllowPolicy"]) == json.loads(allow)
    for name in ("Policy", "RedriveAllowPolicy"):
        sqs.set_queue_attributes(QueueUrl=dead, Attributes={name: ""})
        assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=[name])
    assert sorted(sqs.list_queues(MaxResults=1000)["QueueUrls"]) == sorted([dead, url])
    sqs.delete_queue(QueueUrl=url)
    for _ in range(15):
        with pytest.raises(sqs.exceptions.QueueDoesNotExist):
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])


def test_a_topic_and_its_subscription(client: Client, account_id: str) -> None:
    sns, sqs = client("sns"), client("sqs")
    topic = {"TopicArn": sns.create_topic(Name="topic", Tags=[{"Key": "Team", "Value": "music"}])["TopicArn"]}
    for name, value in (("DisplayName", "Music"), ("SignatureVersion", "2"), ("TracingConfig", "Active")):
        sns.set_topic_attributes(**topic, AttributeName=name, AttributeValue=value)
        assert sns.get_topic_attributes(**topic)["Attributes"][name] == value
    tags = sns.list_tags_for_resource(ResourceArn=topic["TopicArn"])["Tags"]
    assert tags == [{"Key": "Team", "Value": "music"}]
    sqs.create_queue(QueueName="queue")
    endpoint = f"arn:aws:sqs:{REGION}:{account_id}:queue"
    delivery = json.dumps({"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 2, "numRetries": 3}})
    given = {"FilterPolicy": '{"kind":["order"]}', "FilterPolicyScope": "MessageBody", "DeliveryPolicy": delivery}
    subscription = sns.subscribe(
        **topic, Protocol="sqs", Endpoint=endpoint, Attributes=given, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    for _ in range(2):
        found = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        assert json.loads(found["FilterPolicy"]) == {"kind": ["order"]}
        assert (found["FilterPolicyScope"], found["PendingConfirmation"]) == ("MessageBody", "false")
    listed = sns.list_subscriptions_by_topic(**topic)["Subscriptions"]
    assert [one["SubscriptionArn"] for one in listed] == [subscription]
    sns.unsubscribe(SubscriptionArn=subscription)
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.get_subscription_attributes(SubscriptionArn=subscription)
    statement = {
        "Sid": "deny",
        "DataDirection": "Inbound",
        "Principal": ["*"],
        "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],
        "Operation": {"Deny": {}},
    }
    policy = {"Name": "protect", "Version": "2021-06-01", "Statement": [statement]}
    resource = {"ResourceArn": topic["TopicArn"]}
    sns.put_data_protection_policy(**resource, DataProtectionPolicy=json.dumps(policy))
    assert json.loads(sns.get_data_protection_policy(**resource)["DataProtectionPolicy"]) == policy
    sns.delete_topic(**topic)
    assert sns.list_topics()["Topics"] == []


def test_platform_applications_and_sms(client: Client) -> None:
    sns = client("sns")
    made = sns.create_platform_application(
        Name="phones", Platform="GCM", Attributes={"PlatformCredential": "a key", "SuccessFeedbackSampleRate": "50"}
    )
    arn = {"PlatformApplicationArn": made["PlatformApplicationArn"]}
    assert sns.get_platform_application_attributes(**arn)["Attributes"]["SuccessFeedbackSampleRate"] == "50"
    sns.set_platform_application_attributes(**arn, Attributes={"SuccessFeedbackSampleRate": "100"})
    assert sns.get_platform_application_attributes(**arn)["Attributes"]["SuccessFeedbackSampleRate"] == "100"
    sns.delete_platform_application(**arn)
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.get_platform_application_attributes(**arn)
    preferences = {"DefaultSMSType": "Transactional", "DefaultSenderID": "Music", "MonthlySpendLimit": "1"}
    sns.set_sms_attributes(attributes=preferences)
    assert sns.get_sms_attributes()["attributes"].items() >= preferences.items()
