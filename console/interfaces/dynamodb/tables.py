"""Tables: their keys, indexes, sizes, and what is set on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.interfaces.aws_client import AwsClient
from console.interfaces.dynamodb.calls import call
from console.interfaces.errors import AwsCallError


@dataclass(frozen=True, slots=True)
class Key:
    """A key attribute; `type` is S, N or B, `kind` HASH or RANGE."""

    name: str
    type: str
    kind: str


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index; `scope` is global or local."""

    name: str
    scope: str
    keys: Sequence[Key]
    projection: str
    status: str
    items: int | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """What DescribeTable says; `description` is all of it. `created` in epoch seconds, `size` in bytes."""

    name: str
    status: str
    arn: str
    keys: Sequence[Key]
    indexes: Sequence[Index]
    items: int
    size: int
    created: float | None
    billing: str
    stream_arn: str
    stream_view: str
    is_protected: bool
    description: Mapping[str, Any]

    def keys_of(self, index: str) -> Sequence[Key]:
        """Those by which the index, or the table itself (empty), is queried."""
        return next((one.keys for one in self.indexes if one.name == index), self.keys)


async def list_tables(client: AwsClient, after: str = "", most: int = 100) -> tuple[list[str], str]:
    """A page of their names, and the name that the next one comes after (empty: there is none)."""
    output = await call(client, "ListTables", Limit=most, ExclusiveStartTableName=after or None)
    return output["TableNames"], output.get("LastEvaluatedTableName", "")


async def describe_table(client: AwsClient, table: str) -> Table:
    return _table((await call(client, "DescribeTable", TableName=table))["Table"])


async def create_table(client: AwsClient, given: Mapping[str, Any]) -> None:
    """`given` is CreateTable's input."""
    await call(client, "CreateTable", **given)


async def delete_table(client: AwsClient, table: str) -> None:
    await call(client, "DeleteTable", TableName=table)


async def set_stream(client: AwsClient, table: str, view: str) -> None:
    """`view` is NEW_AND_OLD_IMAGES, for example; empty: none."""
    wanted = {"StreamEnabled": True, "StreamViewType": view} if view else {"StreamEnabled": False}
    await call(client, "UpdateTable", TableName=table, StreamSpecification=wanted)


async def set_protection(client: AwsClient, table: str, *, protected: bool) -> None:
    """Whether the table may be deleted."""
    await call(client, "UpdateTable", TableName=table, DeletionProtectionEnabled=protected)


async def time_to_live(client: AwsClient, table: str) -> tuple[str, str]:
    """The attribute that expiry goes by, and the state: ENABLED, DISABLED."""
    said = (await call(client, "DescribeTimeToLive", TableName=table))["TimeToLiveDescription"]
    return said.get("AttributeName", ""), said.get("TimeToLiveStatus", "")


async def set_time_to_live(client: AwsClient, table: str, attribute: str, *, enabled: bool) -> None:
    wanted = {"AttributeName": attribute, "Enabled": enabled}
    await call(client, "UpdateTimeToLive", TableName=table, TimeToLiveSpecification=wanted)


async def tags_of(client: AwsClient, arn: str) -> dict[str, str]:
    """The first page of them."""
    output = await call(client, "ListTagsOfResource", ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for tag in output.get("Tags", ())}


async def resource_policy(client: AwsClient, arn: str) -> str:
    """Empty where there is none."""
    try:
        return str((await call(client, "GetResourcePolicy", ResourceArn=arn))["Policy"])
    except AwsCallError as error:
        if error.code == "PolicyNotFoundException":
            return ""
        raise


def _table(said: Mapping[str, Any]) -> Table:
    types = {one["AttributeName"]: one["AttributeType"] for one in said.get("AttributeDefinitions", ())}
    indexes = [
        _index(one, scope, types)
        for scope, field in (("global", "GlobalSecondaryIndexes"), ("local", "LocalSecondaryIndexes"))
        for one in said.get(field, ())
    ]
    throughput = said.get("ProvisionedThroughput", {})
    billing = "on demand"
    if said.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST":
        billing = (
            f"{throughput.get('ReadCapacityUnits', 0)} read, {throughput.get('WriteCapacityUnits', 0)} write units"
        )
    return Table(
        said["TableName"],
        said["TableStatus"],
        said["TableArn"],
        _keys(said.get("KeySchema", ()), types),
        indexes,
        said.get("ItemCount", 0),
        said.get("TableSizeBytes", 0),
        said.get("CreationDateTime"),
        billing,
        said.get("LatestStreamArn", ""),
        said.get("StreamSpecification", {}).get("StreamViewType", ""),
        bool(said.get("DeletionProtectionEnabled")),
        said,
    )


def _index(said: Mapping[str, Any], scope: str, types: Mapping[str, str]) -> Index:
    projection = said.get("Projection", {})
    kept = projection.get("ProjectionType", "").replace("_", " ").lower()
    attributes = projection.get("NonKeyAttributes")
    return Index(
        said["IndexName"],
        scope,
        _keys(said["KeySchema"], types),
        f"{kept}: {', '.join(attributes)}" if attributes else kept,
        said.get("IndexStatus", "ACTIVE"),
        said.get("ItemCount"),
        said.get("IndexSizeBytes"),
    )


def _keys(schema: Sequence[Mapping[str, str]], types: Mapping[str, str]) -> list[Key]:
    return [Key(one["AttributeName"], types.get(one["AttributeName"], "S"), one["KeyType"]) for one in schema]
