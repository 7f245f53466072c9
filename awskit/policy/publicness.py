"""Whether a policy makes its resource public, by the rule that S3's Block Public Access goes by.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
"""

from __future__ import annotations

import ipaddress

from awskit.policy.conditions import Condition
from awskit.policy.document import Document, Statement

_FIXING_KEYS = frozenset(
    (
        "aws:sourcearn aws:sourcevpc aws:sourcevpce aws:sourceowner aws:sourceaccount aws:userid aws:principalorgid"
        " aws:principalorgpaths aws:principalaccount aws:principalarn aws:sourceorgid aws:sourceorgpaths"
        " s3:x-amz-server-side-encryption-aws-kms-key-id s3:dataaccesspointarn s3:dataaccesspointaccount"
    ).split()
)
_POSITIVE = frozenset(("stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike", "bool"))
_WIDEST_PREFIX = {4: 8, 6: 32}


def is_public(document: Document) -> bool:
    """Whether any statement allows something to everybody without tying it to fixed callers or networks."""
    return any(_is_public(statement) for statement in document.statements)


def _is_public(statement: Statement) -> bool:
    if statement.effect != "Allow":
        return False
    if statement.principals is not None and not statement.principals.everybody:
        return False
    return not any(_fixes(condition) for condition in statement.conditions)


def _fixes(condition: Condition) -> bool:
    if condition.if_exists:
        return False
    key = condition.key.lower()
    if key == "aws:sourceip":
        return condition.operator == "ipaddress" and all(_is_narrow(value) for value in condition.values)
    if key not in _FIXING_KEYS or condition.operator not in _POSITIVE:
        return False
    return not any("*" in value or "?" in value or "${" in value for value in condition.values)


def _is_narrow(text: str) -> bool:
    network = ipaddress.ip_network(text, strict=False)
    return network.prefixlen >= _WIDEST_PREFIX[network.version]
