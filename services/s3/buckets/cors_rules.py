"""Cross-origin rules: their validation, and which of them lets a browser's request through. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from awskit.errors import AwsError
from services.s3.errors import invalid_request, malformed_xml

_METHODS = frozenset({"GET", "PUT", "HEAD", "POST", "DELETE"})
_LIMIT = 100

Rule = Mapping[str, Any]


def check(configuration: Mapping[str, Any]) -> None:
    """Raise `MalformedXML` or `InvalidRequest` where a rule is none."""
    rules = configuration.get("CORSRules") or ()
    if not 1 <= len(rules) <= _LIMIT:
        raise malformed_xml()
    for rule in rules:
        if not rule.get("AllowedMethods") or not rule.get("AllowedOrigins"):
            raise malformed_xml()
        for method in rule["AllowedMethods"]:
            if method not in _METHODS:
                raise invalid_request(f"Found unsupported HTTP method in CORS config. Unsupported method is {method}")
        for origin in rule["AllowedOrigins"]:
            if origin.count("*") > 1:
                raise invalid_request(f'AllowedOrigin "{origin}" can not have more than one wildcard.')
        for header in rule.get("AllowedHeaders") or ():
            if header.count("*") > 1:
                raise invalid_request(f'AllowedHeader "{header}" can not have more than one wildcard.')
        for header in rule.get("ExposeHeaders") or ():
            if "*" in header:
                raise invalid_request(
                    f'ExposeHeader "{header}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
                )


def rule_for(rules: Sequence[Rule], origin: str, method: str, headers: Sequence[str]) -> Rule | None:
    """The first rule that allows `method` from `origin` with these request headers (lower case)."""
    for rule in rules:
        if method not in rule["AllowedMethods"] or not _any_matches(rule["AllowedOrigins"], origin):
            continue
        allowed = [pattern.lower() for pattern in rule.get("AllowedHeaders") or ()]
        if all(_any_matches(allowed, header) for header in headers):
            return rule
    return None


def answer_headers(rule: Rule, origin: str, *, preflight_headers: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """The headers of an answer that `rule` lets a browser see. `preflight_headers` are given for a preflight's."""
    any_origin = "*" in rule["AllowedOrigins"]
    headers = [("Access-Control-Allow-Origin", "*" if any_origin else origin)]
    headers.append(("Access-Control-Allow-Methods", ", ".join(rule["AllowedMethods"])))
    if preflight_headers:
        headers.append(("Access-Control-Allow-Headers", ", ".join(preflight_headers)))
    if rule.get("ExposeHeaders"):
        headers.append(("Access-Control-Expose-Headers", ", ".join(rule["ExposeHeaders"])))
    if rule.get("MaxAgeSeconds") is not None:
        headers.append(("Access-Control-Max-Age", str(rule["MaxAgeSeconds"])))
    if not any_origin:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    headers.append(("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"))
    return headers


def forbidden(message: str, method: str, resource_type: str) -> AwsError:
    """The refusal of a preflight. `resource_type` is BUCKET or OBJECT."""
    return AwsError("AccessForbidden", message, 403, members={"Method": method, "ResourceType": resource_type})


def _any_matches(patterns: Sequence[str], text: str) -> bool:
    return any(_matches(pattern, text) for pattern in patterns)


def _matches(pattern: str, text: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == text
    return len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)
