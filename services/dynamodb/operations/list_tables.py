"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html"""

from __future__ import annotations

from typing import Final

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import tables as store

_MOST: Final = 100


@read_operation("ListTables")
def list_tables(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Up to 100 names, in order."""
    limit = input.get("Limit", _MOST)
    names: list[str] = []
    after = input.get("ExclusiveStartTableName", "")
    while len(names) <= limit:
        wanted = limit + 1 - len(names)
        rows = store.names(transaction, context.account_id, context.region, after, wanted)
        names.extend(name for name, definition in rows if not _is_gone(definition, context.now))
        if len(rows) < wanted:
            break
        after = rows[-1][0]
    output: Output = {"TableNames": names[:limit]}
    if len(names) > limit:
        output["LastEvaluatedTableName"] = names[limit - 1]
    return output


def _is_gone(definition: dict[str, object], now: float) -> bool:
    return definition["Status"] == "DELETING" and now >= float(str(definition["StatusUntil"]))
