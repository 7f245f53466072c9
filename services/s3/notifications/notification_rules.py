"""Notification configurations: their validation, and which destinations an event is for. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

import orjson

from awskit.resources.arns import parse_arn
from services.s3.errors import invalid_argument, malformed_xml

KINDS = (
    ("QueueConfigurations", "QueueArn", "sqs"),
    ("TopicConfigurations", "TopicArn", "sns"),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda"),
)
_ELEMENTS = {"QueueArn": "Queue", "TopicArn": "Topic", "LambdaFunctionArn": "CloudFunction"}
# Letters, digits and what the user guide calls safe characters, the slash, and escapes.
_URL_ENCODED = re.compile(r"(?:[A-Za-z0-9!\-_.*'()~/+]|%[0-9A-Fa-f]{2})*")
_ARN = re.compile(r"arn:[a-z-]+:(sqs|sns|lambda):([a-z0-9-]+):(\d{12}):(.+)")

EVENTS = frozenset(
    {
        "s3:ReducedRedundancyLostObject",
        "s3:ObjectCreated:*",
        "s3:ObjectCreated:Put",
        "s3:ObjectCreated:Post",
        "s3:ObjectCreated:Copy",
        "s3:ObjectCreated:CompleteMultipartUpload",
        "s3:ObjectRemoved:*",
        "s3:ObjectRemoved:Delete",
        "s3:ObjectRemoved:DeleteMarkerCreated",
        "s3:ObjectRestore:*",
        "s3:ObjectRestore:Post",
        "s3:ObjectRestore:Completed",
        "s3:ObjectRestore:Delete",
        "s3:Replication:*",
        "s3:Replication:OperationFailedReplication",
        "s3:Replication:OperationNotTracked",
        "s3:Replication:OperationMissedThreshold",
        "s3:Replication:OperationReplicatedAfterThreshold",
        "s3:LifecycleTransition",
        "s3:IntelligentTiering",
        "s3:ObjectAcl:Put",
        "s3:LifecycleExpiration:*",
        "s3:LifecycleExpiration:Delete",
        "s3:LifecycleExpiration:DeleteMarkerCreated",
        "s3:ObjectTagging:*",
        "s3:ObjectTagging:Put",
        "s3:ObjectTagging:Delete",
        "s3:ObjectAnnotation:*",
        "s3:ObjectAnnotation:Put",
        "s3:ObjectAnnotation:Delete",
        "s3:ObjectRetention:Put",
    }
)


@dataclass(frozen=True, slots=True)
class Target:
    """One configuration, ready to be matched. `arn` is the destination's; `prefix` and `suffix` are as written."""

    id: str
    arn: str
    events: tuple[str, ...]
    prefix: str
    suffix: str
    key_prefix: str | None
    key_suffix: str | None

    def wants(self, event: str, key: str) -> bool:
        """Whether `event` (`ObjectCreated:Put`) of `key` is for this destination."""
        return (
            any(_covers(pattern, event) for pattern in self.events)
            and self.key_prefix is not None
            and self.key_suffix is not None
            and key.startswith(self.key_prefix)
            and key.endswith(self.key_suffix)
        )


def checked(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with an id for each entry. Raises `InvalidArgument` or `MalformedXML` where it is none."""
    kept: dict[str, Any] = {}
    if "EventBridgeConfiguration" in configuration:
        kept["EventBridgeConfiguration"] = {}
    for member, arn_member, service in KINDS:
        entries = []
        for entry in configuration.get(member) or ():
            _check_entry(entry, arn_member, service)
            kept_entry = {**entry, "Id": entry.get("Id") or secrets.token_urlsafe(36)}
            if _filter_rules(entry):
                kept_entry["Filter"] = {"Key": {"FilterRules": [_as_shown(rule) for rule in _filter_rules(entry)]}}
            entries.append(kept_entry)
        if entries:
            kept[member] = entries
    targets = list(_targets(kept))
    if len({target.id for target in targets}) != len(targets):
        raise invalid_argument("Configuration Ids must be unique", "Id", "")
    _check_overlaps(targets)
    return kept


@lru_cache(maxsize=256)
def targets_of(document: str) -> tuple[Target, ...]:
    """The destinations of a configuration, by its JSON text."""
    return tuple(_targets(orjson.loads(document)))


@lru_cache(maxsize=1024)
def address_of(arn: str) -> tuple[str, str, str, str]:
    """Service, region, account and name of a destination's ARN."""
    match = _ARN.fullmatch(arn)
    if match is None:
        raise invalid_argument("The ARN could not be parsed", "ARN", arn)
    return match[1], match[2], match[3], match[4]


def _targets(configuration: Mapping[str, Any]) -> Iterator[Target]:
    for member, arn_member, _ in KINDS:
        for entry in configuration.get(member) or ():
            rules = {rule["Name"].lower(): rule.get("Value", "") for rule in _filter_rules(entry)}
            prefix, suffix = rules.get("prefix", ""), rules.get("suffix", "")
            yield Target(
                entry["Id"],
                entry[arn_member],
                tuple(entry["Events"]),
                prefix,
                suffix,
                _part_of_keys(prefix),
                _part_of_keys(suffix),
            )


def _part_of_keys(value: str) -> str | None:
    """What a rule's value stands for: a plus is a space, other special characters are percent-encoded.

    None where one of them is not, which S3 takes and finds in no key (https://github.com/aws/aws-cdk/pull/28012).
    """
    return unquote_plus(value) if _URL_ENCODED.fullmatch(value) else None


def _filter_rules(entry: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    rules: Sequence[Mapping[str, Any]] = ((entry.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
    return rules


def _as_shown(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A filter rule as GetBucketNotificationConfiguration shows it: `Prefix` however it was written."""
    return {**rule, "Name": str(rule["Name"]).capitalize()}


def _check_entry(entry: Mapping[str, Any], arn_member: str, service: str) -> None:
    arn = entry.get(arn_member, "")
    match = _ARN.fullmatch(arn)
    if match is None or match[1] != service or parse_arn(arn) is None:
        raise invalid_argument("The ARN could not be parsed", _ELEMENTS[arn_member], arn)
    events = entry.get("Events") or ()
    if not events:
        raise malformed_xml()
    for event in events:
        if event not in EVENTS:
            raise invalid_argument("A specified event is not supported for notifications.", "Event", event)
    seen: set[str] = set()
    for rule in _filter_rules(entry):
        if "Name" not in rule or "Value" not in rule:
            raise malformed_xml()
        stated = rule["Name"]
        name = stated.lower()
        if name not in ("prefix", "suffix"):
            raise invalid_argument("filter rule name must be either prefix or suffix", "FilterRule.Name", stated)
        if name in seen:
            raise invalid_argument(f"Cannot specify more than one {name} rule in a filter.", "FilterRule.Name", stated)
        if len(rule["Value"].encode()) > 1024:
            raise invalid_argument(
                "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation",
                "FilterRule.Value",
                rule["Value"],
            )
        seen.add(name)


def _check_overlaps(targets: Sequence[Target]) -> None:
    for index, one in enumerate(targets):
        for other in targets[index + 1 :]:
            shares = any(
                _covers(mine, theirs.removeprefix("s3:")) or _covers(theirs, mine.removeprefix("s3:"))
                for mine in one.events
                for theirs in other.events
            )
            if shares and _nested(one.prefix, other.prefix) and _nested(one.suffix[::-1], other.suffix[::-1]):
                raise invalid_argument(
                    "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
                    "Event",
                    one.events[0],
                )


def _nested(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _covers(pattern: str, event: str) -> bool:
    named = pattern.removeprefix("s3:")
    return named == event or (named.endswith("*") and event.startswith(named[:-1]))
