"""The permissions that operations need, as data: their actions in policies, and what they act on.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from awskit.access.condition_keys import Keys, tag_keys
from awskit.access.decision import Permission, resource_policy
from awskit.access.guard import Guarded, Needed, Rule
from awskit.access.refusals import JSON
from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import build_arn, global_arn
from awskit.resources.arns import parse_arn as parse_any_arn
from services.dynamodb.access.condition_keys import leading_keys, stated_keys
from services.dynamodb.arns import ARN_BEGINNING, parse_arn, table_arn
from services.dynamodb.errors import ResourceNotFoundException, ValidationException
from services.dynamodb.partiql.statements import (
    Prepared,
    PreparedDelete,
    PreparedExists,
    PreparedInsert,
    PreparedSelect,
    prepare,
)
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.streams import shard_iterators
from services.dynamodb.streams.catalog import find_stream

Input = Mapping[str, Any]

_ON_TABLE: Final = (
    *("CreateBackup", "DeleteItem", "DeleteTable", "DescribeContinuousBackups", "DescribeKinesisStreamingDestination"),
    *("DescribeTable", "DescribeTableReplicaAutoScaling", "DescribeTimeToLive", "DisableKinesisStreamingDestination"),
    *("EnableKinesisStreamingDestination", "GetItem", "PutItem", "StartBulkPutItems", "UpdateContinuousBackups"),
    *("UpdateItem", "UpdateKinesisStreamingDestination", "UpdateTableReplicaAutoScaling"),
    "UpdateTimeToLive",
)
_ON_INDEX: Final = (*("DescribeContributorInsights", "Query", "Scan", "SearchVectors", "UpdateContributorInsights"),)
_BY_ARN: Final = MappingProxyType(
    {
        **dict.fromkeys(("CancelBulkOperation", "DescribeBulkOperation"), "BulkOperationArn"),
        **dict.fromkeys(("DeleteBackup", "DescribeBackup"), "BackupArn"),
        **dict.fromkeys(("DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy"), "ResourceArn"),
        **dict.fromkeys(("ListTagsOfResource", "TagResource", "UntagResource"), "ResourceArn"),
        "DescribeExport": "ExportArn",
        "DescribeImport": "ImportArn",
        "ExportTableToPointInTime": "TableArn",
    }
)
_OF_THE_ACCOUNT: Final = (
    *("DescribeEndpoints", "DescribeLimits", "ListBackups", "ListBulkOperations", "ListContributorInsights"),
    *("ListExports", "ListGlobalTables", "ListImports", "ListTables"),
)
_GLOBAL_TABLES: Final = (
    *("CreateGlobalTable", "DescribeGlobalTable", "DescribeGlobalTableSettings", "UpdateGlobalTable"),
    "UpdateGlobalTableSettings",
)
_TRANSACTED: Final = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}
_OF_REPLICAS: Final = {
    "Create": (
        *("CreateTableReplica", "CreateTable", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"),
        "UpdateItem",
    ),
    "Update": ("UpdateTable",),
    "Delete": ("DeleteTableReplica", "DeleteTable"),
}
_NAMED_BY: Final = ("TableName", "ResourceArn", "TableArn", "StreamArn", "SourceTableArn", "BackupArn", "ShardIterator")


@dataclass(frozen=True, slots=True)
class _Items:
    """What the table tells the condition keys of: the inputs that name its items."""

    index_name: str | None
    inputs: tuple[Input, ...]


def named_arns(operation: str, input: Input) -> Iterable[str]:
    """The ARNs that an input has. Inputs of items name their tables by name, nearly all of them."""
    name = input.get("TableName")
    if name is not None:
        return (name,) if name.startswith(ARN_BEGINNING) else ()
    if "RequestItems" in input:
        return [name for name in input["RequestItems"] if name.startswith(ARN_BEGINNING)]
    if "TransactItems" in input:
        actions = (action for item in input["TransactItems"] for action in item.values())
        return [name for action in actions if (name := action.get("TableName", "")).startswith(ARN_BEGINNING)]
    if "Statement" in input or "Statements" in input or "TransactStatements" in input:
        return ()
    found = [input[member] for member in (_BY_ARN.get(operation, ""), *_NAMED_BY) if member in input]
    return [arn.partition("|")[0] for arn in found]


def elsewhere(operation: str, arn: str, input: Input) -> AwsError | None:
    """What is said of an ARN of another region, which this one knows nothing of."""
    if "/stream/" in arn:
        return ResourceNotFoundException(f"Requested resource not found: Stream: {arn} not found")
    member = _BY_ARN.get(operation)
    if member == "ResourceArn" or operation in ("ExportTableToPointInTime", "RestoreTableToPointInTime"):
        return ResourceNotFoundException(f"Requested resource not found: ResourceArn: {arn} not found")
    return None


def _needs(operation: str, arn: str, keys: Keys | None = None, items: _Items | None = None) -> Permission:
    parts = parse_any_arn(arn)
    return Permission(
        f"dynamodb:{operation}", arn, "" if parts is None else parts.account_id, keys or {}, details=items
    )


def _arn_of(context: DynamoDbContext, name: str, index_name: str | None = None) -> str:
    arn = name if name.startswith(ARN_BEGINNING) else table_arn(context.region, context.account_id, name)
    return arn if index_name is None else f"{arn}/index/{index_name}"


def _on_table(operation: str) -> Rule[DynamoDbContext]:
    def rule(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
        index_name = input.get("IndexName")
        arn = _arn_of(context, input["TableName"], index_name)
        yield _needs(operation, arn, stated_keys(input), _Items(index_name, (input,)))

    return rule


def _by_arn(operation: str, member: str) -> Rule[DynamoDbContext]:
    def rule(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
        tags = {tag.get("Key", ""): tag.get("Value", "") for tag in input["Tags"]} if "Tags" in input else None
        keys = tag_keys(tags, names=tuple(input["TagKeys"]) if "TagKeys" in input else None)
        yield _needs(operation, _arn_of(context, input[member]), keys)

    return rule


def _of_account(operation: str) -> Rule[DynamoDbContext]:
    def rule(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
        account = context.account_id
        yield Permission(f"dynamodb:{operation}", build_arn("dynamodb", context.region, account, "table/*"), account)
        arn = input.get("TableArn", input.get("TableName"))
        if arn is not None and arn.startswith(ARN_BEGINNING):
            yield _needs(operation, arn)

    return rule


def _on_global_table(operation: str) -> Rule[DynamoDbContext]:
    def rule(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
        name = input["GlobalTableName"]
        resource = global_arn("dynamodb", context.region, context.account_id, f"global-table/{name}")
        yield Permission(f"dynamodb:{operation}", resource, context.account_id)
        yield _needs(operation, _arn_of(context, name))

    return rule


def _update_table(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
    """What is done to replicas is done, and decided, in their regions too.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2gt_IAM.html
    """
    yield from _on_table("UpdateTable")(context, input)
    arn = parse_any_arn(_arn_of(context, input["TableName"]))
    if arn is None:
        return
    for update in input.get("ReplicaUpdates") or ():
        for kind, action in update.items():
            region = action.get("RegionName")
            if kind in _OF_REPLICAS and region:
                resource = build_arn("dynamodb", region, arn.account_id, arn.resource)
                for operation in _OF_REPLICAS[kind]:
                    yield _needs(operation, resource, {"aws:requestedregion": (region,)})


def _create_table(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
    arn = _arn_of(context, input["TableName"])
    tags = {tag.get("Key", ""): tag.get("Value", "") for tag in input.get("Tags") or ()}
    yield _needs("CreateTable", arn, tag_keys(tags))
    if tags:
        yield _needs("TagResource", arn, tag_keys(tags))
    if "ResourcePolicy" in input:
        yield _needs("PutResourcePolicy", arn)


def _import(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
    yield _needs("ImportTable", _arn_of(context, input["TableCreationParameters"]["TableName"]))


def _restore_backup(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
    yield _needs("RestoreTableFromBackup", input["BackupArn"])
    yield from _restored(context, input)


def _restore_point(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
    source = input.get("SourceTableArn", input.get("SourceTableName", ""))
    yield _needs("RestoreTableToPointInTime", _arn_of(context, source))
    yield from _restored(context, input)


def _restored(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
    """A restore fills a table that is new."""
    target = _arn_of(context, input["TargetTableName"])
    for operation in ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"):
        yield _needs(operation, target)


def _batch(operation: str) -> Rule[DynamoDbContext]:
    def rule(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
        for name, given in input["RequestItems"].items():
            if operation == "BatchGetItem":
                inputs = tuple({"Key": key} for key in given.get("Keys") or ())
                keys = stated_keys({**given, **input})
            else:
                inputs = tuple(request for entry in given for request in entry.values())
                keys = {**stated_keys(input), **_attributes_of(inputs)}
            yield _needs(operation, _arn_of(context, name), keys, _Items(None, inputs))

    return rule


def _attributes_of(inputs: Iterable[Input]) -> Keys:
    found = [name for input in inputs for name in stated_keys(input).get("dynamodb:attributes", ())]
    return {"dynamodb:attributes": tuple(dict.fromkeys(found))} if found else {}


def _transact(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
    enclosing: Keys = {"dynamodb:enclosingoperation": (context.operation,)}
    for item in input["TransactItems"]:
        for kind, action in item.items():
            operation = _TRANSACTED.get(kind, "ConditionCheckItem")
            keys = {**stated_keys(action), **enclosing}
            yield _needs(operation, _arn_of(context, action["TableName"]), keys, _Items(None, (action,)))


def _statements(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
    given = input.get("TransactStatements", input.get("Statements", (input,)))
    for statement in given:
        try:
            prepared = prepare(statement["Statement"], statement.get("Parameters"))
        except ValidationException:
            if given == (input,):
                raise
            continue  # of a batch, what is wrong with a statement is its own answer's to say
        yield _of_statement(context, prepared)


def _of_statement(context: DynamoDbContext, prepared: Prepared) -> Permission:
    if isinstance(prepared, PreparedExists):
        prepared = prepared.select
    if isinstance(prepared, PreparedSelect):
        full = not any(conjunct.term is not None for conjunct in prepared.where.conjuncts)
        keys: Keys = {"dynamodb:fulltablescan": (str(full).lower(),)}
        return _needs("PartiQLSelect", _arn_of(context, prepared.table_name, prepared.index_name), keys)
    if isinstance(prepared, PreparedInsert):
        items = _Items(None, ({"Item": prepared.item},))
        return _needs("PartiQLInsert", _arn_of(context, prepared.table_name), {}, items)
    operation = "PartiQLDelete" if isinstance(prepared, PreparedDelete) else "PartiQLUpdate"
    return _needs(operation, _arn_of(context, prepared.table_name))


def _get_records(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
    yield _needs("GetRecords", input["ShardIterator"].partition("|")[0], {}, _Items(input["ShardIterator"], ()))


def _list_streams(context: DynamoDbContext, input: Input) -> Iterable[Permission]:
    resource = _arn_of(context, input.get("TableName", "*")) + "/stream/*"
    yield _needs("ListStreams", resource)


def _resolve(transaction: Transaction, context: DynamoDbContext, permission: Permission) -> Needed:
    try:
        parsed = parse_arn(permission.resource)
    except AwsError:
        return permission, None
    if parsed.kind == "stream":
        return _resolve_stream(transaction, context, permission)
    table = context.runtime.catalog.find(transaction, parsed[:3], context.now)
    if table is None:
        return permission, None
    keys = {**tag_keys(existing=table.definition.get("Tags")), **permission.keys}
    items = permission.details
    if isinstance(items, _Items):
        keys.update(leading_keys(table, items.index_name, items.inputs))
    policy = table.definition.get("ResourcePolicy")
    found = resource_policy(f"the policy of {table.arn}", policy["Policy"]) if policy is not None else None
    return replace(permission, keys=keys), found


def _resolve_stream(transaction: Transaction, context: DynamoDbContext, permission: Permission) -> Needed:
    try:
        stream = find_stream(transaction, permission.resource)
        items = permission.details
        if isinstance(items, _Items) and items.index_name is not None:
            position = shard_iterators.decode(items.index_name, context.now)
            if position.stream_id != stream.stream_id:
                return replace(permission, owner=""), None
    except AwsError:
        return permission, None
    policy = stream.definition.get("ResourcePolicy")
    if policy is None:
        return permission, None
    return permission, resource_policy(f"the policy of {permission.resource}", policy["Policy"])


RULES: Mapping[tuple[str, str], Rule[DynamoDbContext]] = MappingProxyType(
    {
        **{("dynamodb", name): _on_table(name) for name in (*_ON_TABLE, *_ON_INDEX)},
        **{("dynamodb", name): _by_arn(name, member) for name, member in _BY_ARN.items()},
        **{("dynamodb", name): _of_account(name) for name in _OF_THE_ACCOUNT},
        **{("dynamodb", name): _on_global_table(name) for name in _GLOBAL_TABLES},
        ("dynamodb", "CreateTable"): _create_table,
        ("dynamodb", "UpdateTable"): _update_table,
        ("dynamodb", "ImportTable"): _import,
        ("dynamodb", "RestoreTableFromBackup"): _restore_backup,
        ("dynamodb", "RestoreTableToPointInTime"): _restore_point,
        ("dynamodb", "BatchGetItem"): _batch("BatchGetItem"),
        ("dynamodb", "BatchWriteItem"): _batch("BatchWriteItem"),
        ("dynamodb", "TransactGetItems"): _transact,
        ("dynamodb", "TransactWriteItems"): _transact,
        ("dynamodb", "ExecuteStatement"): _statements,
        ("dynamodb", "BatchExecuteStatement"): _statements,
        ("dynamodb", "ExecuteTransaction"): _statements,
        ("dynamodbstreams", "DescribeStream"): _by_arn("DescribeStream", "StreamArn"),
        ("dynamodbstreams", "GetShardIterator"): _by_arn("GetShardIterator", "StreamArn"),
        ("dynamodbstreams", "GetRecords"): _get_records,
        ("dynamodbstreams", "ListStreams"): _list_streams,
    }
)

GUARDED = Guarded(RULES, _resolve, JSON, "dynamodb")
