"""Data protection policies: their form is checked, and they are kept. Messages are not scanned by them.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-data-protection-policies.html
"""

from __future__ import annotations

from typing import Any

from awskit.bounds.json_documents import load_document
from services.sns.errors import invalid_parameter

MAX_CHARACTERS = 30_720
_VERSION = "2021-06-01"
_OPERATIONS = frozenset(["Audit", "Deidentify", "Deny"])


def check_data_protection_policy(text: str) -> None:
    """Raises InvalidParameter where `text` is no data protection policy."""
    wrong = "DataProtectionPolicy" if len(text) > MAX_CHARACTERS else _wrong_with(_parsed(text))
    if wrong is not None:
        raise invalid_parameter(f"DataProtectionPolicy Reason: {wrong}")


def _parsed(text: str) -> Any:
    try:
        return load_document(text)
    except ValueError:
        return None


def _wrong_with(document: Any) -> str | None:
    if not isinstance(document, dict):
        return "The policy is not a valid JSON object"
    if not isinstance(document.get("Name"), str) or not document["Name"]:
        return "Name must be specified"
    if document.get("Version") != _VERSION:
        return f"Version must be {_VERSION}"
    statements = document.get("Statement")
    if not isinstance(statements, list) or not statements:
        return "Statement must be a list of at least one statement"
    wrong = [found for statement in statements if (found := _wrong_with_statement(statement)) is not None]
    if wrong:
        return wrong[0]
    if sum("Audit" in statement["Operation"] for statement in statements) > 1:
        return "Only one audit statement is allowed"
    return None


def _wrong_with_statement(statement: Any) -> str | None:
    if not isinstance(statement, dict):
        return "A statement must be a JSON object"
    if statement.get("DataDirection") not in ("Inbound", "Outbound"):
        return "DataDirection must be Inbound or Outbound"
    for name in ("Principal", "DataIdentifier"):
        if not isinstance(statement.get(name), list) or not statement[name]:
            return f"{name} must be a list of at least one element"
    operation = statement.get("Operation")
    if not isinstance(operation, dict) or len(operation) != 1 or not _OPERATIONS.issuperset(operation):
        return "Operation must be one of Audit, Deidentify and Deny"
    return None
