"""The smallest input that each operation of the models takes, about resources that are named.

Of the services' models alone: what they require, with values of the right kind. `GIVEN` are those that the model does
not tell, by their member's name, or by (operation, member).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from awskit.wire.model import Shape, load_model

_DEEPEST = 6
_COMPOUND = ("structure", "list", "map")
_STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [_STATEMENT]})
KEY = {"pk": {"S": "a"}}


@dataclass(frozen=True)
class Named:
    """Resources of one account in one region."""

    account: str
    region: str = "us-east-1"
    name: str = "walked"
    host: str = "http://localhost:4566"
    stream_label: str = "2026-01-01T00:00:00.000"
    further: Mapping[str, Any] = field(default_factory=dict)
    """What else is known of them, by the names of members."""

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    @property
    def table(self) -> str:
        return self.arn("dynamodb", f"table/{self.name}")

    @property
    def stream(self) -> str:
        return f"{self.table}/stream/{self.stream_label}"

    @property
    def topic(self) -> str:
        return self.arn("sns", self.name)

    def given(self) -> Mapping[str | tuple[str, str], Any]:
        return {**self._of_sqs(), **self._of_sns(), **self._of_dynamodb(), **self._of_sts()}

    def _of_sqs(self) -> Mapping[str | tuple[str, str], Any]:
        return {
            "QueueUrl": f"{self.host}/{self.account}/{self.name}",
            "QueueName": self.name,
            ("GetQueueUrl", "QueueOwnerAWSAccountId"): self.account,
            "SourceArn": self.arn("sqs", self.name),
            "TaskHandle": _task_handle(self.arn("sqs", self.name)),
            "AWSAccountIds": ["333333333333"],
            "Actions": ["SendMessage"],
            ("SetQueueAttributes", "Attributes"): {"VisibilityTimeout": "1"},
        }

    def _of_sns(self) -> Mapping[str | tuple[str, str], Any]:
        return {
            "TopicArn": self.topic,
            ("Publish", "TopicArn"): self.topic,
            "AWSAccountId": ["333333333333"],
            "ActionName": ["Publish"],
            "SubscriptionArn": f"{self.topic}:6a8b3f2e-0000-4000-8000-000000000000",
            "PlatformApplicationArn": self.arn("sns", f"app/GCM/{self.name}"),
            "EndpointArn": self.arn("sns", f"endpoint/GCM/{self.name}/6a8b3f2e-0000-4000-8000-000000000000"),
            "Platform": "GCM",
            ("CreatePlatformApplication", "Attributes"): {"PlatformCredential": "x"},
            "phoneNumber": "+15555550100",
            "PhoneNumber": "+15555550100",
            "OneTimePassword": "123456",
            "attributes": {"DefaultSMSType": "Promotional"},
            "DataProtectionPolicy": "{}",
            ("SetTopicAttributes", "AttributeName"): "DisplayName",
            ("SetSubscriptionAttributes", "AttributeName"): "RawMessageDelivery",
            "Protocol": "sqs",
            ("SetEndpointAttributes", "Attributes"): {"Enabled": "true"},
            ("SetPlatformApplicationAttributes", "Attributes"): {"SuccessFeedbackSampleRate": "1"},
        }

    def _of_dynamodb(self) -> Mapping[str | tuple[str, str], Any]:
        job = f"{self.table}/%s/01700000000000-0a1b2c3d"
        statement = {"Statement": f"SELECT * FROM \"{self.name}\" WHERE pk = 'a'"}
        return {
            "TableName": self.table,
            "GlobalTableName": self.name,
            "TargetTableName": f"{self.name}-restored",
            ("RestoreTableToPointInTime", "SourceTableArn"): self.table,
            "TableArn": self.table,
            "BackupArn": job % "backup",
            "ExportArn": job % "export",
            "ImportArn": job % "import",
            "BulkOperationArn": job % "bulk-operation",
            "StreamArn": self.stream,
            "ShardIterator": f"{self.stream}|1|W10=",
            "ShardId": "shardId-00000001700000000000-0a1b2c3d",
            "Key": KEY,
            "Item": KEY,
            "ReplicationGroup": [{"RegionName": "us-east-1"}],
            "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}],
            ("CreateTable", "AttributeDefinitions"): [{"AttributeName": "pk", "AttributeType": "S"}],
            ("CreateTable", "KeySchema"): [{"AttributeName": "pk", "KeyType": "HASH"}],
            ("CreateTable", "BillingMode"): "PAY_PER_REQUEST",
            "AttributeType": "S",
            "KeyType": "HASH",
            "S3Bucket": self.name,
            "InputFormat": "DYNAMODB_JSON",
            "RequestItems": None,
            ("BatchGetItem", "RequestItems"): {self.table: {"Keys": [KEY]}},
            ("BatchWriteItem", "RequestItems"): {self.table: [{"PutRequest": {"Item": KEY}}]},
            ("TransactGetItems", "TransactItems"): [{"Get": {"Key": KEY, "TableName": self.table}}],
            ("TransactWriteItems", "TransactItems"): [{"Put": {"Item": KEY, "TableName": self.table}}],
            ("ExecuteStatement", "Statement"): statement["Statement"],
            ("BatchExecuteStatement", "Statements"): [statement],
            ("ExecuteTransaction", "TransactStatements"): [statement],
            ("Query", "KeyConditionExpression"): "pk = :a",
            ("Query", "ExpressionAttributeValues"): {":a": {"S": "a"}},
            ("UpdateTable", "BillingMode"): "PAY_PER_REQUEST",
            "Policy": POLICY,
            "ContributorInsightsAction": "ENABLE",
            ("ImportTable", "TableName"): self.name,
            "OutputType": ["ERROR"],
            "SearchVector": [{"N": "1"}],
            "ShardIteratorType": "LATEST",
            ("PutResourcePolicy", "ResourceArn"): self.table,
        }

    def _of_sts(self) -> Mapping[str | tuple[str, str], Any]:
        return {
            "RoleArn": f"arn:aws:iam::{self.account}:role/{self.name}",
            "RoleSessionName": "session",
            "TargetPrincipal": self.account,
            "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"},
            "SigningAlgorithm": "RS256",
            "SAMLAssertion": "c2FtbA==",
            "PrincipalArn": f"arn:aws:iam::{self.account}:saml-provider/idp",
            "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
        }


def _task_handle(arn: str) -> str:
    from services.sqs.redrive.task_handles import write_task_handle

    return write_task_handle("6a8b3f2e-0000-4000-8000-000000000000", arn)


def minimal_input(model: str, operation: str, named: Named) -> dict[str, Any]:
    """See the module."""
    shape = load_model(model).operations[operation].input
    given = dict(named.given())
    given.update(named.further)
    given["ResourceArn"] = {"sns": named.topic, "s3control": f"arn:aws:s3:::{named.name}"}.get(model, named.table)
    if model in ("s3", "s3control"):
        given.update(_of_s3(named))
    if shape is None:
        return {}
    content: dict[str, Any] = _value(operation, "", shape, given, 0)
    for key, value in given.items():
        if isinstance(key, tuple) and key[0] == operation and key[1] in shape.members:
            content[key[1]] = value
    return content


def _of_s3(named: Named) -> dict[str | tuple[str, str], Any]:
    return {
        "Bucket": named.name,
        "Key": "key",
        "CopySource": f"{named.name}/key",
        "AccountId": named.account,
        "UploadId": "upload",
        "PartNumber": 1,
        "Policy": POLICY,
    }


def _value(operation: str, name: str, shape: Shape, given: Mapping[Any, Any], depth: int) -> Any:
    found = given.get((operation, name), given.get(name))
    if found is not None and depth and isinstance(found, str | bytes | int) == (shape.type not in _COMPOUND):
        return found
    if depth > _DEEPEST:
        return "x"
    match shape.type:
        case "structure":
            return {
                member: _value(operation, member, shape.members[member].shape, given, depth + 1)
                for member in shape.required
            }
        case "list":
            return [_value(operation, "", shape.member.shape, given, depth + 1)]
        case "map":
            return {"k": _value(operation, "", shape.value.shape, given, depth + 1)}
        case "integer" | "long":
            return 1
        case "float" | "double":
            return 1.0
        case "boolean":
            return True
        case "blob":
            return b"x"
        case "timestamp":
            return 1_700_000_000
        case _:
            return shape.traits.get("enum", ("walked",))[0]
