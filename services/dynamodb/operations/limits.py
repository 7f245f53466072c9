"""DescribeLimits and DescribeEndpoints.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.operation import Input, Output, read_operation
from services.dynamodb.runtime import DynamoDbContext


@read_operation("DescribeLimits")
def describe_limits(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """A new account's quotas; nothing here is throttled by them."""
    return {
        "AccountMaxReadCapacityUnits": 80_000,
        "AccountMaxWriteCapacityUnits": 80_000,
        "TableMaxReadCapacityUnits": 40_000,
        "TableMaxWriteCapacityUnits": 40_000,
    }


@read_operation("DescribeEndpoints")
def describe_endpoints(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """The endpoint that the caller reached."""
    return {"Endpoints": [{"Address": context.host, "CachePeriodInMinutes": 1440}]}
