"""Auto-scaling settings: kept as they are given and described; nothing is scaled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LIMITS = ("MinimumUnits", "MaximumUnits", "AutoScalingDisabled", "AutoScalingRoleArn")


def describe_settings(update: Mapping[str, Any], current: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """`AutoScalingSettingsDescription` after an `AutoScalingSettingsUpdate`."""
    described = dict(current or {})
    described.update({name: update[name] for name in _LIMITS if name in update})
    policy = update.get("ScalingPolicyUpdate")
    if policy is not None:
        name = policy.get("PolicyName", "DynamoDBScalingPolicy")
        others = [each for each in described.get("ScalingPolicies", ()) if each["PolicyName"] != name]
        described["ScalingPolicies"] = [*others, {**policy, "PolicyName": name}]
    return described
