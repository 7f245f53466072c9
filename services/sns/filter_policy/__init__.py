"""Subscription filter policies: grammar, limits and matching."""

from services.sns.filter_policy.document import FilterPolicyError, NestedFilterPolicyError
from services.sns.filter_policy.policy import (
    MESSAGE_ATTRIBUTES,
    MESSAGE_BODY,
    SCOPES,
    FilterPolicy,
    attribute_values,
    body_values,
    compile_filter_policy,
)

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
