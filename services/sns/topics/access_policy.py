"""A topic's access policy: AWS's default one, AddPermission and RemovePermission.

https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from awskit.bounds.json_documents import load_document
from awskit.resources.arns import global_arn
from services.sns.arns import require_topic_arn
from services.sns.errors import invalid_parameter

MAXIMUM_BYTES = 30 * 1024
"""https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html"""

_ACTIONS = frozenset(
    [
        *("AddPermission", "DeleteTopic", "GetDataProtectionPolicy", "GetTopicAttributes", "ListSubscriptionsByTopic"),
        *("ListTagsForResource", "Publish", "PutDataProtectionPolicy", "RemovePermission", "SetTopicAttributes"),
        *("Subscribe", "Receive"),
    ]
)
_ACTIONS_IN_LOWER_CASE = frozenset(action.lower() for action in _ACTIONS)
_MALFORMED = "Policy Error: null"
_OUT_OF_SCOPE = "Policy statement action out of service scope!"
_DEFAULT_ACTIONS = (
    *("SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission"),
    *("SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish"),
)


def default_policy(topic_arn: str, account_id: str) -> str:
    """The policy of a topic for which none was set."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": _DEFAULT_ACTIONS,
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account_id}},
    }
    return _json({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


def policy_error(text: str) -> str | None:
    """What AWS says of a text that is no policy for a topic; None of one that is."""
    if len(text.encode()) > MAXIMUM_BYTES:
        return _MALFORMED
    try:
        document = load_document(text)
    except ValueError:
        return _MALFORMED
    statements = _statements(document) if isinstance(document, dict) and document.get("Statement") else []
    if not statements or not all(_is_statement(statement) for statement in statements):
        return _MALFORMED
    if any(_is_out_of_scope(action) for statement in statements for action in _listed(statement.get("Action"))):
        return _OUT_OF_SCOPE
    return None


def _is_statement(statement: Any) -> bool:
    return (
        isinstance(statement, dict)
        and statement.get("Effect") in ("Allow", "Deny")
        and bool(statement.get("Principal") or statement.get("NotPrincipal"))
        and bool(statement.get("Action") or statement.get("NotAction"))
    )


def _is_out_of_scope(action: Any) -> bool:
    """Whether it is no action on a topic; one that holds a wildcard may stand for some."""
    service, _, name = str(action).partition(":")
    if action == "*" or "*" in name or "?" in name:
        return action != "*" and service.lower() != "sns"
    return service.lower() != "sns" or name.lower() not in _ACTIONS_IN_LOWER_CASE


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value is not None else []


def with_statement(policy: str, topic_arn: str, label: str, account_ids: Sequence[str], actions: Sequence[str]) -> str:
    """`policy` and a statement more. Raises InvalidParameter for a label in use and for an unknown action."""
    if not label or not account_ids or not actions:
        raise invalid_parameter("Label, AWSAccountId and ActionName must not be empty")
    for action in actions:
        if action not in _ACTIONS and action != "*":
            raise invalid_parameter(_OUT_OF_SCOPE)
    for account_id in account_ids:
        if not (account_id.isascii() and account_id.isdigit() and len(account_id) == 12):
            raise invalid_parameter("Policy Error: PrincipalNotFound")
    document = orjson.loads(policy)
    statements = _statements(document)
    if any(statement.get("Sid") == label for statement in statements):
        raise invalid_parameter("Statement already exists")
    region = require_topic_arn(topic_arn).region
    principals = [global_arn("iam", region, account_id, "root") for account_id in account_ids]
    named = [f"SNS:{action}" for action in actions]
    statements.append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
            "Action": named[0] if len(named) == 1 else named,
            "Resource": topic_arn,
        }
    )
    changed = _json({**document, "Statement": statements})
    if len(changed.encode()) > MAXIMUM_BYTES:
        raise invalid_parameter(_MALFORMED)
    return changed


def without_statement(policy: str, label: str) -> str:
    """`policy` without the statement `label`, if it has one."""
    document = orjson.loads(policy)
    return _json({**document, "Statement": [entry for entry in _statements(document) if entry.get("Sid") != label]})


def _statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    statements = document["Statement"]
    return list(statements) if isinstance(statements, list) else [statements]


def _json(document: Any) -> str:
    return orjson.dumps(document).decode("utf-8")
