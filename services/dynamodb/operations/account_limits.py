"""DescribeLimits and DescribeEndpoints.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeEndpoints.html
"""

from __future__ import annotations

from typing import Final

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.dynamodb.runtime import DynamoDbContext

_ACCOUNT_UNITS: Final = 80_000
_TABLE_UNITS: Final = 40_000
_CACHE_MINUTES: Final = 1440


@read_operation("DescribeLimits")
def describe_limits(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """The quotas that a new account has."""
    return {
        "AccountMaxReadCapacityUnits": _ACCOUNT_UNITS,
        "AccountMaxWriteCapacityUnits": _ACCOUNT_UNITS,
        "TableMaxReadCapacityUnits": _TABLE_UNITS,
        "TableMaxWriteCapacityUnits": _TABLE_UNITS,
    }


@read_operation("DescribeEndpoints")
def describe_endpoints(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """The host that the caller reached; clients with endpoint discovery go on with it."""
    address = context.host or f"dynamodb.{context.region}.amazonaws.com"
    return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": _CACHE_MINUTES}]}
