"""The rules for maximum on-demand throughput and for warm throughput.

In: parameters that satisfy the model's constraints. Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.dynamodb.errors import ValidationException
from services.dynamodb.tables.schema_checks import INVALID

NO_MAXIMUM: Final = -1
_MAXIMA: Final = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
ON_DEMAND_WARM: Final[Mapping[str, int]] = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000}
_WARM_UNITS: Final[Mapping[str, str]] = {
    "ReadUnitsPerSecond": "ReadCapacityUnits",
    "WriteUnitsPerSecond": "WriteCapacityUnits",
}
_GUIDE: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html"


def check_maximum(holder: Mapping[str, Any], *, on_demand: bool, where: str = "table") -> None:
    """`OnDemandThroughput` of a table or an index ("index : NAME"), where it is given."""
    for name in _MAXIMA:
        units = holder.get("OnDemandThroughput", {}).get(name)
        if units is None:
            continue
        if not on_demand:
            raise ValidationException(
                f"{INVALID}{name} for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
            )
        if units < 1 and units != NO_MAXIMUM:
            raise ValidationException(
                f"{INVALID}Requested {name} for OnDemandThroughput for {where} is outside of valid range"
            )


def maximum_after(before: Mapping[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    """`OnDemandThroughput` once `wanted` has been worked in; -1 takes a maximum away."""
    return {name: units for name, units in {**before, **wanted}.items() if units != NO_MAXIMUM}


def check_new_throughput(input: Mapping[str, Any]) -> None:
    """Both, of a new table and its global indexes."""
    on_demand = input.get("BillingMode") == "PAY_PER_REQUEST"
    check_maximum(input, on_demand=on_demand)
    check_new_warm(input, on_demand=on_demand)
    for index in input.get("GlobalSecondaryIndexes", ()):
        check_maximum(index, on_demand=on_demand, where=f"index : {index['IndexName']}")
        check_new_warm(index, on_demand=on_demand, where=f"index {index['IndexName']}")


def check_new_warm(holder: Mapping[str, Any], *, on_demand: bool, where: str = "table") -> None:
    """`WarmThroughput` of a new table or index: no less than what it has anyhow."""
    warm = holder.get("WarmThroughput", {})
    for name, provisioned in _WARM_UNITS.items():
        if name not in warm:
            continue
        what = f"{INVALID}Requested {name} for WarmThroughput for {where} is lower than"
        if on_demand:
            if warm[name] < ON_DEMAND_WARM[name]:
                raise ValidationException(f"{what} initial throughput for OnDemand. See: {_GUIDE}")
        elif warm[name] < holder.get("ProvisionedThroughput", {}).get(provisioned, 0):
            raise ValidationException(f"{what} {provisioned} of ProvisionedThroughput")


def check_warmer(current: Mapping[str, Any], wanted: Mapping[str, int], where: str = "table") -> None:
    """A change of `WarmThroughput`: it does not cool down."""
    for name in _WARM_UNITS:
        if wanted.get(name, current[name]) < current[name]:
            raise ValidationException(
                f"{INVALID}Requested {name} for WarmThroughput for {where} is lower than current WarmThroughput, "
                "decreasing WarmThroughput is not supported"
            )
