"""AddPermission and RemovePermission: one statement each in the queue's policy.

In: a policy's JSON text or None, and the request's members. Out: the new text, or None where no statement is left.
Raises `InvalidParameterValue`, `MissingParameter`, `OverLimit`.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from awskit.errors import AwsError
from awskit.resources.arns import global_arn
from services.sqs.arns import QueueAddress
from services.sqs.errors import invalid_value, missing_parameter

MAXIMUM_POLICY_BYTES = 8192
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html"""

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ACCOUNT_ID = re.compile(r"\d{12}")
_MAXIMUM_STATEMENTS = 20
_MAXIMUM_ACTIONS = 7
_ACTIONS = frozenset(
    {
        "*",
        "SendMessage",
        "ReceiveMessage",
        "DeleteMessage",
        "ChangeMessageVisibility",
        "GetQueueAttributes",
        "GetQueueUrl",
        "ListDeadLetterSourceQueues",
        "PurgeQueue",
    }
)

_OF_THE_OWNER = frozenset(
    {
        *("AddPermission", "CreateQueue", "DeleteQueue", "ListQueues", "RemovePermission", "SetQueueAttributes"),
        *("TagQueue", "UntagQueue", "ListQueueTags"),
        *("StartMessageMoveTask", "CancelMessageMoveTask", "ListMessageMoveTasks"),
    }
)


def add_statement(
    policy: str | None, queue: QueueAddress, label: str, account_ids: Sequence[str], actions: Sequence[str]
) -> str:
    """The policy's text with a statement `label` that allows `actions` (without `SQS:`) to the accounts."""
    if not _LABEL.fullmatch(label):
        raise invalid_value(
            label, "Label", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )
    if not account_ids:
        raise invalid_value("[]", "PrincipalId", "Unable to verify.")
    if not actions:
        raise missing_parameter("Actions")
    for account_id in account_ids:
        if not _ACCOUNT_ID.fullmatch(account_id):
            raise invalid_value(account_id, "PrincipalId", "Unable to verify.")
    for action in actions:
        _check_action(action)
    if len(actions) > _MAXIMUM_ACTIONS:
        raise AwsError("OverLimit", f"{len(actions)} Actions were found, maximum allowed is 7.", 403)
    document = _document(policy) if policy else _new_document(queue)
    statements = document["Statement"]
    if any(statement.get("Sid") == label for statement in statements):
        raise invalid_value(label, "Label", "Already exists.")
    if len(statements) >= _MAXIMUM_STATEMENTS:
        raise AwsError("OverLimit", f"{len(statements) + 1} Statements were found, maximum allowed is 20.", 403)
    principals = [global_arn("iam", queue.region, account_id, "root") for account_id in account_ids]
    statements.append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": _one_or_all(principals)},
            "Action": _one_or_all([f"SQS:{action}" for action in actions]),
            "Resource": queue.arn,
        }
    )
    text = orjson.dumps(document)
    if len(text) > MAXIMUM_POLICY_BYTES:
        raise AwsError("OverLimit", f"The policy has more than {MAXIMUM_POLICY_BYTES} bytes.", 403)
    return text.decode()


def _check_action(action: str) -> None:
    if action in _ACTIONS:
        return
    reason = "Please refer to the appropriate WSDL for a list of valid actions."
    if action in _OF_THE_OWNER:
        reason = "Only the queue owner is allowed to invoke this action."
    raise invalid_value(f"SQS:{action}", "ActionName", reason)


def remove_statement(policy: str | None, label: str) -> str | None:
    """The policy's text without the statement `label`, or None where it was the last."""
    if not policy:
        raise invalid_value(label, "Label", "can't find label.")
    document = _document(policy)
    kept = [statement for statement in document["Statement"] if statement.get("Sid") != label]
    if len(kept) == len(document["Statement"]):
        raise invalid_value(label, "Label", "can't find label on existing policy.")
    document["Statement"] = kept
    return orjson.dumps(document).decode() if kept else None


def _new_document(queue: QueueAddress) -> dict[str, Any]:
    return {"Version": "2008-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []}


def _document(policy: str) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(policy)
    statement = document.get("Statement", [])
    document["Statement"] = statement if isinstance(statement, list) else [statement]
    return document


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
