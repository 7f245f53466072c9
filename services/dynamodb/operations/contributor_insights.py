"""UpdateContributorInsights, DescribeContributorInsights and ListContributorInsights: kept, nothing is measured.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights.html
"""

from __future__ import annotations

from typing import Any, Final

from awskit.bounds.integers import is_natural
from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.errors import ResourceNotFoundException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import tables as store
from services.dynamodb.tables.table import Table, build_table

_MODE: Final = "ACCESSED_AND_THROTTLED_KEYS"
_PAGE: Final = 100
_KEPT: Final = b'"ContributorInsights":'
_RULES: Final = ("PKC", "PKT", "SKC", "SKT")


@write_operation("UpdateContributorInsights")
def update_contributor_insights(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Switch a table's or an index's insights on or off."""
    table, index_name = _of(context, transaction, input)
    enabled = input["ContributorInsightsAction"] == "ENABLE"
    settings = dict(table.definition.get("ContributorInsights", {}))
    before = settings.get(index_name, {"Enabled": False})
    mode = input.get("ContributorInsightsMode", _MODE if enabled else before.get("Mode"))
    if before["Enabled"] == enabled and (not enabled or mode == before["Mode"]):
        output = {**_named(table, index_name), "ContributorInsightsStatus": _status(before)}
        return {**output, "ContributorInsightsMode": before["Mode"]} if "Mode" in before else output
    settings[index_name] = {"Enabled": enabled, "Mode": mode, "Since": context.now}
    context.runtime.catalog.change(transaction, table, ContributorInsights=settings)
    return {
        **_named(table, index_name),
        "ContributorInsightsStatus": "ENABLING" if enabled else "DISABLING",
        "ContributorInsightsMode": mode,
    }


@read_operation("DescribeContributorInsights")
def describe_contributor_insights(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Whether a table or an index has insights, and by which rules."""
    table, index_name = _of(context, transaction, input)
    setting = table.definition.get("ContributorInsights", {}).get(index_name)
    output: Output = {**_named(table, index_name), "ContributorInsightsStatus": _status(setting)}
    if setting is None:
        return output
    output["LastUpdateDateTime"] = setting["Since"]
    output["ContributorInsightsMode"] = setting["Mode"]
    if setting["Enabled"]:
        place = f"{table.name}-{index_name}" if index_name else table.name
        kinds = _RULES if table.sort_key is not None else _RULES[:2]
        created = int(setting["Since"] * 1000)
        output["ContributorInsightsRuleList"] = [
            f"DynamoDBContributorInsights-{kind}-{place}-{created}" for kind in kinds
        ]
    return output


@read_operation("ListContributorInsights")
def list_contributor_insights(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """What has insights of one table, or of all."""
    if "TableName" in input:
        tables = [context.runtime.catalog.table(transaction, context, input["TableName"])]
    else:
        tables = [
            build_table(*row)
            for row in store.tables_with(transaction, _KEPT, _KEPT, after=0, last=store.last_id(transaction))
            if (row.account_id, row.region) == (context.account_id, context.region)
        ]
    summaries: list[dict[str, Any]] = []
    for table in tables:
        for index_name, setting in sorted(table.definition.get("ContributorInsights", {}).items()):
            if not setting["Enabled"]:
                continue
            summaries.append(
                {
                    **_named(table, index_name),
                    "ContributorInsightsStatus": _status(setting),
                    "ContributorInsightsMode": setting["Mode"],
                }
            )
    token = input.get("NextToken", "0")
    begin = int(token) if is_natural(token, 0, len(summaries)) else 0
    limit = min(input.get("MaxResults") or _PAGE, _PAGE)
    output: Output = {"ContributorInsightsSummaries": summaries[begin : begin + limit]}
    if begin + limit < len(summaries):
        output["NextToken"] = str(begin + limit)
    return output


def _of(context: DynamoDbContext, transaction: Transaction, input: Input) -> tuple[Table, str]:
    table = context.runtime.catalog.table(transaction, context, input["TableName"])
    index_name = input.get("IndexName", "")
    index = table.index(index_name) if index_name else None
    if index_name and (index is None or not index.is_global):
        raise ResourceNotFoundException(
            f"Requested resource not found: Index: {index_name} not found for table: {table.name}"
        )
    return table, index_name


def _named(table: Table, index_name: str) -> dict[str, Any]:
    return {"TableName": table.name, "IndexName": index_name} if index_name else {"TableName": table.name}


def _status(setting: Input | None) -> str:
    return "ENABLED" if setting is not None and setting["Enabled"] else "DISABLED"
