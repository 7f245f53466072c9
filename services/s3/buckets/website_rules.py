"""Website configurations: their validation, and which routing rule a request meets. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.bounds.integers import is_natural
from services.s3.errors import invalid_argument, invalid_request, malformed_xml

_RULE_LIMIT = 50
_PROTOCOLS = frozenset({"http", "https"})


def check(configuration: Mapping[str, Any]) -> None:
    """Raise `InvalidArgument`, `InvalidRequest` or `MalformedXML` where the configuration is none."""
    everything = configuration.get("RedirectAllRequestsTo")
    if everything is not None:
        if any(name in configuration for name in ("IndexDocument", "ErrorDocument", "RoutingRules")):
            raise invalid_argument(
                "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
                "RedirectAllRequestsTo",
                "not null",
            )
        if not everything.get("HostName"):
            raise malformed_xml()
        _check_protocol(everything)
        return
    index = configuration.get("IndexDocument")
    if index is None:
        raise invalid_argument(
            "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
            "IndexDocument",
            "null",
        )
    suffix = index.get("Suffix") or ""
    if not suffix or "/" in suffix:
        raise invalid_argument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix)
    if "ErrorDocument" in configuration and not configuration["ErrorDocument"].get("Key"):
        raise malformed_xml()
    rules = configuration.get("RoutingRules")
    if rules is None:
        return
    if not rules:
        raise malformed_xml()
    if len(rules) > _RULE_LIMIT:
        raise invalid_argument(
            f"{len(rules)} routing rules provided, the number of routing rules in a website configuration is limited"
            f" to {_RULE_LIMIT}.",
            "RoutingRules",
            str(len(rules)),
        )
    for rule in rules:
        _check_rule(rule)


def rule_for(configuration: Mapping[str, Any], key: str, status: int | None) -> Mapping[str, Any] | None:
    """The redirect of the first routing rule that the key meets, before the object is looked for or after `status`."""
    for rule in configuration.get("RoutingRules") or ():
        condition = rule.get("Condition") or {}
        code = condition.get("HttpErrorCodeReturnedEquals")
        if (code is None) != (status is None) or (code is not None and code != str(status)):
            continue
        if key.startswith(condition.get("KeyPrefixEquals", "")):
            found: Mapping[str, Any] = rule
            return found
    return None


def redirected_key(rule: Mapping[str, Any], key: str) -> str:
    """The key that a routing rule sends the request for `key` to."""
    redirect = rule["Redirect"]
    if "ReplaceKeyWith" in redirect:
        return str(redirect["ReplaceKeyWith"])
    if "ReplaceKeyPrefixWith" in redirect:
        prefix = (rule.get("Condition") or {}).get("KeyPrefixEquals", "")
        return str(redirect["ReplaceKeyPrefixWith"]) + key[len(prefix) :]
    return key


def _check_rule(rule: Mapping[str, Any]) -> None:
    redirect = rule.get("Redirect")
    if not redirect:
        raise malformed_xml()
    _check_protocol(redirect)
    if "ReplaceKeyWith" in redirect and "ReplaceKeyPrefixWith" in redirect:
        raise invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
    code = redirect.get("HttpRedirectCode")
    if code is not None and (not is_natural(code, 301, 308) or int(code) == 304):
        raise invalid_request(f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300.")
    condition = rule.get("Condition")
    if condition is None:
        return
    error = condition.get("HttpErrorCodeReturnedEquals")
    if error is not None and (not is_natural(error, 400, 599)):
        raise invalid_request(f"The provided HTTP error code ({error}) is not valid. Valid codes are 4XX or 5XX.")
    if error is None and "KeyPrefixEquals" not in condition:
        raise invalid_request(
            "Condition cannot be empty. To redirect all requests without a condition, the condition"
            " element shouldn't be present."
        )


def _check_protocol(redirect: Mapping[str, Any]) -> None:
    protocol = redirect.get("Protocol")
    if protocol is not None and protocol not in _PROTOCOLS:
        raise invalid_request(
            "Invalid protocol, protocol can be http or https. If not defined the protocol will be"
            " selected automatically."
        )
