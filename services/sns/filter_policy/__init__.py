"""Subscription filter policies: grammar, limits and matching. Stands on the JSON of policies."""

from services.sns.filter_policy.compiled_policy import (
    MESSAGE_ATTRIBUTES,
    MESSAGE_BODY,
    SCOPES,
    FilterPolicy,
    attribute_values,
    body_values,
    compile_filter_policy,
)
from services.sns.filter_policy.policy_document import FilterPolicyError, NestedFilterPolicyError

__all__ = [
    "MESSAGE_ATTRIBUTES",
    "MESSAGE_BODY",
    "SCOPES",
    "FilterPolicy",
    "FilterPolicyError",
    "NestedFilterPolicyError",
    "attribute_values",
    "body_values",
    "compile_filter_policy",
]
