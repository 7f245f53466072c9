"""PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy, of tables and of streams.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.arns import parse_arn
from services.dynamodb.errors import PolicyNotFoundException, ResourceNotFoundException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import streams as stream_store
from services.dynamodb.streams.catalog import find_stream
from services.dynamodb.tables.resource_policies import check_revision, new_policy
from services.dynamodb.tables.table import Table

_NAME = "ResourcePolicy"


class _Holder:
    """The table or stream that a policy belongs to."""

    def __init__(self, context: DynamoDbContext, transaction: Transaction, arn: str) -> None:
        parsed = parse_arn(arn)
        self.table_name = parsed.table
        self._context = context
        self._transaction = transaction
        self._table: Table | None = None
        if parsed.kind == "stream":
            self._stream = find_stream(transaction, arn)
            self.policy: Mapping[str, Any] | None = self._stream.definition.get(_NAME)
            return
        self._table = context.runtime.catalog.find(transaction, parsed[:3], context.now)
        if self._table is None or parsed.kind:
            raise ResourceNotFoundException(f"Requested resource not found: Table: {parsed.table} not found")
        self.policy = self._table.definition.get(_NAME)

    def keep(self, policy: Mapping[str, Any] | None) -> None:
        if self._table is not None:
            self._context.runtime.catalog.change(self._transaction, self._table, ResourcePolicy=policy)
            return
        definition = {name: value for name, value in self._stream.definition.items() if name != _NAME}
        if policy is not None:
            definition[_NAME] = policy
        stream_store.change(self._transaction, self._stream.stream_id, definition)


@write_operation("PutResourcePolicy")
def put_resource_policy(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Attach a policy, or replace the one that is there; the same policy again changes nothing."""
    holder = _Holder(context, transaction, input["ResourceArn"])
    check_revision(holder.policy, input.get("ExpectedRevisionId"), holder.table_name)
    policy = new_policy(input["Policy"], context.region)
    if holder.policy is not None and holder.policy["Policy"] == policy["Policy"]:
        return {"RevisionId": holder.policy["RevisionId"]}
    holder.keep(policy)
    return {"RevisionId": policy["RevisionId"]}


@read_operation("GetResourcePolicy")
def get_resource_policy(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """The policy with its revision."""
    policy = _Holder(context, transaction, input["ResourceArn"]).policy
    if policy is None:
        raise PolicyNotFoundException(
            f"Resource-based policy not found for the provided ResourceArn: {input['ResourceArn']}"
        )
    return dict(policy)


@write_operation("DeleteResourcePolicy")
def delete_resource_policy(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Take the policy away; the answer is empty where there is none."""
    holder = _Holder(context, transaction, input["ResourceArn"])
    check_revision(holder.policy, input.get("ExpectedRevisionId"), holder.table_name)
    if holder.policy is None:
        return {}
    holder.keep(None)
    return {"RevisionId": holder.policy["RevisionId"]}
