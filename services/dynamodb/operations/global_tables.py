"""Global tables of version 2017.11.29: kept and described; nothing is replicated.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables.V1.html
"""

from __future__ import annotations

from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import global_arn
from awskit.service.operation import Input, Output, read_operation, write_operation
from awskit.wire.constraints import listing, violation
from services.dynamodb.arns import table_arn
from services.dynamodb.errors import TableNotFoundException, ValidationException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import documents
from services.dynamodb.tables.auto_scaling import describe_settings

_KIND: Final = "global-table"
_EVERYWHERE: Final = ""
_PAGE: Final = 100
_MOST: Final = 10_000
Document = dict[str, Any]


class GlobalTableNotFoundException(AwsError):
    def __init__(self, name: str) -> None:
        super().__init__("GlobalTableNotFoundException", f"Global table with name: '{name}' not found.")


@write_operation("CreateGlobalTable")
def create_global_table(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """A global table of the tables of one name in several regions."""
    name = input["GlobalTableName"]
    if documents.find(transaction, _owner(context), name) is not None:
        raise AwsError("GlobalTableAlreadyExistsException", f"Global table with name: '{name}' already exists.")
    regions = [_region_of(number, replica) for number, replica in enumerate(input["ReplicationGroup"], 1)]
    for region in regions:
        _check_table(context, transaction, region, name)
    document = {"Name": name, "Created": context.now, "Regions": regions}
    documents.put(transaction, _owner(context), name, document)
    return {"GlobalTableDescription": _describe(context, document, "CREATING")}


def _region_of(number: int, replica: Input) -> str:
    if "RegionName" not in replica:
        path = f"replicationGroup.{number}.member.regionName"
        raise ValidationException(listing([violation(None, path, "Member must not be null")]))
    region: str = replica["RegionName"]
    return region


@write_operation("UpdateGlobalTable")
def update_global_table(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Add and drop regions."""
    name = input["GlobalTableName"]
    document = _find(context, transaction, name)
    regions: list[str] = list(document["Regions"])
    for update in input["ReplicaUpdates"]:
        if "Create" in update:
            region = update["Create"]["RegionName"]
            if region in regions:
                raise AwsError("ReplicaAlreadyExistsException", f"Replica already exists in region: '{region}'.")
            _check_table(context, transaction, region, name)
            regions.append(region)
        if "Delete" in update:
            region = update["Delete"]["RegionName"]
            if region not in regions:
                raise AwsError("ReplicaNotFoundException", f"Replica not found in region: '{region}'.")
            regions.remove(region)
    document["Regions"] = regions
    documents.put(transaction, _owner(context), name, document)
    return {"GlobalTableDescription": _describe(context, document, "UPDATING")}


@read_operation("DescribeGlobalTable")
def describe_global_table(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    document = _find(context, transaction, input["GlobalTableName"])
    return {"GlobalTableDescription": _describe(context, document, "ACTIVE")}


@read_operation("ListGlobalTables")
def list_global_tables(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Global tables, those with a replica in one region or all."""
    after = input.get("ExclusiveStartGlobalTableName", "")
    found = documents.after(transaction, _owner(context), after, _MOST)
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


@write_operation("UpdateGlobalTableSettings")
def update_global_table_settings(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Change the settings of a global table and of its replicas."""
    name = input["GlobalTableName"]
    document = _find(context, transaction, name)
    settings = document.setdefault("Settings", {})
    for parameter in ("GlobalTableBillingMode", "GlobalTableProvisionedWriteCapacityUnits"):
        if parameter in input:
            settings[parameter] = input[parameter]
    scaling = input.get("GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate")
    if scaling is not None:
        settings["WriteScaling"] = describe_settings(scaling, settings.get("WriteScaling"))
    for update in input.get("ReplicaSettingsUpdate", ()):
        region = update["RegionName"]
        if region not in document["Regions"]:
            raise AwsError("ReplicaNotFoundException", f"Replica not found in region: '{region}'.")
        settings.setdefault("Replicas", {}).setdefault(region, {}).update(update)
    documents.put(transaction, _owner(context), name, document)
    return {"GlobalTableName": name, "ReplicaSettings": _describe_settings(context, transaction, document)}


@read_operation("DescribeGlobalTableSettings")
def describe_global_table_settings(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    document = _find(context, transaction, input["GlobalTableName"])
    return {
        "GlobalTableName": document["Name"],
        "ReplicaSettings": _describe_settings(context, transaction, document),
    }


def _owner(context: DynamoDbContext) -> documents.Owner:
    return _KIND, context.account_id, _EVERYWHERE


def _check_table(context: DynamoDbContext, transaction: Transaction, region: str, name: str) -> None:
    address = (context.account_id, region, name)
    if context.runtime.catalog.find(transaction, address, context.now) is None:
        raise TableNotFoundException(name)


def _find(context: DynamoDbContext, transaction: Transaction, name: str) -> Document:
    document = documents.find(transaction, _owner(context), name)
    if document is None:
        raise GlobalTableNotFoundException(name)
    return document


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


def _describe_settings(context: DynamoDbContext, transaction: Transaction, document: Document) -> list[dict[str, Any]]:
    settings = document.get("Settings", {})
    described = []
    for region in document["Regions"]:
        table = context.runtime.catalog.find(transaction, (context.account_id, region, document["Name"]), context.now)
        throughput = table.definition["ProvisionedThroughput"] if table is not None else {}
        own = settings.get("Replicas", {}).get(region, {})
        entry: dict[str, Any] = {
            "RegionName": region,
            "ReplicaStatus": "ACTIVE",
            "ReplicaProvisionedReadCapacityUnits": own.get(
                "ReplicaProvisionedReadCapacityUnits", throughput.get("ReadCapacityUnits", 0)
            ),
            "ReplicaProvisionedWriteCapacityUnits": settings.get(
                "GlobalTableProvisionedWriteCapacityUnits", throughput.get("WriteCapacityUnits", 0)
            ),
        }
        if "GlobalTableBillingMode" in settings:
            entry["ReplicaBillingModeSummary"] = {"BillingMode": settings["GlobalTableBillingMode"]}
        if "ReplicaTableClass" in own:
            entry["ReplicaTableClassSummary"] = {"TableClass": own["ReplicaTableClass"]}
        read = own.get("ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate")
        if read is not None:
            entry["ReplicaProvisionedReadCapacityAutoScalingSettings"] = describe_settings(read)
        if "WriteScaling" in settings:
            entry["ReplicaProvisionedWriteCapacityAutoScalingSettings"] = settings["WriteScaling"]
        described.append(entry)
    return described
