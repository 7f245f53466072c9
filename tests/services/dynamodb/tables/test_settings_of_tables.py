"""What is kept with a table and described: policies, insights, destinations, auto scaling."""

from __future__ import annotations

import json

import pytest

from tests.services.dynamodb.conftest import DynamoDb

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
    "Action": "dynamodb:GetItem",
    "Resource": f"{ARN}table",
}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]}, separators=(",", ":"))


async def test_a_policy_is_kept_by_revision(dynamodb: DynamoDb) -> None:
    arn = ARN + await dynamodb.table()
    assert (await dynamodb.refusal("GetResourcePolicy", ResourceArn=arn)).code == "PolicyNotFoundException"
    put = await dynamodb.put_resource_policy(ResourceArn=arn, Policy=POLICY)
    assert await dynamodb.get_resource_policy(ResourceArn=arn) == {"Policy": POLICY, **put}
    assert await dynamodb.put_resource_policy(ResourceArn=arn, Policy=POLICY) == put
    refused = await dynamodb.refusal(
        "PutResourcePolicy", ResourceArn=arn, Policy=POLICY + " ", ExpectedRevisionId="NO_POLICY"
    )
    assert refused.code == "PolicyNotFoundException"
    refused = await dynamodb.refusal("PutResourcePolicy", ResourceArn=arn, Policy="no policy")
    assert (refused.code, refused.message) == (
        "ValidationException",
        "One or more parameter values were invalid: Invalid policy document: This policy contains invalid Json",
    )
    assert await dynamodb.delete_resource_policy(ResourceArn=arn, ExpectedRevisionId=put["RevisionId"]) == put
    assert await dynamodb.delete_resource_policy(ResourceArn=arn) == {}


@pytest.mark.parametrize("policy", ['{"Statement": "all"}', '{"Statement": [1]}', '{"Statement": []}', "[]", "{"])
async def test_what_is_no_policy(dynamodb_on_sqlite: DynamoDb, policy: str) -> None:
    arn = ARN + await dynamodb_on_sqlite.table()
    refused = await dynamodb_on_sqlite.refusal("PutResourcePolicy", ResourceArn=arn, Policy=policy)
    assert refused.code == "ValidationException"
    assert refused.message.startswith("One or more parameter values were invalid: Invalid policy document: ")


async def test_a_policy_comes_back_in_one_form(dynamodb: DynamoDb) -> None:
    arn = ARN + await dynamodb.table()
    put = await dynamodb.put_resource_policy(ResourceArn=arn, Policy=POLICY)
    statement = {
        "Resource": [ALLOW["Resource"]],
        "Action": ["dynamodb:GetItem"],
        "Principal": {"AWS": ["000000000000", "arn:aws:iam::000000000000:root"]},
        "Effect": "allow",
    }
    same = json.dumps({"Statement": statement, "Version": "2012-10-17"}, indent=1)
    assert await dynamodb.put_resource_policy(ResourceArn=arn, Policy=same) == put
    assert await dynamodb.get_resource_policy(ResourceArn=arn) == {"Policy": POLICY, **put}


async def test_a_stream_has_a_policy_of_its_own(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    arn = (await dynamodb.describe_table(TableName=table))["Table"]["LatestStreamArn"]
    put = await dynamodb.put_resource_policy(ResourceArn=arn, Policy=POLICY)
    assert await dynamodb.get_resource_policy(ResourceArn=arn) == {"Policy": POLICY, **put}
    assert (await dynamodb.refusal("GetResourcePolicy", ResourceArn=ARN + table)).code == "PolicyNotFoundException"


async def test_contributor_insights_are_switched(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    described = await dynamodb.describe_contributor_insights(TableName=table)
    assert described["ContributorInsightsStatus"] == "DISABLED"
    answer = await dynamodb.update_contributor_insights(TableName=table, ContributorInsightsAction="ENABLE")
    assert answer["ContributorInsightsStatus"] == "ENABLING"
    described = await dynamodb.describe_contributor_insights(TableName=table)
    assert described["ContributorInsightsStatus"] == "ENABLED"
    assert len(described["ContributorInsightsRuleList"]) == 2
    listed = await dynamodb.list_contributor_insights()
    assert [each["TableName"] for each in listed["ContributorInsightsSummaries"]] == [table]
    answer = await dynamodb.update_contributor_insights(TableName=table, ContributorInsightsAction="ENABLE")
    assert answer["ContributorInsightsStatus"] == "ENABLED"
    await dynamodb.update_contributor_insights(TableName=table, ContributorInsightsAction="DISABLE")
    assert (await dynamodb.list_contributor_insights()) == {"ContributorInsightsSummaries": []}


async def test_kinesis_destinations_are_kept(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
    await dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=arn)
    refused = await dynamodb.refusal("EnableKinesisStreamingDestination", TableName=table, StreamArn=arn + "2")
    assert (refused.code, refused.message) == (
        "ValidationException",
        "Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must "
        "be DISABLED or ENABLE_FAILED to perform ENABLE operation.",
    )
    finer = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    change = {"TableName": table, "StreamArn": arn, "UpdateKinesisStreamingConfiguration": finer}
    await dynamodb.update_kinesis_streaming_destination(**change)
    refused = await dynamodb.refusal("UpdateKinesisStreamingDestination", **change)
    assert refused.message.startswith("Invalid Request: Precision is already set to the desired value of MICROSECOND")
    described = await dynamodb.describe_kinesis_streaming_destination(TableName=table)
    assert described["KinesisDataStreamDestinations"] == [
        {"StreamArn": arn, "DestinationStatus": "ACTIVE", "ApproximateCreationDateTimePrecision": "MICROSECOND"}
    ]
    await dynamodb.disable_kinesis_streaming_destination(TableName=table, StreamArn=arn)
    described = await dynamodb.describe_kinesis_streaming_destination(TableName=table)
    assert described["KinesisDataStreamDestinations"][0]["DestinationStatus"] == "DISABLED"
    refused = await dynamodb.refusal("DisableKinesisStreamingDestination", TableName=table, StreamArn=arn)
    assert refused.message.endswith("KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.")


async def test_auto_scaling_settings_are_kept(dynamodb: DynamoDb) -> None:
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    table = await dynamodb.table(BillingMode="PROVISIONED", ProvisionedThroughput=throughput)
    await dynamodb.update_table_replica_auto_scaling(
        TableName=table,
        ProvisionedWriteCapacityAutoScalingUpdate={
            "MinimumUnits": 1,
            "MaximumUnits": 10,
            "ScalingPolicyUpdate": {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0}},
        },
    )
    described = await dynamodb.describe_table_replica_auto_scaling(TableName=table)
    replica = described["TableAutoScalingDescription"]["Replicas"][0]
    settings = replica["ReplicaProvisionedWriteCapacityAutoScalingSettings"]
    assert (settings["MinimumUnits"], settings["MaximumUnits"]) == (1, 10)
    policy = settings["ScalingPolicies"][0]["TargetTrackingScalingPolicyConfiguration"]
    assert policy == {"TargetValue": 70.0}


async def test_no_table_is_made_of_a_replica(dynamodb_on_sqlite: DynamoDb) -> None:
    arn = "arn:aws:dynamodb:us-west-2:000000000000:table/everywhere"
    refused = await dynamodb_on_sqlite.refusal("CreateTable", TableName="everywhere", GlobalTableSourceArn=arn)
    assert (refused.status, refused.code) == (501, "NotImplemented")
