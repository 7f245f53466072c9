"""Lifecycle rules: their validation. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from awskit.wire.timestamps import iso8601_milliseconds
from services.s3.errors import invalid_argument, invalid_request, malformed_xml

_LIMIT = 1000
_ID_LENGTH = 255
_DAY = 86_400
_CLASSES = frozenset({"GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"})
_INFREQUENT = frozenset({"STANDARD_IA", "ONEZONE_IA"})
_INFREQUENT_DAYS = 30
_ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionTransitions",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
)
_NOT_IN_DIRECTORIES = (
    "Transitions",
    "NoncurrentVersionTransitions",
    "NoncurrentVersionExpiration",
    "Expiration.Date",
    "Expiration.ExpiredObjectDeleteMarker",
    "Tag",
)

Rule = Mapping[str, Any]


def checked(configuration: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The configuration's rules, each with an id. Raises what is wrong with the first that is none."""
    rules = configuration.get("Rules") or []
    if not 1 <= len(rules) <= _LIMIT:
        raise malformed_xml()
    ids: set[str] = set()
    kept = []
    for rule in rules:
        identified = {**rule, "ID": rule.get("ID") or secrets.token_urlsafe(36)}
        _check_id(identified["ID"], ids)
        _check_rule(rule)
        kept.append(identified)
    return kept


def check_for_directory_bucket(rules: Sequence[Rule]) -> None:
    """Raise `InvalidRequest` for what directory buckets have not: classes, versions, tags, and dates.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-objects-lifecycle.html
    """
    for rule in rules:
        stated = rule.get("Filter") or {}
        asked = {
            **rule,
            **{f"Expiration.{name}": value for name, value in (rule.get("Expiration") or {}).items()},
            "Tag": stated.get("Tag") or (stated.get("And") or {}).get("Tags"),
        }
        refused = next((name for name in _NOT_IN_DIRECTORIES if asked.get(name)), None)
        if refused is not None:
            raise invalid_request(f"{refused.rpartition('.')[2]} is not supported for directory buckets.")


def _check_id(rule_id: str, seen: set[str]) -> None:
    if len(rule_id) > _ID_LENGTH:
        raise invalid_argument(f"ID length should not exceed allowed limit of {_ID_LENGTH}", "ID", rule_id)
    if rule_id in seen:
        raise invalid_argument("Rule ID must be unique. Found same ID for more than one rule", "ID", rule_id)
    seen.add(rule_id)


def _check_rule(rule: Rule) -> None:
    if rule.get("Status") not in ("Enabled", "Disabled"):
        raise malformed_xml()
    if ("Filter" in rule) == ("Prefix" in rule):
        raise malformed_xml()
    if not any(rule.get(action) is not None for action in _ACTIONS):
        raise invalid_request("At least one action needs to be specified in a rule.")
    tagged = _check_filter(rule.get("Filter") or {})
    _check_expiration(rule.get("Expiration"), tagged)
    _check_transitions(rule)
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if noncurrent is not None:
        _check_noncurrent(noncurrent, "NoncurrentVersionExpiration")
    for transition in rule.get("NoncurrentVersionTransitions") or ():
        if transition.get("StorageClass") not in _CLASSES:
            raise malformed_xml()
        _check_noncurrent(transition, "NoncurrentVersionTransition", least=0)
    abort = rule.get("AbortIncompleteMultipartUpload")
    if abort is not None:
        if tagged:
            raise invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags.")
        _positive(abort.get("DaysAfterInitiation"), "DaysAfterInitiation", "AbortIncompleteMultipartUpload action")


def _check_filter(stated: Mapping[str, Any]) -> bool:
    """Whether the filter asks for tags."""
    if len(stated) > 1:
        raise malformed_xml()
    joined = stated.get("And")
    if joined is not None:
        if len(joined.get("Tags") or ()) + sum(1 for name in joined if name != "Tags") < 2:
            raise malformed_xml()
        keys = [tag.get("Key") for tag in joined.get("Tags") or ()]
        if len(keys) != len(set(keys)):
            raise invalid_request("Duplicate Tag Keys are not allowed.")
        smallest, largest = joined.get("ObjectSizeGreaterThan"), joined.get("ObjectSizeLessThan")
        if smallest is not None and largest is not None and smallest >= largest:
            raise invalid_request("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
        return bool(keys)
    return "Tag" in stated


def _check_expiration(expiration: Mapping[str, Any] | None, tagged: bool) -> None:
    if expiration is None:
        return
    stated = [name for name in ("Days", "Date", "ExpiredObjectDeleteMarker") if name in expiration]
    if len(stated) != 1:
        raise malformed_xml()
    if stated[0] == "Days":
        _positive(expiration["Days"], "Days", "Expiration action")
    elif stated[0] == "Date":
        _check_midnight(expiration["Date"])
    elif tagged:
        raise invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags.")


def _check_transitions(rule: Rule) -> None:
    transitions: Sequence[Mapping[str, Any]] = rule.get("Transitions") or ()
    expiration = rule.get("Expiration") or {}
    classes: set[str] = set()
    for transition in transitions:
        storage_class = transition.get("StorageClass")
        if storage_class not in _CLASSES or ("Days" in transition) == ("Date" in transition):
            raise malformed_xml()
        if storage_class in classes:
            raise invalid_request(
                f"StorageClass must be different for 'Transition' actions in same 'Rule' with filter"
                f" '{_described(rule)}'"
            )
        classes.add(str(storage_class))
        if ("Days" in expiration and "Date" in transition) or ("Date" in expiration and "Days" in transition):
            raise invalid_request(
                f"Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter"
                f" '{_described(rule)}'"
            )
        if "Date" in transition:
            _check_midnight(transition["Date"])
            continue
        days = transition["Days"]
        if days < 0:
            raise invalid_argument("'Days' in Transition action must be nonnegative", "Days", str(days))
        if storage_class in _INFREQUENT and days < _INFREQUENT_DAYS:
            raise invalid_argument(
                f"'Days' in Transition action must be greater than or equal to 30 for storageClass '{storage_class}'",
                "Days",
                str(days),
            )
        if "Days" in expiration and expiration["Days"] <= days:
            raise invalid_argument(
                f"'Days' in the Expiration action for filter '{_described(rule)}' must be greater than 'Days' in the"
                " Transition action",
                "Days",
                str(expiration["Days"]),
            )


def _check_noncurrent(action: Mapping[str, Any], name: str, *, least: int = 1) -> None:
    days = action.get("NoncurrentDays")
    if days is None:
        raise malformed_xml()
    if days < least:
        raise invalid_argument(
            f"'NoncurrentDays' for {name} action must be a positive integer", "NoncurrentDays", str(days)
        )
    newer = action.get("NewerNoncurrentVersions")
    if newer is not None and not 1 <= newer <= 100:
        raise invalid_argument(
            f"'NewerNoncurrentVersions' for {name} action must be between 1 and 100, inclusive",
            "NewerNoncurrentVersions",
            str(newer),
        )


def _positive(value: int | None, name: str, where: str) -> None:
    if value is None:
        raise malformed_xml()
    if value <= 0:
        raise invalid_argument(f"'{name}' for {where} must be a positive integer", name, str(value))


def _check_midnight(moment: float) -> None:
    if moment % _DAY:
        raise invalid_argument("'Date' must be at midnight GMT", "Date", iso8601_milliseconds(moment))


def _described(rule: Rule) -> str:
    return f"(prefix={(rule.get('Filter') or rule).get('Prefix', '')})"
