"""Replication rules: their validation. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from services.s3.arns import bucket_named_by
from services.s3.errors import invalid_argument, invalid_request, malformed_xml

_LIMIT = 1000

Rule = Mapping[str, Any]


def checked(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with an id for each rule. Raises what is wrong with the first that is none."""
    rules = configuration.get("Rules") or []
    if not configuration.get("Role") or not 1 <= len(rules) <= _LIMIT:
        raise malformed_xml()
    ids: set[str] = set()
    priorities: set[int] = set()
    kept = []
    for rule in rules:
        identified = {**rule, "ID": rule.get("ID") or secrets.token_urlsafe(36)}
        if len(identified["ID"]) > 255 or identified["ID"] in ids:
            raise invalid_argument("Rule Id must be unique. Found same Id for more than one rule", "ID", rule["ID"])
        ids.add(identified["ID"])
        _check_rule(identified)
        if "Filter" in rule:
            if rule.get("Priority") in priorities:
                raise invalid_request("Found duplicate priority values in rules.")
            priorities.add(rule.get("Priority", 0))
        kept.append(identified)
    return {"Role": configuration["Role"], "Rules": kept}


def destination_of(rule: Rule) -> str:
    """The name of the bucket that a rule copies to."""
    return bucket_named_by(rule["Destination"]["Bucket"]) or ""


def _check_rule(rule: Rule) -> None:
    if rule.get("Status") not in ("Enabled", "Disabled"):
        raise malformed_xml()
    if bucket_named_by(str((rule.get("Destination") or {}).get("Bucket", ""))) is None:
        raise invalid_argument("Invalid bucket ARN.", "Bucket", str((rule.get("Destination") or {}).get("Bucket")))
    _check_owner(rule["Destination"])
    if "Filter" in rule:
        if "Prefix" in rule or len(rule["Filter"]) > 1 or "DeleteMarkerReplication" not in rule:
            raise malformed_xml()
        if "Priority" not in rule:
            raise malformed_xml()
    elif "Prefix" not in rule:
        raise malformed_xml()


def _check_owner(destination: Mapping[str, Any]) -> None:
    """Who is to own the replicas is said with the account whose bucket the destination is."""
    account, translation = destination.get("Account"), destination.get("AccessControlTranslation")
    if account is not None and not (len(account) == 12 and account.isascii() and account.isdecimal()):
        raise invalid_request(f"The destination's account is not valid: {account}")
    if translation is not None and (account is None or translation.get("Owner") != "Destination"):
        raise invalid_request("AccessControlTranslation, to the Destination, takes the destination's Account.")
