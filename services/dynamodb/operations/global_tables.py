"""CreateGlobalTable, UpdateGlobalTable, DescribeGlobalTable and ListGlobalTables, of version 2017.11.29.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables.V1.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import global_arn
from awskit.service.operation import Input, Output, async_operation, read_operation, write_operation
from awskit.wire.constraints import listing, violation
from services.dynamodb.arns import table_arn
from services.dynamodb.errors import ValidationException
from services.dynamodb.global_tables import legacy_tables
from services.dynamodb.global_tables.arrivals import after_arrivals
from services.dynamodb.global_tables.legacy_tables import Document, LegacyGroup
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import documents
from services.dynamodb.tables.schema_checks import INVALID

_PAGE: Final = 100
_MOST: Final = 10_000


@write_operation("CreateGlobalTable")
def create_global_table(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """A global table of the tables of one name in several regions."""
    name = input["GlobalTableName"]
    if documents.find(transaction, legacy_tables.owner_of(context.account_id), name) is not None:
        raise AwsError("GlobalTableAlreadyExistsException", f"Global table with name: '{name}' already exists.")
    regions = [_region_of(*numbered) for numbered in enumerate(input["ReplicationGroup"], 1)]
    if not regions:
        raise ValidationException(f"{INVALID}ReplicationGroup names no region")
    _check_once(regions)
    LegacyGroup(context.runtime, transaction, context.account_id, name, context.now).create(regions)
    document = {"Name": name, "Created": context.now, "Regions": regions}
    legacy_tables.keep(transaction, context.account_id, document)
    return {"GlobalTableDescription": _describe(context, document, "CREATING")}


def _region_of(number: int, replica: Input) -> str:
    if "RegionName" not in replica:
        path = f"replicationGroup.{number}.member.regionName"
        raise ValidationException(listing([violation(None, path, "Member must not be null")]))
    region: str = replica["RegionName"]
    return region


def _check_once(regions: Sequence[str]) -> None:
    twice = [region for number, region in enumerate(regions) if region in regions[:number]]
    if twice:
        raise ValidationException(f"{INVALID}Region {twice[0]} is named more than once")


@async_operation("UpdateGlobalTable")
async def update_global_table(context: DynamoDbContext, input: Input) -> Output:
    """Add and drop regions; what is dropped is a table of its own again. Without a region there is no global table."""
    return await after_arrivals(context.runtime, partial(_update, context, input))


def _update(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    name = input["GlobalTableName"]
    document = legacy_tables.find(transaction, context.account_id, name)
    known: list[str] = list(document["Regions"])
    if any(("Create" in update) == ("Delete" in update) for update in input["ReplicaUpdates"]):
        raise ValidationException(f"{INVALID}Each of ReplicaUpdates has either Create or Delete")
    added = [update["Create"]["RegionName"] for update in input["ReplicaUpdates"] if "Create" in update]
    removed = [update["Delete"]["RegionName"] for update in input["ReplicaUpdates"] if "Delete" in update]
    _check_once([*added, *removed])
    for region in added:
        if region in known:
            raise AwsError("ReplicaAlreadyExistsException", f"Replica already exists in region: '{region}'.")
    for region in removed:
        if region not in known:
            raise AwsError("ReplicaNotFoundException", f"Replica not found in region: '{region}'.")
    group = LegacyGroup(context.runtime, transaction, context.account_id, name, context.now)
    group.update(known, added, removed)
    document["Regions"] = [region for region in dict.fromkeys((*known, *added)) if region not in removed]
    legacy_tables.keep(transaction, context.account_id, document)
    return {"GlobalTableDescription": _describe(context, document, "UPDATING" if document["Regions"] else "DELETING")}


@read_operation("DescribeGlobalTable")
def describe_global_table(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """The global table with its regions."""
    document = legacy_tables.find(transaction, context.account_id, input["GlobalTableName"])
    return {"GlobalTableDescription": _describe(context, document, "ACTIVE")}


@read_operation("ListGlobalTables")
def list_global_tables(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Global tables, those with a replica in one region or all."""
    after = input.get("ExclusiveStartGlobalTableName", "")
    found = documents.after(transaction, legacy_tables.owner_of(context.account_id), after, _MOST)
    wanted = input.get("RegionName")
    tables = [document for document in found if wanted is None or wanted in document["Regions"]]
    limit = min(input.get("Limit", _PAGE), _PAGE)
    listed = [
        {
            "GlobalTableName": document["Name"],
            "ReplicationGroup": [{"RegionName": region} for region in document["Regions"]],
        }
        for document in tables[:limit]
    ]
    output: Output = {"GlobalTables": listed}
    if len(tables) > limit:
        output["LastEvaluatedGlobalTableName"] = listed[-1]["GlobalTableName"]
    return output


def _describe(context: DynamoDbContext, document: Document, status: str) -> dict[str, Any]:
    name = document["Name"]
    return {
        "ReplicationGroup": [
            {
                "RegionName": region,
                "ReplicaStatus": "ACTIVE",
                "ReplicaArn": table_arn(region, context.account_id, name),
            }
            for region in document["Regions"]
        ],
        "GlobalTableArn": global_arn("dynamodb", context.region, context.account_id, f"global-table/{name}"),
        "CreationDateTime": document["Created"],
        "GlobalTableStatus": status,
        "GlobalTableName": name,
    }
