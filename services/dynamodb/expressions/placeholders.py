"""ExpressionAttributeNames and ExpressionAttributeValues of one request, and which of them its expressions use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.dynamodb.values import AttributeValue


class Placeholders:
    """Checked names and values; each compile marks what it uses."""

    def __init__(
        self, names: Mapping[str, str] | None = None, values: Mapping[str, AttributeValue] | None = None
    ) -> None:
        """Check names, then values (syntax of the keys, the values themselves). None: the parameter is absent."""
        raise NotImplementedError

    @classmethod
    def of(cls, input: Mapping[str, Any]) -> Placeholders:
        """From the input's `ExpressionAttributeNames` and `ExpressionAttributeValues`."""
        return cls(input.get("ExpressionAttributeNames"), input.get("ExpressionAttributeValues"))

    def check_all_used(self) -> None:
        """After the request's last expression: raise where a name or value was not used by any."""
        raise NotImplementedError


def check_parameters(input: Mapping[str, Any], *, legacy: Sequence[str], expressions: Sequence[str]) -> None:
    """Raise where legacy parameters and expressions are mixed, or placeholders are given without an expression.

    The names in DynamoDB's order, which is that of its messages: `legacy=("AttributesToGet", "QueryFilter",
    "ConditionalOperator", "KeyConditions")`.
    """
    raise NotImplementedError
