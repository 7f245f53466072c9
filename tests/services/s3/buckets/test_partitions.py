"""Buckets in regions of other partitions: their ARNs say so wherever AWS says them, and policies have to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import Running

REGIONS = [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]


@pytest.mark.parametrize(("region", "partition"), REGIONS)
def test_arns_of_a_bucket(fleet: Running, unique_name: str, region: str, partition: str) -> None:
    made = fleet.client("s3", region_name=region)
    arn = f"arn:{partition}:s3:::{unique_name}"
    try:
        created = made.create_bucket(
            Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": region}, ObjectOwnership="ObjectWriter"
        )
        assert created["BucketArn"] == arn
        statement: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"}
        policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": f"{arn}/*"}]}
        made.put_bucket_policy(Bucket=unique_name, Policy=json.dumps(policy))
        policy["Statement"] = [{**statement, "Resource": f"arn:aws:s3:::{unique_name}/*"}]
        with pytest.raises(ClientError, match="Policy has invalid resource"):
            made.put_bucket_policy(Bucket=unique_name, Policy=json.dumps(policy))
        made.put_bucket_versioning(Bucket=unique_name, VersioningConfiguration={"Status": "Enabled"})
        rule = {"ID": "r", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": f"{arn}-copy"}}
        role = f"arn:{partition}:iam::000000000000:role/r"
        made.create_bucket(Bucket=f"{unique_name}-copy", CreateBucketConfiguration={"LocationConstraint": region})
        made.put_bucket_versioning(Bucket=f"{unique_name}-copy", VersioningConfiguration={"Status": "Enabled"})
        made.put_bucket_replication(Bucket=unique_name, ReplicationConfiguration={"Role": role, "Rules": [rule]})
        rule["Destination"]["Bucket"] = f"arn:aws:s3:::{unique_name}-copy"
        with pytest.raises(ClientError, match="Invalid bucket ARN"):
            made.put_bucket_replication(Bucket=unique_name, ReplicationConfiguration={"Role": role, "Rules": [rule]})
        queue = {"QueueArn": f"arn:aws:sqs:{region}:000000000000:q", "Events": ["s3:ObjectCreated:*"]}
        notified = {"QueueConfigurations": [queue]}
        with pytest.raises(ClientError, match="The ARN could not be parsed"):
            made.put_bucket_notification_configuration(Bucket=unique_name, NotificationConfiguration=notified)
        put = made.put_object(Bucket=unique_name, Key="k", ServerSideEncryption="aws:kms")
        assert put["SSEKMSKeyId"].startswith(f"arn:{partition}:kms:{region}:")
    finally:
        made.close()
